#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/command_line.h"
#include "pipeline/definitions.h"
#include "pipeline/publish/window_report.h"

namespace kpid {

/// Prints windows as they come, in one of the formats.
class ReportWriter {
 public:
  virtual ~ReportWriter() = default;
  /// Appends the window to `out`, unless the format must wait for the end.
  virtual void write(const WindowReport& report, std::string& out) = 0;
  /// Appends what is left. Called once, last.
  virtual void finish(std::string& out) = 0;
};

/// `prefix` begins the names of the KPIs' families in OpenMetrics (`publish.prefix`).
std::unique_ptr<ReportWriter> make_report_writer(OutputFormat format,
                                                 std::shared_ptr<const Definitions> definitions,
                                                 std::string prefix);

}  // namespace kpid
