#include "tests/bench/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/check.h"
#include "tests/support/small_plan.h"

namespace kpid {

Shard::Shard(std::shared_ptr<const Plan> plan, int partitions, GroupAdmission* admission)
    : plan_(std::move(plan)), engine_(plan_, 0, admission != nullptr ? *admission : admission_) {
  Engine* const engines[] = {&engine_};
  auto restored = restore(nullptr, {}, *plan_, engines);
  KPID_ASSERT(restored.has_value());
  restored_ = std::move(*restored);
  for (int partition = 0; partition < partitions; ++partition) {
    PartitionState state;
    state.source = state.topic = "sales";
    state.partition = partition;
    engine_.add_partition(state);
  }
}

void Shard::consume(Feed& feed, size_t events) {
  for (size_t left = events; left > 0;) {
    const size_t count = std::min(left, Engine::kBatchRows);
    engine_.consume(0, feed.next(count));
    left -= count;
  }
}

void Shard::add_groups(int groups) {
  int64_t offset = 0;
  std::vector<std::string> values(Engine::kBatchRows);
  std::vector<Record> batch;
  for (int group = 0; group < groups;) {
    batch.clear();
    for (; group < groups && batch.size() < values.size(); ++group, ++offset) {
      std::string& value = values[batch.size()];
      value = fmt::format(R"({{"t":{},"g":"customer-{:06}","v":12.50,"n":3,"s":"order"}})",
                          at(1).time_since_epoch().count(), group);
      batch.push_back({.value = value, .offset = offset, .timestamp = {}});
    }
    engine_.consume(0, batch);
  }
}

Checkpoint Shard::freeze() {
  Checkpoint checkpoint;
  checkpoint.sources = restored_.sources;
  checkpoint.parts.push_back(engine_.freeze(restored_.layouts));
  return checkpoint;
}

}  // namespace kpid
