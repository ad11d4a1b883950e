#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/kafka/kafka_source.h"
#include "tests/unit/kafka/mock_kafka.h"

namespace kpid {

/// A topic that the store does not know.
KafkaTopic topic_from(const std::string& name, Start::Kind start = Start::Kind::kEarliest);

/// Options for a worker alone, with timings that suit a broker in the same process.
KafkaSourceOptions quick_options(const MockKafka& kafka, std::vector<KafkaTopic> topics);

/// A source at work, and all that it ever delivered.
class SourceRun {
 public:
  /// What is to be done with a partition when it is found: where to begin, and in which log.
  struct Resume {
    int64_t next_offset = 0;
    std::optional<Fingerprint> fingerprint;
  };

  /// Starts a source. Partitions named in `stored` begin there, others at their start offset.
  explicit SourceRun(KafkaSourceOptions options,
                     std::map<std::pair<std::string, int32_t>, Resume> stored = {});

  /// One poll; keeps what came.
  void turn(size_t max_records = 10'000);

  /// Polls until `reached` holds, for at most twenty seconds. False: it never did.
  bool until(const std::function<bool()>& reached);

  /// Polls until so many records of a partition have come.
  bool until_delivered(const std::string& topic, int32_t partition, size_t count);

  KafkaSource& source() { return *source_; }
  const PartitionStatus& status(const std::string& topic, int32_t partition) const;
  PartitionIndex index(const std::string& topic, int32_t partition) const;
  bool found(const std::string& topic, int32_t partition) const;

  /// Offsets delivered, in order.
  const std::vector<int64_t>& offsets(const std::string& topic, int32_t partition);
  const std::vector<std::string>& values(const std::string& topic, int32_t partition);
  const std::vector<NewPartition>& new_partitions() const { return new_partitions_; }
  const std::vector<LostRecords>& losses() const { return losses_; }

 private:
  struct Delivered {
    std::vector<int64_t> offsets;
    std::vector<std::string> values;
  };

  std::map<std::pair<std::string, int32_t>, Resume> stored_;
  std::unique_ptr<KafkaSource> source_;
  std::map<std::pair<std::string, int32_t>, Delivered> delivered_;
  std::vector<NewPartition> new_partitions_;
  std::vector<LostRecords> losses_;
};

/// `count` offsets from `first` on.
std::vector<int64_t> offsets_from(int64_t first, int64_t count);

}  // namespace kpid
