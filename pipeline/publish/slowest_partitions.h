#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/plan.h"
#include "pipeline/window/progress.h"

namespace kpid {

/// The active partition of a KPI's sources that is furthest behind in event time.
struct SlowestPartition {
  size_t source = 0;  ///< index in Definitions::sources
  int32_t partition = 0;
  EventTime watermark{};
  EventTime since{};  ///< the clock when it became the slowest
};

/// Follows, for every KPI, which partition is the slowest: the one with the least watermark among
/// those of its sources that are not idle and have had an event. Of several equal ones it stays the
/// one that it was, else it is the first by source and number.
///
/// Knows of the time before the start of the process nothing: `since` is no state.
class SlowestPartitions {
 public:
  /// `plan` outlives this.
  explicit SlowestPartitions(const Plan& plan);

  /// `progress` is what `partitions` were last told to, at `now`.
  void update(std::span<const PartitionProgress> partitions, const ProgressTracker& progress,
              EventTime now);

  /// Nothing: none is active and has had an event.
  const std::optional<SlowestPartition>& of(size_t kpi) const { return slowest_[kpi]; }

 private:
  std::vector<std::vector<bool>> uses_;  ///< per KPI, by source
  std::vector<std::optional<SlowestPartition>> slowest_;
};

}  // namespace kpid
