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

/// Whether the formulas of KPIs can be judged: not where the configuration was cut off before all
/// names were known.
enum class JudgeFormulas : uint8_t { kNo, kYes };

/// A KPI, and where its name stands.
struct PlacedKpi {
  KpiDefinition kpi;
  const ConfigPlace* place = nullptr;
};

/// The keys that a KPI may have.
const std::vector<std::string>& kpi_keys();

/// Reads `kpis:`, formulas included; a KPI with a mistake is left out. `rules` are those of the
/// whole configuration, which a KPI may change for itself.
std::vector<PlacedKpi> read_kpis(std::span<const YamlNode::Entry> entries,
                                 std::span<const SourceDefinition> sources,
                                 const CalendarRules& rules, JudgeFormulas judge,
                                 Problems& problems);

}  // namespace kpid
