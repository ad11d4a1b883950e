#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/row_layout.h"
#include "pipeline/definitions.h"
#include "pipeline/window/slicing.h"

namespace kpid {

/// What is aggregated together: one source, one list of `by` fields, and the terms of every KPI
/// that uses them. All its KPIs share one group look-up and one row of accumulators.
struct GroupingPlan {
  size_t source = 0;                  ///< index in Definitions::sources
  std::vector<size_t> by_fields;      ///< indexes of the source's fields
  std::string identity;               ///< source and `by` fields by path and type
  std::vector<NeededWindow> windows;  ///< of all its KPIs, and what cuts for them
  Duration retention{};               ///< of the source
  Duration fine_for{};                ///< of the source
  RowLayout layout;                   ///< the terms, without repeats
};

/// A stretch of time that a KPI reads of one source when it is evaluated for a window: the window
/// itself, an earlier one, or the memory before one of them.
struct KpiInput {
  size_t source = 0;  ///< index in KpiPlan::groupings
  std::vector<LookBack> earlier;
  std::optional<LookBack> memory;

  auto operator<=>(const KpiInput&) const = default;
};

/// Where a reading of a formula is to be found.
struct ReadingPlace {
  size_t input = 0;         ///< index in KpiPlan::inputs
  size_t term = 0;          ///< index in the layout of that input's grouping
  size_t memory_input = 0;  ///< of a reading with a memory
};

/// How one KPI is put together from groupings, one for each source of its formula.
struct KpiPlan {
  std::vector<size_t> groupings;  ///< indexes in Plan::groupings
  std::vector<KpiInput> inputs;   ///< without repeats; first the window itself, of every source
  std::vector<ReadingPlace> readings;       ///< parallel to the formula's readings
  std::vector<ReadingPlace> rank_readings;  ///< parallel to those of `rank_by`; empty without
};

/// The definitions, arranged for the engine: every term once. Immutable.
struct Plan {
  std::shared_ptr<const Definitions> definitions;
  std::vector<GroupingPlan> groupings;
  std::vector<KpiPlan> kpis;                        ///< parallel to the definitions' KPIs
  std::vector<std::vector<size_t>> joined_sources;  ///< per source: those that KPIs join with it,
                                                    ///< directly or by way of others, and itself
};

/// What `input` reads when its KPI is evaluated for `window`, one of `spec`.
Window window_of(const KpiInput& input, const WindowSpec& spec, const Window& window);

/// How long before a window of `spec` what `input` reads begins, at most.
Duration longest_look_back(const KpiInput& input, const WindowSpec& spec);

/// Windows whose boundaries are all those of `spec` and those where `input` begins and ends.
WindowSpec cuts_of(const KpiInput& input, const WindowSpec& spec);

/// The index of the source of that name. REQUIRES: there is one.
size_t source_index(const Definitions& definitions, std::string_view name);

/// Arranges checked definitions. Never fails.
std::shared_ptr<const Plan> make_plan(std::shared_ptr<const Definitions> definitions);

}  // namespace kpid
