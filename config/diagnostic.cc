#include "config/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

constexpr size_t kMessageBytesMax = 1000;

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

/// What a user's text may bring into a message: control characters, which a terminal would obey,
/// and more text than anybody reads.
std::string made_readable(std::string_view text) {
  const std::string_view kept = cut_at_code_point(text, kMessageBytesMax);
  std::string readable(kept);
  std::replace_if(
      readable.begin(), readable.end(),
      [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; }, '?');
  if (kept.size() < text.size()) readable += "...";
  return readable;
}

}  // namespace

std::string render(const Diagnostic& diagnostic) {
  const char* severity = diagnostic.severity == Diagnostic::Severity::kError ? "error" : "warning";
  std::string text = fmt::format("{}:{}:{}: {}: {}\n", diagnostic.file, diagnostic.line,
                                 diagnostic.column, severity, made_readable(diagnostic.text));
  if (!diagnostic.line_text.empty()) {
    text +=
        fmt::format("{}\n{}^{}\n", made_readable(diagnostic.line_text), blanks_before(diagnostic),
                    std::string(underlined_characters(diagnostic) - 1, '~'));
  }
  if (!diagnostic.hint.empty()) text += fmt::format("hint: {}\n", made_readable(diagnostic.hint));
  return text;
}

}  // namespace kpid
