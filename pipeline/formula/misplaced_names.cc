#include "pipeline/formula/misplaced_names.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/formula/aggregate_function.h"
#include "pipeline/formula/row_functions.h"
#include "pipeline/formula/spelling.h"
#include "pipeline/formula/window_functions.h"

namespace kpid {
namespace {

TextError mistake(Place place, std::string text, std::string hint) {
  return {place.offset, place.length, std::move(text), std::move(hint)};
}

/// What to write instead of a function of another language; empty where none is known.
std::string foreign_hint(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kForeign = {{
      {"average", "avg"},
      {"mean", "avg"},
      {"total", "sum"},
      {"minimum", "min"},
      {"maximum", "max"},
      {"stdev", "stddev"},
      {"std", "stddev"},
      {"stddev_samp", "stddev"},
      {"percentile", "quantile"},
      {"percentile_cont", "quantile"},
      {"unique", "distinct"},
      {"nunique", "distinct"},
      {"count_distinct", "distinct"},
      {"lag", "previous"},
      {"iif", "if"},
      {"ifnull", "coalesce"},
      {"nvl", "coalesce"},
      {"first_value", "first"},
      {"last_value", "last"},
      {"rolling_mean", "moving_average"},
  }};
  if (name == "per_week" || name == "per_month" || name == "per_year") {
    return "there are per_second, per_minute, per_hour and per_day";
  }
  for (const auto& [foreign, ours] : kForeign) {
    if (name == foreign) return "write '" + std::string(ours) + "'";
  }
  return "";
}

}  // namespace

TextError misplaced_name(const Syntax& syntax, const FormulaScope& scope) {
  const std::string& name = syntax.name;
  const auto has_field = [&](const SourceDefinition& source) {
    return (syntax.source.empty() || source.name == syntax.source) &&
           std::any_of(source.fields.begin(), source.fields.end(),
                       [&](const Field& field) { return field.name == name; });
  };
  const std::string written = (syntax.source.empty() ? "" : syntax.source + ".") + name;
  if (std::any_of(scope.sources.begin(), scope.sources.end(), has_field)) {
    return mistake(syntax.place, "the field '" + written + "' stands outside of an aggregate",
                   "such as sum(" + written + ")");
  }
  if (!syntax.source.empty()) {
    return mistake(syntax.place, "unknown field '" + written + "', and outside of an aggregate",
                   "such as sum(source.field)");
  }
  std::vector<std::string> known;
  for (const NamedFormula& kpi : scope.kpis.first(std::min(scope.kpis.size(), kMostKnownNames))) {
    known.push_back(kpi.name);
  }
  for (const SourceDefinition& source : scope.sources) {
    if (source.name == name) {
      return mistake(syntax.place, "the source '" + name + "' stands outside of an aggregate",
                     "such as count(" + name + ")");
    }
    known.push_back(source.name);
    for (const Field& field : source.fields) known.push_back(field.name);
  }
  return mistake(syntax.place, "unknown name '" + name + "'", spelling_hint(name, known));
}

TextError unknown_function(const Syntax& syntax, std::span<const std::string_view> functions) {
  if (find_row_function(syntax.name) != nullptr) {
    return mistake(syntax.focus, "'" + syntax.name + "' works on the values of one event",
                   "use it inside an aggregate, such as count(source where condition)");
  }
  std::vector<std::string> known = aggregate_function_names();
  known.insert(known.end(), functions.begin(), functions.end());
  known.insert(known.end(), kWindowFunctions.begin(), kWindowFunctions.end());
  std::string hint = foreign_hint(syntax.name);
  if (hint.empty()) hint = spelling_hint(syntax.name, known);
  return mistake(syntax.focus, "unknown function '" + syntax.name + "'", std::move(hint));
}

}  // namespace kpid
