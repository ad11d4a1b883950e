#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/kafka/kafka_source.h"
#include "pipeline/event/time.h"
#include "pipeline/result.h"

struct rd_kafka_s;

namespace kpid {

/// What is sent to a partition of a topic.
struct OutgoingRecord {
  const std::string& topic;
  int32_t partition = kByKey;
  std::string_view key;  ///< no data: the record has no key
  std::string_view value;
  EventTime timestamp;

  static constexpr int32_t kByKey = -1;  ///< the partition that Java's clients choose for the key
};

/// A producer of librdkafka: each record once, in order, also where brokers fail for a while. For
/// one thread.
class KafkaProducer {
 public:
  /// What became of records so far.
  struct Outcome {
    uint64_t delivered = 0;
    uint64_t failed = 0;
    std::string first_failure;  ///< why; empty: none failed
  };

  /// Starts the library's threads; brokers that are away are no error. Without servers it talks to
  /// nobody. Errors: an unknown property, or a bad value.
  static Result<std::unique_ptr<KafkaProducer>> open(const std::string& bootstrap_servers,
                                                     const KafkaProperties& properties);
  ~KafkaProducer();  ///< forgets what was not delivered
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;

  rd_kafka_s* handle() const { return handle_; }

  /// How many partitions the topic has; 0: it does not exist. Waits. Errors: no broker answers, or
  /// the topic may not be seen.
  Result<int32_t> partitions_of(const std::string& topic, Duration timeout);

  /// Creates a topic with as many replicas as the brokers' default says, which keeps its records
  /// whatever their age: made-up ones may be old when they are sent. Waits.
  Result<void> create_topic(const std::string& topic, int32_t partitions, Duration timeout);

  /// Takes a copy of the record to be sent soon. False: too many wait to be sent; try again after
  /// `poll`. A record that can never be sent is counted as failed.
  bool send(const OutgoingRecord& record);

  /// Learns what became of records, waiting up to `timeout` for news.
  void poll(Duration timeout);

  /// Waits until all records are delivered or failed. False: some are neither yet.
  bool flush(Duration timeout);

  /// As of the last call of `poll` or `flush`.
  const Outcome& outcome() const { return outcome_; }

  /// An order that cannot be kept any more, or the like: no record will be delivered from now on.
  bool broken() const;

 private:
  KafkaProducer() = default;

  void note_failure(int error);

  rd_kafka_s* handle_ = nullptr;
  Outcome outcome_;
  std::string last_error_;  ///< of a connection
};

}  // namespace kpid
