#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "daemon/kafka/fetch_alarm.h"
#include "daemon/kafka/kafka_properties.h"
#include "daemon/kafka/kafka_questions.h"
#include "daemon/kafka/kafka_source.h"

struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

namespace kpid {

struct KafkaMessageDeleter {
  void operator()(rd_kafka_message_s* message) const;
};
using KafkaMessage = std::unique_ptr<rd_kafka_message_s, KafkaMessageDeleter>;

/// What the library said through its callbacks since it was last asked.
struct KafkaNotices {
  bool trouble = false;      ///< a connection failed
  bool all_down = false;     ///< no broker is connected
  bool leader_lost = false;  ///< a broker no longer knew a partition, or no longer led it
  std::string error;         ///< the newest of them
  std::string refusal;       ///< why authentication or encryption failed; empty: it did not
  uint64_t commits = 0;      ///< that were answered
  std::string commit_error;  ///< of the newest of them; empty: it did not fail
};

/// A consumer of librdkafka that is told what to read: its handle, its callbacks and the calls that
/// take more than one line. Used by one thread, but for the scout's questions to `handle`.
class KafkaClient {
 public:
  /// Starts the library's threads. `topics` become known, so that `ask_for_topics` asks for them.
  static Result<std::unique_ptr<KafkaClient>> open(KafkaConfig config,
                                                   std::span<const KafkaTopic> topics);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_s* handle() const { return handle_; }

  /// The next message or error, waiting up to `timeout` for it; then what else is there, appended
  /// to `messages`, up to `most` in all.
  void take(size_t most, Duration timeout, std::vector<KafkaMessage>& messages);

  /// Makes `take` return early. From any thread.
  void wake() const;

  /// How many messages and errors wait to be taken.
  size_t queued() const;

  /// Starts or restarts fetching at `offset`; nothing fetched before is taken any more. False:
  /// could not be done now.
  bool fetch(const TopicPartition& which, int64_t offset);

  /// Fetches nothing more of it.
  void forget(const TopicPartition& which);

  void pause(const TopicPartition& which);
  void resume(const TopicPartition& which);

  /// The end of the log as of the last fetch.
  std::optional<int64_t> high_watermark(const TopicPartition& which) const;

  /// Hands offsets to the group, without waiting.
  void commit(std::span<const std::pair<TopicPartition, int64_t>> next_offsets);

  KafkaNotices take_notices();
  std::vector<KafkaLogLine> take_log_lines();

 private:
  struct Mailbox;

  explicit KafkaClient(rd_kafka_conf_s* config);

  FetchAlarm alarm_;
  std::unique_ptr<Mailbox> mailbox_;  ///< what callbacks write to; outlives the handle
  rd_kafka_s* handle_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
  std::vector<rd_kafka_topic_s*> topics_;
  std::vector<rd_kafka_message_s*> taken_;
  std::set<TopicPartition> assigned_;
};

}  // namespace kpid
