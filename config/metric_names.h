#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"
#include "pipeline/definitions.h"
#include "pipeline/result.h"

namespace kpid {

/// The suffix of the name that Prometheus keeps for other types of metrics: "_total", "_count",
/// "_sum", "_bucket" or "_info"; empty if it has none.
std::string_view reserved_suffix(std::string_view name);

/// Why `promtool check metrics` would refuse a gauge of this name; empty if it would not.
/// Source: promlint of the Prometheus client for Go, version 1.14.
std::string promtool_complaint(std::string_view family);

/// What is wrong with a unit: not a name, or one that promtool refuses at the end of a gauge's
/// name.
std::optional<TextError> check_unit(std::string_view unit);

/// A metric family that a KPI is published as.
struct KpiFamily {
  std::string name;
  std::string help;
};

/// Those of a KPI in one showing.
struct KpiFamilies {
  KpiFamily value;
  KpiFamily samples;
  KpiFamily numerator;    ///< for a quotient only
  KpiFamily denominator;  ///< for a quotient only
};

/// Named as REFERENCE has them, for pages and reports alike.
KpiFamilies kpi_families(const KpiDefinition& kpi, bool live, std::string_view prefix);

/// The names of all metric families of a KPI; the first is its value's.
std::vector<std::string> families_of(const KpiDefinition& kpi, std::string_view prefix);

/// A KPI and where its name stands.
struct NamedKpi {
  const KpiDefinition* kpi;
  const ConfigPlace* place;
};

/// Refuses two families of one name, and families that the daemon keeps for itself.
void check_families(const std::vector<NamedKpi>& kpis, std::string_view prefix, Problems& problems);

}  // namespace kpid
