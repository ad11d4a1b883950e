#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pipeline/event/time.h"

struct rd_kafka_s;
struct rd_kafka_mock_cluster_s;

namespace kpid {

/// librdkafka's mock cluster in this process, and a producer to fill it. Keeps 5 MiB a partition.
class MockKafka {
 public:
  explicit MockKafka(int brokers = 1);
  ~MockKafka();
  MockKafka(const MockKafka&) = delete;
  MockKafka& operator=(const MockKafka&) = delete;

  std::string bootstrap_servers() const;

  void create_topic(const std::string& topic, int partitions);

  /// Appends a record and waits until it is there.
  void produce(const std::string& topic, int32_t partition, const std::string& value,
               EventTime timestamp = EventTime(Duration(1'700'000'000'000)));

  /// Appends records "FIRST", "FIRST+1", ..., each with its number in ms as the timestamp.
  void produce_numbers(const std::string& topic, int32_t partition, int64_t first, int64_t count);

  /// Appends so many records of one value.
  void produce_copies(const std::string& topic, int32_t partition, const std::string& value,
                      int64_t count);

  /// Brokers count from 1.
  void set_leader(const std::string& topic, int32_t partition, int32_t broker);
  void set_down(int32_t broker);
  void set_up(int32_t broker);
  void set_all_down();
  void set_all_up();

  /// The next requests of that kind fail with `error`, once each.
  void fail_next(int16_t api_key, int error, int times);
  void clear_failures(int16_t api_key);

  /// Makes metadata answer `error` for the topic; 0: none any more. The mock makes any topic that
  /// is asked for, so that this is how one does not exist.
  void set_topic_error(const std::string& topic, int error);

  /// What a group has committed; nothing where it has not.
  std::optional<int64_t> committed(const std::string& group, const std::string& topic,
                                   int32_t partition) const;

 private:
  void append(const std::string& topic, int32_t partition, const std::string& value,
              int64_t timestamp_ms);
  void flush();

  int brokers_;
  rd_kafka_s* producer_;
  rd_kafka_mock_cluster_s* cluster_;
};

}  // namespace kpid
