#include "config/diagnostic.h"

#include <fmt/format.h>

namespace kpid {

std::string render(const Diagnostic& diagnostic) {
  const char* severity = diagnostic.severity == Diagnostic::Severity::kError ? "error" : "warning";
  return fmt::format("{}:{}:{}: {}: {}\n", diagnostic.file, diagnostic.line, diagnostic.column,
                     severity, diagnostic.text);
}

}  // namespace kpid
