#include "config/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

namespace kpid {

namespace {

/// Blanks as wide as the line is before the caret: a tab stays a tab, and a character of several
/// bytes is one blank.
std::string blanks_before(const Diagnostic& diagnostic) {
  std::string blanks;
  const std::string_view line = diagnostic.line_text;
  for (size_t at = 0; at + 1 < diagnostic.column; ++at) {
    const auto byte = at < line.size() ? static_cast<unsigned char>(line[at]) : ' ';
    if (byte == '\t') {
      blanks += '\t';
    } else if ((byte & 0xC0) != 0x80) {
      blanks += ' ';
    }
  }
  return blanks;
}

size_t underlined_characters(const Diagnostic& diagnostic) {
  const std::string_view line = diagnostic.line_text;
  const size_t start = std::min(diagnostic.column - 1, line.size());
  const std::string_view marked = line.substr(start, diagnostic.length);
  const auto characters = std::count_if(marked.begin(), marked.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return std::max<size_t>(static_cast<size_t>(characters), 1);
}

}  // namespace

std::string render(const Diagnostic& diagnostic) {
  const char* severity = diagnostic.severity == Diagnostic::Severity::kError ? "error" : "warning";
  std::string text = fmt::format("{}:{}:{}: {}: {}\n", diagnostic.file, diagnostic.line,
                                 diagnostic.column, severity, diagnostic.text);
  if (!diagnostic.line_text.empty()) {
    text += fmt::format("{}\n{}^{}\n", diagnostic.line_text, blanks_before(diagnostic),
                        std::string(underlined_characters(diagnostic) - 1, '~'));
  }
  if (!diagnostic.hint.empty()) text += fmt::format("hint: {}\n", diagnostic.hint);
  return text;
}

}  // namespace kpid
