#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/kafka/kafka_source.h"
#include "daemon/run/catch_up.h"
#include "daemon/run/progress_board.h"
#include "pipeline/engine.h"
#include "pipeline/restore.h"
#include "pipeline/window/progress.h"

namespace kpid {

/// Asks the clock.
using Clock = std::function<EventTime()>;

/// A thread with a consumer handle, an engine and a shard.
///
/// The loop runs at its own pace: take a bounded batch, work, tell the progress, look into the
/// mailbox, again. While nothing comes in it sleeps; a question wakes it. Others reach the engine
/// by `ask` alone, so nothing in it needs a lock.
class Worker {
 public:
  struct Options {
    std::shared_ptr<const Plan> plan;
    uint32_t index = 0;
    Clock clock;
    KafkaSourceOptions kafka;
  };

  /// `admission` and `board` outlive the worker.
  Worker(Options options, GroupAdmission& admission, ProgressBoard& board);
  ~Worker();  ///< as `stop`
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// For `restore`, before `start`.
  Engine& engine() { return engine_; }
  /// Takes on partitions that the store knows and that this worker reads. Before `start`.
  void adopt(const std::vector<PartitionState>& partitions);

  /// Starts the consumer and the thread. Errors are wrong Kafka properties.
  Result<void> start();
  /// Ends the loop after its turn and closes the consumer. What was asked is still answered.
  void stop(Duration deadline);

  /// What the engine holds, and how Kafka is doing.
  struct Report {
    KafkaReport kafka;
    std::vector<KafkaLogLine> log_lines;
    std::vector<std::string> losses;  ///< since the last report, a sentence each
    bool awaits_checkpoint = false;   ///< partitions wait for their start to be in the store
  };
  std::future<Report> report();
  std::future<std::shared_ptr<const ShardView>> view(std::vector<WindowQuery> queries);

  /// What the publisher asks for no more; see Publisher::shown_until.
  void shown_until(std::vector<std::optional<EventTime>> until);

  /// One instant of the shard, for a checkpoint.
  struct Frozen {
    ShardCheckpoint part;
    /// Per source, from when on its record is kept, of partitions found since the start.
    std::vector<std::optional<EventTime>> begins;
  };
  std::future<Frozen> freeze(std::vector<GroupingLayout> layouts);
  /// The last frozen state is in the store, or not. Starts reading what waited for it, and commits
  /// the offsets to the group.
  void saved(bool success);
  /// The store was lost: everything is to be written again.
  void forget_store();

 private:
  /// One partition of a topic, for every source that reads the topic.
  struct Reading {
    PartitionIndex index = 0;
    std::string topic;
    int32_t partition = 0;
    std::vector<size_t> engine_partitions;
  };

  template <class F>
  auto ask(F question) -> std::future<decltype(question())>;
  void post(std::function<void()> task);
  void loop();
  void take_turn();
  void take_mail();
  void take_on(const NewPartition& found);
  void begin(const Reading& reading);
  void consume(const KafkaTurn& turn);
  void exchange_progress();
  void align(const std::vector<PartitionProgress>& all, size_t first_own, EventTime now);

  const Options options_;
  ProgressBoard& board_;

  // Owned by the thread once it runs.
  Engine engine_;
  KafkaSource kafka_;
  ProgressTracker tracker_;
  Alignment alignment_;
  std::map<std::pair<std::string, int32_t>, std::vector<size_t>> known_;  ///< from the store
  std::vector<Reading> readings_;                                         ///< by PartitionIndex
  std::vector<size_t> unsaved_;  ///< in `readings_`: their start is not in a checkpoint yet
  std::vector<size_t> saving_;   ///< in `readings_`: their start is in the checkpoint in flight
  std::vector<std::pair<PartitionIndex, int64_t>> frozen_offsets_;
  std::vector<std::optional<EventTime>> begins_;       ///< per source
  std::vector<std::optional<EventTime>> shown_until_;  ///< per source
  std::vector<std::string> losses_;
  std::vector<PartitionProgress> own_progress_;   ///< one an engine partition
  std::vector<PartitionIndex> progress_reading_;  ///< parallel: where it is read
  std::vector<PartitionProgress> all_progress_;
  bool aligning_ = false;  ///< a partition of ours waits for another one

  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::deque<std::function<void()>> mail_;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace kpid
