#pragma once

#include <cstdint>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"
#include "pipeline/plan.h"

namespace kpid {

/// How much of its past a KPI makes kpid remember, for one of its windows.
struct KpiMemory {
  size_t kpi = 0;          ///< index in Definitions::kpis
  size_t window_spec = 0;  ///< index in KpiDefinition::windows
  Duration span{};         ///< the window, and how far back from it the formula looks, at most
  int64_t slices = 0;      ///< slices of one group over that span, at most
};

/// One entry a KPI and window, in their order. Slices are shared by the KPIs of one source and one
/// list of `by` fields, and cut by the windows of all of them.
std::vector<KpiMemory> memory_of(const Plan& plan);

/// Warns of many slices a group, and refuses what no machine could keep.
void check_memory(const Plan& plan, const YamlNode& root, Problems& problems);

}  // namespace kpid
