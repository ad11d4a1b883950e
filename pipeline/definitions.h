#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/event/source_definition.h"
#include "pipeline/formula/formula.h"
#include "pipeline/window/window_spec.h"

namespace kpid {

/// Which window of a KPI is shown.
enum class Show : uint8_t { kFinal, kLive, kBoth };

/// One KPI of the configuration, checked.
struct KpiDefinition {
  std::string name;
  std::string help;
  std::string formula_text;  ///< as written
  Formula formula;
  std::vector<WindowSpec> windows;  ///< not empty, no duplicates; the first ranks groups
  std::vector<std::string> by;      ///< names of fields; every source of the formula declares them
  std::string unit;                 ///< empty: no suffix
  std::optional<Show> show;         ///< nothing: final for fixed windows, live for calendar ones
  std::optional<Formula> rank_by;   ///< its sources are among the formula's
};

/// Which window of `window` is shown, one of the KPI's.
inline Show show_of(const KpiDefinition& kpi, const WindowSpec& window) {
  return kpi.show.value_or(window.is_calendar() ? Show::kLive : Show::kFinal);
}

/// What the engine is to compute: the checked configuration without everything that concerns the
/// world outside. Names are unique among sources and among KPIs.
struct Definitions {
  std::vector<SourceDefinition> sources;
  std::vector<KpiDefinition> kpis;
  Limits limits;
  Duration max_drift = std::chrono::hours{1};
  Duration stale_after = std::chrono::minutes{5};
};

}  // namespace kpid
