#include "tests/unit/kafka/source_run.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

#include "pipeline/check.h"

namespace kpid {

KafkaTopic topic_from(const std::string& name, Start::Kind start) {
  return {.name = name, .start = {.kind = start, .ago = {}}, .known = false};
}

KafkaSourceOptions quick_options(const MockKafka& kafka, std::vector<KafkaTopic> topics) {
  KafkaSourceOptions options;
  options.bootstrap_servers = kafka.bootstrap_servers();
  options.group_id = "kpid-test";
  options.topics = std::move(topics);
  options.asked_at = EventTime(Duration(1'700'000'000'000));
  options.properties["fetch.wait.max.ms"] = "20";
  options.properties["reconnect.backoff.max.ms"] = "200";
  options.timings = {.discovery_interval = Duration{200},
                     .retry_interval = Duration{100},
                     .request_timeout = Duration{1000},
                     .lasting_after = Duration{300},
                     .stalled_after = Duration{500},
                     .status_interval = Duration{5}};
  return options;
}

SourceRun::SourceRun(KafkaSourceOptions options,
                     std::map<std::pair<std::string, int32_t>, Resume> stored)
    : stored_(std::move(stored)), source_(std::make_unique<KafkaSource>(std::move(options))) {
  const auto started = source_->start();
  KPID_ASSERT(started.has_value());
}

void SourceRun::turn(size_t max_records) {
  const KafkaTurn turn = source_->poll(max_records, Duration{20});
  for (const NewPartition& partition : turn.new_partitions) {
    new_partitions_.push_back(partition);
    const auto stored = stored_.find({partition.topic, partition.partition});
    if (stored == stored_.end()) {
      source_->begin(partition.index, partition.start_offset, std::nullopt);
    } else {
      source_->begin(partition.index, stored->second.next_offset, stored->second.fingerprint);
    }
  }
  losses_.insert(losses_.end(), turn.losses.begin(), turn.losses.end());
  for (const PartitionBatch& batch : turn.batches) {
    const PartitionStatus& status = source_->partitions()[batch.index];
    Delivered& delivered = delivered_[{status.topic, status.partition}];
    for (const Record& record : batch.records) {
      delivered.offsets.push_back(record.offset);
      delivered.values.emplace_back(record.value);
    }
  }
}

bool SourceRun::until(const std::function<bool()>& reached) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!reached()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    turn();
  }
  return true;
}

bool SourceRun::until_delivered(const std::string& topic, int32_t partition, size_t count) {
  return until([&] { return offsets(topic, partition).size() >= count; });
}

bool SourceRun::found(const std::string& topic, int32_t partition) const {
  for (const PartitionStatus& status : source_->partitions()) {
    if (status.topic == topic && status.partition == partition) return true;
  }
  return false;
}

PartitionIndex SourceRun::index(const std::string& topic, int32_t partition) const {
  const auto& all = source_->partitions();
  for (PartitionIndex index = 0; index < all.size(); ++index) {
    if (all[index].topic == topic && all[index].partition == partition) return index;
  }
  KPID_ASSERT(false);
}

const PartitionStatus& SourceRun::status(const std::string& topic, int32_t partition) const {
  return source_->partitions()[index(topic, partition)];
}

const std::vector<int64_t>& SourceRun::offsets(const std::string& topic, int32_t partition) {
  return delivered_[{topic, partition}].offsets;
}

const std::vector<std::string>& SourceRun::values(const std::string& topic, int32_t partition) {
  return delivered_[{topic, partition}].values;
}

std::vector<int64_t> offsets_from(int64_t first, int64_t count) {
  std::vector<int64_t> offsets(static_cast<size_t>(count));
  std::iota(offsets.begin(), offsets.end(), first);
  return offsets;
}

}  // namespace kpid
