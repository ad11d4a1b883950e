#include "config/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "config/memory.h"

namespace kpid {

namespace {

std::string counted(size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

/// As text, in the largest unit but one that it is some of: "7d", "13d", "90m".
std::string length_text(Duration length) {
  constexpr std::array<std::pair<int64_t, std::string_view>, 5> kUnits = {
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}}};
  const auto unit = std::find_if(kUnits.begin(), kUnits.end() - 1, [&](const auto& known) {
    return length.count() >= 2 * known.first || length.count() == known.first;
  });
  return fmt::format("{}{}", (length.count() + unit->first - 1) / unit->first, unit->second);
}

/// A table of how far back each KPI reads, and how many slices of a group that are at most.
std::string memory_table(const Definitions& definitions) {
  const auto plan = make_plan(std::make_shared<const Definitions>(definitions));
  std::vector<std::array<std::string, 4>> rows = {
      {"KPI", "WINDOW", "REMEMBERS UP TO", "SLICES A GROUP"}};
  for (const KpiMemory& memory : memory_of(*plan)) {
    const KpiDefinition& kpi = definitions.kpis[memory.kpi];
    rows.push_back({kpi.name, kpi.windows[memory.window_spec].name(), length_text(memory.span),
                    fmt::format("{}", memory.slices)});
  }
  std::array<size_t, 4> widths{};
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const auto& row : rows) {
    table += fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>{}}\n", row[0], widths[0], row[1], widths[1],
                         row[2], widths[2], row[3], widths[3]);
  }
  return table;
}

}  // namespace

CheckOutcome check_outcome(const Loaded& loaded) {
  CheckOutcome outcome;
  for (const Diagnostic& error : loaded.errors) outcome.diagnostics += render(error);
  for (const Diagnostic& warning : loaded.warnings) outcome.diagnostics += render(warning);
  if (!loaded.usable()) {
    outcome.diagnostics += counted(loaded.errors.size(), "error") + "\n";
    outcome.exit_code = 2;
    return outcome;
  }
  const Definitions& definitions = loaded.settings.definitions;
  outcome.summary = fmt::format("ok: {}, {}\n", counted(definitions.sources.size(), "source"),
                                counted(definitions.kpis.size(), "KPI"));
  if (!definitions.kpis.empty()) outcome.summary += memory_table(definitions);
  return outcome;
}

CheckOutcome check_configuration(std::span<const std::string> paths, const JudgeProperty& judge) {
  return check_outcome(load_settings(paths, NeedKafka::kNo, judge));
}

}  // namespace kpid
