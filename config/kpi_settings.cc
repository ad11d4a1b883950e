#include "config/kpi_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "config/by_settings.h"
#include "config/calendar_settings.h"
#include "config/mapping_reader.h"
#include "config/metric_names.h"
#include "pipeline/formula/kpi_formulas.h"

namespace kpid {

namespace {

/// Windows of one KPI: each is a series of every group.
constexpr size_t kMostWindows = 100;

/// How far a formula looks back in all: a hundred years, and what their days may have too many.
constexpr Duration kLongestWayBack = std::chrono::days{36'900};

/// A KPI as far as it can be read without knowing the rest of the configuration.
struct Draft {
  KpiDefinition kpi{"", "", "", Formula(nullptr), {}, {}, {}, "", std::nullopt, std::nullopt};
  const YamlNode* formula = nullptr;
  const YamlNode* rank_by = nullptr;
  std::vector<WrittenLabel> by;
  CalendarRules rules;
  const ConfigPlace* place = nullptr;
  bool has_mistakes = false;  ///< outside of its formulas
};

void read_windows(const MappingReader& reader, const CalendarRules& rules, KpiDefinition& kpi,
                  Problems& problems) {
  const YamlNode* node = reader.needed("windows");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kSequence && node->items.empty() && node->complete) {
    problems.error(node->place, "'windows' is empty", "write one or more, like [5m, 1h every 10s]");
  }
  if (node->items.size() > kMostWindows) {
    problems.error(node->place, fmt::format("'windows' has {} windows", node->items.size()),
                   fmt::format("a KPI has at most {}", kMostWindows));
    return;
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

void read_keys(const YamlNode::Entry& entry, Draft& draft, Problems& problems) {
  draft.kpi.name = entry.key.scalar;
  check_name(entry.key, problems);
  const MappingReader reader(entry.value, entry.key.place, fmt::format("KPI '{}'", draft.kpi.name),
                             kpi_keys(), problems);
  if (entry.value.kind != YamlNode::Kind::kMapping) return;
  reader.needed("help");
  reader.text("help", draft.kpi.help);
  draft.formula = read_formula(reader.needed("formula"), "formula", problems);
  read_calendar_rules(reader, draft.rules);
  read_windows(reader, draft.rules, draft.kpi, problems);
  if (const YamlNode* by = reader.value("by")) draft.by = read_by(*by, problems);
  read_unit(reader, draft.kpi, problems);
  read_show(reader, draft.kpi);
  draft.rank_by = read_formula(reader.value("rank_by"), "rank_by", problems);
}

Draft read_draft(const YamlNode::Entry& entry, const CalendarRules& rules, Problems& problems) {
  Draft draft;
  draft.rules = rules;
  draft.place = &entry.key.place;
  const size_t errors_before = problems.error_count();
  read_keys(entry, draft, problems);
  draft.has_mistakes = problems.error_count() != errors_before;
  return draft;
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

std::vector<NamedFormula> named(const std::vector<Draft>& drafts) {
  std::vector<NamedFormula> formulas;
  for (const Draft& draft : drafts) {
    formulas.push_back({.name = draft.kpi.name,
                        .text = draft.formula == nullptr ? "" : draft.formula->scalar,
                        .time_zone = draft.rules.time_zone});
  }
  return formulas;
}

/// All KPIs of the configuration, and the formulas that they may use of each other.
class KpiReader {
 public:
  KpiReader(std::vector<Draft> drafts, std::span<const SourceDefinition> sources,
            Problems& problems)
      : drafts_(std::move(drafts)),
        sources_(sources),
        problems_(problems),
        named_(named(drafts_)),
        formulas_(sources, named_) {
    for (size_t i = 0; i < drafts_.size(); ++i) places_.emplace(named_[i].name, i);
  }

  std::vector<PlacedKpi> read() {
    formulas_.compile_all();
    std::vector<PlacedKpi> kpis;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (auto kpi = finish(i)) kpis.push_back({std::move(*kpi), drafts_[i].place});
    }
    return kpis;
  }

 private:
  std::optional<KpiDefinition> finish(size_t index) {
    const Draft& draft = drafts_[index];
    const size_t errors_before = problems_.error_count();
    std::optional<Formula> formula;
    if (draft.formula != nullptr) formula = judge(draft, *draft.formula, formulas_.formula(index));
    std::optional<Formula> rank_by;
    if (draft.rank_by != nullptr) {
      rank_by = judge(draft, *draft.rank_by,
                      formulas_.compile(draft.rank_by->scalar, draft.rules.time_zone));
    }
    if (formula) {
      check_by(draft.by, formula->sources(), sources_, problems_);
      if (rank_by) check_rank_by(*draft.rank_by, *rank_by, *formula, problems_);
    } else {
      check_by_in_any_source(draft.by, sources_, problems_);
    }
    if (!formula || (draft.rank_by != nullptr && !rank_by)) return std::nullopt;
    if (draft.has_mistakes || problems_.error_count() != errors_before) return std::nullopt;
    KpiDefinition kpi = draft.kpi;
    kpi.formula_text = draft.formula->scalar;
    kpi.formula = std::move(*formula);
    take_by(draft.by, kpi);
    kpi.rank_by = std::move(rank_by);
    return kpi;
  }

  /// The formula, where it has no mistakes of its own; all mistakes are reported.
  std::optional<Formula> judge(const Draft& draft, const YamlNode& node,
                               const TextResult<Formula>& formula) {
    if (!formula) {
      problems_.errors_in(node, formula.error());
      return std::nullopt;
    }
    std::vector<TextError> mistakes = look_back_mistakes(*formula, draft.kpi.windows);
    for (const UsedKpi& used : formula->used_kpis()) check_windows(used, draft, mistakes);
    problems_.errors_in(node, mistakes);
    return *formula;
  }

  static std::vector<TextError> look_back_mistakes(const Formula& formula,
                                                   const std::vector<WindowSpec>& windows) {
    std::vector<TextError> mistakes;
    for (const WrittenLookBack& written : formula.look_backs()) {
      for (const WindowSpec& window : windows) {
        const auto mistake = written.is_memory ? check_memory(window, written.span)
                                               : check_earlier(window, written.span);
        if (!mistake) continue;
        mistakes.push_back({written.offset, written.length, mistake->text, mistake->hint});
        break;  // one is enough to see what is wrong
      }
    }
    if (mistakes.empty() && longest_way_back(formula, windows) > kLongestWayBack) {
      mistakes.push_back({0, 1, "the formula looks back more than a hundred years in all",
                          "what looks back stands inside of what looks back; shorten one of them"});
    }
    return mistakes;
  }

  /// What cannot be looked back at is left out: that is a mistake of another KPI, used by name.
  static Duration longest_way_back(const Formula& formula, const std::vector<WindowSpec>& windows) {
    Duration longest{0};
    for (const Reading& reading : formula.readings()) {
      for (const WindowSpec& window : windows) {
        Duration way{0};
        for (const LookBack& step : reading.earlier) {
          if (!check_earlier(window, step)) way += longest_look_back(window, step);
        }
        if (reading.memory && !check_memory(window, *reading.memory)) {
          way += longest_look_back(window, *reading.memory);
        }
        longest = std::max(longest, way);
      }
    }
    return longest;
  }

  /// What is used has the user's windows, so that both are shown of the same stretch of time.
  void check_windows(const UsedKpi& used, const Draft& user,
                     std::vector<TextError>& mistakes) const {
    const Draft& draft = drafts_[places_.at(used.name)];
    if (draft.has_mistakes) return;
    for (const WindowSpec& window : user.kpi.windows) {
      const auto& windows = draft.kpi.windows;
      const auto same = [&](const WindowSpec& known) { return known.same_windows(window); };
      const auto alike = [&](const WindowSpec& known) { return known.name() == window.name(); };
      if (std::any_of(windows.begin(), windows.end(), same)) continue;
      if (std::any_of(windows.begin(), windows.end(), alike)) {
        mistakes.push_back({used.offset, used.length,
                            fmt::format("the KPI '{}' cuts its window '{}' at other times",
                                        used.name, window.name()),
                            "give both the same time_zone, week_starts and year_starts"});
        continue;
      }
      std::vector<std::string> names;
      for (const WindowSpec& known : windows) names.push_back(known.name());
      mistakes.push_back({used.offset, used.length,
                          fmt::format("the KPI '{}' has no window '{}'", used.name, window.name()),
                          fmt::format("it has {}; add the window there, or leave it out here",
                                      fmt::join(names, ", "))});
    }
  }

  const std::vector<Draft> drafts_;
  const std::span<const SourceDefinition> sources_;
  Problems& problems_;
  std::vector<NamedFormula> named_;            ///< parallel to the drafts
  std::map<std::string_view, size_t> places_;  ///< of the drafts, by name
  KpiFormulas formulas_;
};

}  // namespace

const std::vector<std::string>& kpi_keys() {
  static const std::vector<std::string> keys = {"help",        "formula",    "windows", "by",
                                                "unit",        "show",       "rank_by", "time_zone",
                                                "week_starts", "year_starts"};
  return keys;
}

std::vector<PlacedKpi> read_kpis(std::span<const YamlNode::Entry> entries,
                                 std::span<const SourceDefinition> sources,
                                 const CalendarRules& rules, JudgeFormulas judge,
                                 Problems& problems) {
  std::vector<Draft> drafts;
  for (const YamlNode::Entry& entry : entries) {
    drafts.push_back(read_draft(entry, rules, problems));
  }
  if (judge == JudgeFormulas::kNo) return {};
  return KpiReader(std::move(drafts), sources, problems).read();
}

}  // namespace kpid
