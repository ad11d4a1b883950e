#include "pipeline/publish/losses.h"

#include <algorithm>

namespace kpid {

namespace {

/// With some disorder the first event after a gap may be earlier than the newest before it.
bool overlaps(const LostSpan& lost, const Window& window) {
  const auto [from, to] =
      std::minmax({lost.after.value_or(EventTime::min()), lost.before.value_or(EventTime::max())});
  return window.end > from && window.start <= to;
}

}  // namespace

bool has_losses(std::span<const std::shared_ptr<const ShardView>> views, const KpiDefinition& kpi,
                std::span<const AskedInput> inputs) {
  const auto& sources = kpi.formula.sources();
  for (const auto& view : views) {
    for (const PartitionState& partition : view->partitions) {
      if (partition.lost_spans.empty()) continue;
      if (std::find(sources.begin(), sources.end(), partition.source) == sources.end()) continue;
      for (const LostSpan& lost : partition.lost_spans) {
        const auto meets = [&](const AskedInput& input) { return overlaps(lost, input.window); };
        if (std::any_of(inputs.begin(), inputs.end(), meets)) return true;
      }
    }
  }
  return false;
}

}  // namespace kpid
