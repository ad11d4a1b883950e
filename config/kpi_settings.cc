#include "config/kpi_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/by_settings.h"
#include "config/calendar_settings.h"
#include "config/mapping_reader.h"
#include "config/metric_names.h"

namespace kpid {

namespace {

/// A KPI as far as it can be read without knowing the rest of the configuration.
struct Draft {
  KpiDefinition kpi{"", "", "", Formula(nullptr), {}, {}, {}, "", std::nullopt, std::nullopt};
  const YamlNode* formula = nullptr;
  const YamlNode* rank_by = nullptr;
  std::vector<WrittenLabel> by;
  CalendarRules rules;
};

void read_windows(const MappingReader& reader, const CalendarRules& rules, KpiDefinition& kpi,
                  Problems& problems) {
  const YamlNode* node = reader.needed("windows");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kSequence && node->items.empty() && node->complete) {
    problems.error(node->place, "'windows' is empty", "write one or more, like [5m, 1h every 10s]");
  }
  for (const YamlNode* item : read_list(*node, "'windows'", problems)) {
    const TextResult<WindowSpec> window = parse_window(item->scalar, rules);
    if (!window) {
      problems.errors_in(*item, window.error());
      continue;
    }
    const auto same = std::find_if(kpi.windows.begin(), kpi.windows.end(),
                                   [&](const auto& known) { return known.same_windows(*window); });
    if (same != kpi.windows.end()) {
      problems.error(item->place, fmt::format("duplicate window '{}'", window->name()),
                     same->name() == window->name() ? "" : fmt::format("it is '{}'", same->name()));
      continue;
    }
    kpi.windows.push_back(*window);
  }
}

void read_show(const MappingReader& reader, KpiDefinition& kpi) {
  const std::array<std::string, 3> names = {"final", "live", "both"};
  constexpr std::array<Show, 3> kShows = {Show::kFinal, Show::kLive, Show::kBoth};
  if (const std::optional<size_t> show = reader.choice("show", names)) kpi.show = kShows[*show];
}

void read_unit(const MappingReader& reader, KpiDefinition& kpi, Problems& problems) {
  const YamlNode* node = reader.value("unit");
  if (node == nullptr) return;
  const auto unit = read_text(*node, "'unit'", problems);
  if (!unit) return;
  if (const std::optional<TextError> mistake = check_unit(*unit)) {
    problems.error(node->place, mistake->text, mistake->hint);
    return;
  }
  kpi.unit = *unit;
}

void check_name(const YamlNode& key, Problems& problems) {
  // The prefix ends in `_` as a rule, so that a KPI called `total` would be a metric `kpi_total`.
  const std::string family = fmt::format("_{}", key.scalar);
  const std::string_view suffix = reserved_suffix(family);
  if (!is_plain_name(key.scalar)) {
    problems.error(key.place, fmt::format("'{}' cannot be the name of a KPI", key.scalar),
                   "use lower-case letters, digits and _, and begin with a letter");
  } else if (!suffix.empty()) {
    problems.error(key.place, fmt::format("the name of a KPI cannot end in '{}'", suffix),
                   "Prometheus keeps it for another type of metric");
  }
}

/// The text of a formula, on one line or several; nothing, and a problem, for anything else.
const YamlNode* read_formula(const YamlNode* node, std::string_view key, Problems& problems) {
  if (node == nullptr) return nullptr;
  if (node->kind == YamlNode::Kind::kScalar) {
    return read_text(*node, fmt::format("'{}'", key), problems) ? node : nullptr;
  }
  if (node->complete) {
    problems.error(node->place, fmt::format("'{}' must be text", key), "quote the formula");
  }
  return nullptr;
}

Draft read_draft(const YamlNode::Entry& entry, const CalendarRules& rules, Problems& problems) {
  Draft draft;
  draft.rules = rules;
  draft.kpi.name = entry.key.scalar;
  check_name(entry.key, problems);
  const MappingReader reader(entry.value, entry.key.place, fmt::format("KPI '{}'", draft.kpi.name),
                             {"help", "formula", "windows", "by", "unit", "show", "rank_by",
                              "time_zone", "week_starts", "year_starts"},
                             problems);
  if (entry.value.kind != YamlNode::Kind::kMapping) return draft;
  reader.needed("help");
  reader.text("help", draft.kpi.help);
  draft.formula = read_formula(reader.needed("formula"), "formula", problems);
  read_calendar_rules(reader, draft.rules);
  read_windows(reader, draft.rules, draft.kpi, problems);
  if (const YamlNode* by = reader.value("by")) draft.by = read_by(*by, problems);
  read_unit(reader, draft.kpi, problems);
  read_show(reader, draft.kpi);
  draft.rank_by = read_formula(reader.value("rank_by"), "rank_by", problems);
  return draft;
}

std::optional<Formula> compile(const YamlNode* node, const FormulaScope& scope,
                               Problems& problems) {
  if (node == nullptr) return std::nullopt;
  TextResult<Formula> formula = compile_formula(node->scalar, scope);
  if (formula) return std::move(*formula);
  problems.errors_in(*node, formula.error());
  return std::nullopt;
}

void check_rank_by(const YamlNode& node, const Formula& rank_by, const Formula& formula,
                   Problems& problems) {
  for (const std::string& source : rank_by.sources()) {
    if (std::find(formula.sources().begin(), formula.sources().end(), source) !=
        formula.sources().end()) {
      continue;
    }
    problems.error(node.place,
                   fmt::format("'rank_by' uses source '{}', the formula does not", source),
                   "rank by what the formula's own sources know");
  }
}

}  // namespace

std::optional<KpiDefinition> read_kpi(const YamlNode::Entry& entry, const FormulaScope& scope,
                                      const CalendarRules& rules, Problems& problems) {
  const size_t errors_before = problems.error_count();
  Draft draft = read_draft(entry, rules, problems);
  FormulaScope formula_scope = scope;
  formula_scope.time_zone = draft.rules.time_zone;
  std::optional<Formula> formula = compile(draft.formula, formula_scope, problems);
  std::optional<Formula> rank_by = compile(draft.rank_by, formula_scope, problems);
  if (formula) {
    check_by(draft.by, formula->sources(), scope.sources, problems);
    if (rank_by) check_rank_by(*draft.rank_by, *rank_by, *formula, problems);
  } else {
    check_by_in_any_source(draft.by, scope.sources, problems);
  }
  if (problems.error_count() != errors_before) return std::nullopt;
  draft.kpi.formula_text = draft.formula->scalar;
  draft.kpi.formula = std::move(*formula);
  take_by(draft.by, draft.kpi);
  draft.kpi.rank_by = std::move(rank_by);
  return std::move(draft.kpi);
}

void check_kpi_without_formulas(const YamlNode::Entry& entry, const CalendarRules& rules,
                                Problems& problems) {
  read_draft(entry, rules, problems);
}

}  // namespace kpid
