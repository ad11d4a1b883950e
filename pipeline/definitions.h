#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/source_definition.h"
#include "pipeline/formula/formula.h"
#include "pipeline/window/window_spec.h"

namespace kpid {

/// Which window of a KPI is shown.
enum class Show : uint8_t { kFinal, kLive, kBoth };

/// A `by` label that has its values from a field of another name in one source.
struct OtherField {
  size_t label = 0;  ///< index in KpiDefinition::by
  std::string source;
  std::string field;
};

/// One KPI of the configuration, checked.
struct KpiDefinition {
  std::string name;
  std::string help;
  std::string formula_text;  ///< as written
  Formula formula;
  std::vector<WindowSpec> windows;  ///< not empty, no duplicates; the first ranks groups
  std::vector<std::string> by;      ///< names of labels, and of their fields but for these
  std::vector<OtherField> other_fields = {};
  std::string unit;                ///< empty: no suffix
  std::optional<Show> show;        ///< nothing: final for fixed windows, live for calendar ones
  std::optional<Formula> rank_by;  ///< its sources are among the formula's
};

/// Which window of `window` is shown, one of the KPI's.
inline Show show_of(const KpiDefinition& kpi, const WindowSpec& window) {
  return kpi.show.value_or(window.is_calendar() ? Show::kLive : Show::kFinal);
}

/// The names of the fields of `source`, one of the formula's, that a group is found by; parallel to
/// `kpi.by`.
inline std::vector<std::string> by_fields(const KpiDefinition& kpi, std::string_view source) {
  std::vector<std::string> fields = kpi.by;
  for (const OtherField& other : kpi.other_fields) {
    if (other.source == source) fields[other.label] = other.field;
  }
  return fields;
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
