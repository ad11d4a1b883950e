#include "daemon/reset.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "daemon/kafka/kafka_admin.h"
#include "daemon/kafka/kafka_properties.h"
#include "daemon/store/checkpoint_store.h"

namespace kpid {

namespace {

// Brokers that are there answer within milliseconds; the operator is waiting.
constexpr Duration kQueryTimeout = std::chrono::seconds{10};

int fail(std::FILE* err, const std::string& text) {
  fmt::print(err, "kpid: {}\n", text);
  return kExitFailed;
}

Result<std::vector<PartitionEnds>> query_ends(const Settings& settings, const std::string& topic) {
  return query_partition_ends(fmt::format("{}", fmt::join(settings.kafka.bootstrap_servers, ",")),
                              properties_of(settings.kafka), topic, kQueryTimeout);
}

int64_t offset_to_go_on_at(const std::vector<PartitionEnds>& ends, int32_t partition, ResetTo to) {
  const auto found = std::find_if(ends.begin(), ends.end(),
                                  [&](const PartitionEnds& e) { return e.partition == partition; });
  if (found == ends.end()) return 0;  // the topic has fewer partitions now
  return to == ResetTo::kEnd ? found->high_offset : found->low_offset;
}

}  // namespace

int reset(const Settings* settings, const ResetOptions& options, std::FILE* out, std::FILE* err) {
  if (settings == nullptr && options.to == ResetTo::kEnd) {
    fmt::print(err, "kpid: --to end needs --config.file: Kafka must be asked for the end\n");
    return kExitUsage;
  }
  std::vector<PartitionEnds> ends;
  if (settings != nullptr) {
    auto queried = query_ends(*settings, options.topic);
    if (!queried) return fail(err, queried.error().text);
    ends = std::move(*queried);
  }
  if (std::error_code ignored; !std::filesystem::exists(options.storage_path, ignored)) {
    return fail(err, fmt::format("there is no store in {}", options.storage_path));
  }
  const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  auto opened = open_store(options.storage_path, now);
  if (!opened) return fail(err, opened.error().text);
  if (opened->set_aside) {
    return fail(err, fmt::format("the store was damaged and has been set aside as {}: {}",
                                 opened->set_aside->path.string(), opened->set_aside->reason));
  }
  std::vector<PartitionState> partitions;
  if (opened->state) partitions = std::move(opened->state->partitions);
  std::erase_if(partitions, [&](const PartitionState& p) { return p.topic != options.topic; });
  if (partitions.empty()) {
    return fail(
        err, fmt::format("the store in {} knows no topic {}", options.storage_path, options.topic));
  }
  for (PartitionState& partition : partitions) {
    partition.next_offset = offset_to_go_on_at(ends, partition.partition, options.to);
    partition.fingerprint.reset();
    // What lies before the end is skipped: its windows lack events and must say so.
    if (options.to == ResetTo::kEnd) {
      partition.lost_spans.push_back({.after = partition.newest_event_time, .before = {}});
    }
  }
  if (auto replaced = opened->store->replace_partitions(partitions); !replaced) {
    return fail(err, replaced.error().text);
  }
  for (const PartitionState& partition : partitions) {
    fmt::print(out, "source {}, topic {}, partition {}: goes on at offset {}\n", partition.source,
               partition.topic, partition.partition, partition.next_offset);
  }
  return kExitGood;
}

}  // namespace kpid
