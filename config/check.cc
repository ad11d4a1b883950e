#include "config/check.h"

#include <fmt/format.h>

#include "config/settings.h"

namespace kpid {

namespace {

std::string counted(size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace

CheckOutcome check_configuration(std::span<const std::string> paths) {
  const Loaded loaded = load_settings(paths, NeedKafka::kNo);
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
  return outcome;
}

}  // namespace kpid
