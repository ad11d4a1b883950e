#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <vector>

#include "pipeline/publish/window_report.h"

namespace kpid {

/// A sample as `a,b=12.5 of 3`; an absent value is `-`.
inline std::string sample_text(const Sample& sample) {
  return fmt::format("{}={} of {}", fmt::join(*sample.group, ","),
                     sample.value ? sample.value->to_string() : "-", sample.samples);
}

inline std::string samples_text(const auto& samples) {
  std::vector<std::string> texts;
  for (const Sample& sample : samples) texts.push_back(sample_text(sample));
  return fmt::format("{}", fmt::join(texts, " "));
}

/// Every window that the shards hold, a line each: `revenue 1m 2024-01-01T00:01:00Z: a=3 of 2`
/// with the window's end.
inline std::vector<std::string> report_lines(std::span<Engine* const> shards) {
  const Definitions& definitions = *shards[0]->plan().definitions;
  std::vector<std::string> lines;
  report_windows(shards, std::vector<bool>(definitions.kpis.size(), true), {}, {},
                 Begins(definitions.kpis.size()), [&](const WindowReport& report) {
                   const KpiDefinition& kpi = definitions.kpis[report.kpi];
                   lines.push_back(fmt::format(
                       "{} {} {}: {}", kpi.name, kpi.windows[report.window_spec].name(),
                       format_rfc3339(report.window.end), samples_text(report.samples)));
                 });
  return lines;
}

}  // namespace kpid
