#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/row_layout.h"
#include "pipeline/definitions.h"

namespace kpid {

/// What is aggregated together: one source, one list of `by` fields, and the terms of every KPI
/// that uses them. All its KPIs share one group look-up and one row of accumulators.
struct GroupingPlan {
  size_t source = 0;                ///< index in Definitions::sources
  std::vector<size_t> by_fields;    ///< indexes of the source's fields
  std::string identity;             ///< source and `by` fields by path and type
  std::vector<WindowSpec> windows;  ///< of all its KPIs, without repeats
  Duration retention{};             ///< of the source
  RowLayout layout;                 ///< the terms, without repeats
};

/// Where a term of a formula is to be found.
struct TermPlace {
  size_t source = 0;  ///< index in KpiPlan::groupings
  size_t term = 0;    ///< index in the layout of that grouping
};

/// How one KPI is put together from groupings, one for each source of its formula.
struct KpiPlan {
  std::vector<size_t> groupings;      ///< indexes in Plan::groupings
  std::vector<TermPlace> terms;       ///< parallel to the formula's terms
  std::vector<TermPlace> rank_terms;  ///< parallel to the terms of `rank_by`; empty without
};

/// The definitions, arranged for the engine: every term once. Immutable.
struct Plan {
  std::shared_ptr<const Definitions> definitions;
  std::vector<GroupingPlan> groupings;
  std::vector<KpiPlan> kpis;                        ///< parallel to the definitions' KPIs
  std::vector<std::vector<size_t>> joined_sources;  ///< per source: those that KPIs join with it,
                                                    ///< directly or by way of others, and itself
};

/// The index of the source of that name. REQUIRES: there is one.
size_t source_index(const Definitions& definitions, std::string_view name);

/// Arranges checked definitions. Never fails.
std::shared_ptr<const Plan> make_plan(std::shared_ptr<const Definitions> definitions);

}  // namespace kpid
