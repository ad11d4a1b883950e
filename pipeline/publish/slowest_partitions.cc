#include "pipeline/publish/slowest_partitions.h"

#include <tuple>

namespace kpid {

SlowestPartitions::SlowestPartitions(const Plan& plan) : slowest_(plan.kpis.size()) {
  for (const KpiPlan& kpi : plan.kpis) {
    uses_.emplace_back(plan.definitions->sources.size());
    for (const size_t grouping : kpi.groupings) {
      uses_.back()[plan.groupings[grouping].source] = true;
    }
  }
}

void SlowestPartitions::update(std::span<const PartitionProgress> partitions,
                               const ProgressTracker& progress, EventTime now) {
  for (size_t kpi = 0; kpi < slowest_.size(); ++kpi) {
    const std::optional<SlowestPartition> before = slowest_[kpi];
    const auto is_as_before = [&](size_t source, int32_t partition) {
      return before && before->source == source && before->partition == partition;
    };
    const auto order = [&](EventTime watermark, size_t source, int32_t partition) {
      return std::tuple(watermark, !is_as_before(source, partition), source, partition);
    };
    auto& slowest = slowest_[kpi];
    slowest.reset();
    for (size_t i = 0; i < partitions.size(); ++i) {
      const auto& [source, partition, watermark] =
          std::tie(partitions[i].source, partitions[i].partition, partitions[i].watermark);
      if (!uses_[kpi][source] || !watermark || progress.idle(i)) continue;
      if (slowest && order(*watermark, source, partition) >=
                         order(slowest->watermark, slowest->source, slowest->partition)) {
        continue;
      }
      slowest = {.source = source,
                 .partition = partition,
                 .watermark = *watermark,
                 .since = is_as_before(source, partition) ? before->since : now};
    }
  }
}

}  // namespace kpid
