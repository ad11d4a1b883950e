#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/kafka/kafka_client.h"
#include "daemon/kafka/kafka_questions.h"
#include "daemon/kafka/kafka_source.h"

namespace kpid {

/// What is known of one partition of ours after a round of questions.
struct ScoutedPartition {
  TopicPartition which;
  bool has_leader = false;
  std::optional<LogEnds> ends;  ///< nothing: could not be asked
  /// Where to begin when the store does not know it; nothing: not resolved yet.
  std::optional<int64_t> start_offset;
  std::optional<EventTime> begins;  ///< as in NewPartition
};

/// The outcome of one round of questions.
struct ScoutReport {
  uint64_t round = 0;  ///< the `PartitionScout::hurry` that it answers, and all before
  bool connected = false;
  std::string error;  ///< why not connected
  std::vector<TopicStatus> topics;
  std::vector<ScoutedPartition> partitions;
};

/// Asks brokers, on a thread of its own and again and again, which partitions there are and where
/// their logs begin and end, so that the worker's thread never waits for an answer.
///
/// The start offset of a partition is resolved once and stays. One that appears in a topic which
/// was there before starts at the beginning, and so does all of a topic that appears later with
/// `start: latest`: its records are all newer than the instant asked for.
class PartitionScout {
 public:
  /// `client` outlives the scout, knows of the topics of `options`, and is woken by each report.
  PartitionScout(const KafkaClient& client, const KafkaSourceOptions& options);
  ~PartitionScout();  ///< `stop`, then waits for the question that is being asked

  void start();

  /// A report newer than the last one taken, if there is one. Costs one atomic read if not.
  std::optional<ScoutReport> take_report();

  /// Asks again at once; answers the number of the round that will.
  uint64_t hurry();

  void stop();

 private:
  struct PartitionMemory {
    ScoutedPartition known;
    int32_t leader = -1;
    bool from_first_sight = false;  ///< it was there when the topic was first seen
  };

  struct TopicMemory {
    KafkaTopic topic;
    bool was_absent = false;
    bool was_present = false;
    std::optional<std::chrono::steady_clock::time_point> refused_since;
    TopicStatus status;
    std::map<int32_t, PartitionMemory> partitions;  ///< ours
  };

  void run();
  ScoutReport ask_all();
  void note_topic(TopicMemory& memory, const TopicAnswer& answer) const;
  void note_refusal(TopicMemory& memory, const TopicAnswer& answer) const;
  void note_partitions(TopicMemory& memory, const std::vector<int32_t>& leaders) const;
  void ask_where_logs_end();
  void ask_where_times_stand(TopicMemory& memory) const;
  void resolve_start(const TopicMemory& memory, PartitionMemory& partition) const;
  ScoutReport report_of(std::string error) const;

  // Constant after construction.
  const KafkaClient& client_;
  KafkaTimings timings_;
  EventTime asked_at_;
  uint32_t worker_;
  uint32_t workers_;

  // Owned by the scout's thread.
  std::vector<TopicMemory> memories_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable woken_;
  std::optional<ScoutReport> report_;
  uint64_t rounds_wanted_ = 1;
  bool stopping_ = false;

  std::atomic<bool> has_report_ = false;
  std::thread thread_;
};

}  // namespace kpid
