#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"
#include "pipeline/definitions.h"

namespace kpid {

/// Reads one entry of `kpis:`, formulas included; nothing when something in it is wrong. `scope`
/// has every source and KPI of the configuration, and the time zone of KPIs that name none.
std::optional<KpiDefinition> read_kpi(const YamlNode::Entry& entry, const FormulaScope& scope,
                                      Problems& problems);

/// The same without formulas, for a configuration that was cut off before all names were known.
void check_kpi_without_formulas(const YamlNode::Entry& entry, Problems& problems);

}  // namespace kpid
