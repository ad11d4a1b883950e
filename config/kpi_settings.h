#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"
#include "pipeline/definitions.h"
#include "pipeline/window/calendar.h"

namespace kpid {

/// Reads one entry of `kpis:`, formulas included; nothing when something in it is wrong. `scope`
/// has every source and KPI of the configuration; `rules` are those of the whole, which a KPI may
/// change for itself.
std::optional<KpiDefinition> read_kpi(const YamlNode::Entry& entry, const FormulaScope& scope,
                                      const CalendarRules& rules, Problems& problems);

/// The same without formulas, for a configuration that was cut off before all names were known.
void check_kpi_without_formulas(const YamlNode::Entry& entry, const CalendarRules& rules,
                                Problems& problems);

}  // namespace kpid
