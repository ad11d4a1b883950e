#include "pipeline/publish/snapshot.h"

#include <algorithm>

namespace kpid {

std::optional<Ledger> Snapshot::ledger_of(std::string_view source) const {
  std::optional<Ledger> sum;
  for (const PartitionView& view : partitions) {
    if (!view.shown || view.state.source != source) continue;
    if (!sum) sum.emplace();
    *sum += view.state.ledger;
  }
  return sum;
}

const DisorderView* Snapshot::disorder_of(std::string_view source) const {
  const auto found = std::find_if(disorder.begin(), disorder.end(),
                                  [&](const DisorderView& view) { return view.source == source; });
  return found == disorder.end() ? nullptr : &*found;
}

}  // namespace kpid
