#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "pipeline/engine.h"
#include "pipeline/plan.h"
#include "pipeline/result.h"
#include "pipeline/state.h"

namespace kpid {

/// What identifies a source in the store: topic, format, columns and time, a readable line each.
std::string definition_of(const SourceDefinition& source);

/// The sources whose stored state their definitions of today would make meaningless, and why, one
/// sentence each: "source sales: topic was orders, is sales".
struct ChangedSource {
  std::string name;
  std::string reason;
};
std::vector<ChangedSource> changed_sources(const StoredState& stored,
                                           const Definitions& definitions);

/// What goes on after a start beside the engines' own state.
struct Restored {
  std::vector<GroupingLayout> layouts;     ///< parallel to the plan's groupings
  std::vector<SourceState> sources;        ///< parallel to the definitions' sources
  std::vector<PartitionState> partitions;  ///< of sources that are still there
  /// Per KPI, from when on its terms' record is kept; nothing: nothing of it is missing.
  std::vector<std::optional<EventTime>> begins;
};

/// Puts a stored checkpoint into empty engines, the shards of one instance: terms that are still
/// known keep their state, new ones begin just after the newest event accepted in their source,
/// gone ones are dropped. Without `stored` everything begins empty. `reset` names sources that
/// begin anew. When the number of shards has changed, all state goes into the first.
///
/// Fails when blobs cannot be read, which a checksum should have noticed before.
Result<Restored> restore(const StoredState* stored, const std::set<std::string>& reset,
                         const Plan& plan, std::span<Engine* const> engines);

}  // namespace kpid
