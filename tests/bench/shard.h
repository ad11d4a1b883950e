#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "pipeline/engine.h"
#include "pipeline/restore.h"
#include "tests/bench/feed.h"

namespace kpid {

/// More than any benchmark has.
inline constexpr uint32_t kMaxGroups = 2'000'000;

/// An engine on a plan, with partitions of the source `sales`.
class Shard {
 public:
  /// Shards of one instance share an `admission`, which outlives them.
  explicit Shard(std::shared_ptr<const Plan> plan, int partitions = 1,
                 GroupAdmission* admission = nullptr);

  Engine& engine() { return engine_; }

  /// Reads so many events of the feed into the first partition, a batch at a time.
  void consume(Feed& feed, size_t events);

  /// Reads one event of each group, all within the first minute. REQUIRES: the first that is read.
  void add_groups(int groups);

  /// All that has changed since the last one.
  Checkpoint freeze();

 private:
  std::shared_ptr<const Plan> plan_;
  SingleShardAdmission admission_{kMaxGroups};
  Engine engine_;
  Restored restored_;
};

}  // namespace kpid
