#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/check.h"
#include "pipeline/plan.h"

namespace kpid {

/// 2024-01-01T00:00:00Z, a Monday: where most stories begin. A multiple of every fixed window that
/// divides a day.
inline constexpr EventTime kStart{std::chrono::milliseconds{1'704'067'200'000}};

/// The instant that many seconds after the beginning of the story.
inline EventTime at(double seconds) {
  return kStart + std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
}

/// A source of JSON events like {"t":1704067200000,"g":"a","v":2.5,"n":3,"s":"order"}, with the
/// event time in `t`, and no disorder unless the story asks for some.
inline SourceDefinition small_source(std::string name = "sales") {
  SourceDefinition source;
  source.topic = name;
  source.name = std::move(name);
  source.time_path = {"t"};
  source.time_format.kind = TimeFormat::Kind::kUnixMillis;
  source.disorder = Duration{0};
  source.fields = {{.name = "g", .path = {"g"}, .type = Type::kString, .time_format = {}},
                   {.name = "v", .path = {"v"}, .type = Type::kDecimal, .time_format = {}},
                   {.name = "n", .path = {"n"}, .type = Type::kInt, .time_format = {}},
                   {.name = "s", .path = {"s"}, .type = Type::kString, .time_format = {}}};
  return source;
}

/// The formula over the sources. REQUIRES: it compiles.
inline Formula formula_of(std::string_view text, const std::vector<SourceDefinition>& sources) {
  auto formula = compile_formula(text, {.sources = sources, .kpis = {}});
  KPID_ASSERT(formula.has_value());
  return *formula;
}

inline std::vector<WindowSpec> windows_of(const std::vector<std::string>& texts) {
  std::vector<WindowSpec> windows;
  for (const std::string& text : texts) {
    auto window = parse_window(text);
    KPID_ASSERT(window.has_value());
    windows.push_back(*window);
  }
  return windows;
}

/// The same, for slices that nobody looks back at.
inline std::vector<NeededWindow> needed_windows_of(const std::vector<std::string>& texts) {
  std::vector<NeededWindow> needed;
  for (WindowSpec& window : windows_of(texts)) needed.push_back({std::move(window), Duration{0}});
  return needed;
}

/// What a story says of one KPI.
struct SmallKpi {
  std::string name = "kpi";
  std::string formula = "count(sales)";
  std::vector<std::string> windows = {"1m"};
  std::vector<std::string> by = {};
  Show show = Show::kFinal;
  std::string rank_by = {};
};

inline void add_kpi(Definitions& definitions, const SmallKpi& small) {
  KpiDefinition kpi{.name = small.name,
                    .help = "A KPI of a story",
                    .formula_text = small.formula,
                    .formula = formula_of(small.formula, definitions.sources),
                    .windows = windows_of(small.windows),
                    .by = small.by,
                    .unit = "",
                    .show = small.show,
                    .rank_by = {}};
  if (!small.rank_by.empty()) kpi.rank_by = formula_of(small.rank_by, definitions.sources);
  definitions.kpis.push_back(std::move(kpi));
}

inline std::shared_ptr<const Plan> plan_of(Definitions definitions) {
  return make_plan(std::make_shared<const Definitions>(std::move(definitions)));
}

/// One source `sales` and these KPIs.
inline Definitions small_definitions(const std::vector<SmallKpi>& kpis = {SmallKpi{}}) {
  Definitions definitions;
  definitions.sources = {small_source()};
  for (const SmallKpi& kpi : kpis) add_kpi(definitions, kpi);
  return definitions;
}

}  // namespace kpid
