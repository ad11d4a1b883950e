#include "config/config_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

/// A longer line is not quoted: it would hide the message instead of explaining it.
constexpr size_t kQuotedLineBytesMax = 1000;

/// Puts in front of the hint that what is wrong has a character that looks like a blank and is
/// none, but for one in quotes, where it is meant, and one that the text names.
void name_false_blank(std::string_view line, const ConfigPlace& place, std::string_view text,
                      std::string& hint) {
  bool quoted = false;
  const size_t end = std::min(line.size(), place.column - 1 + place.length);
  for (size_t at = place.column - 1; at < end; ++at) {
    if (line[at] == '\'' || line[at] == '"') quoted = !quoted;
    const std::string_view name = false_blank_name(line.substr(at));
    if (quoted || name.empty()) continue;
    if (text.find(name) != std::string_view::npos) return;
    hint = fmt::format("in column {} stands {}, where a blank or nothing should{}{}", at + 1, name,
                       hint.empty() ? "" : "; ", hint);
    return;
  }
}

}  // namespace

ConfigText::ConfigText(std::string file_name, std::string contents, size_t position)
    : file(std::move(file_name)), text(std::move(contents)), order(position) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  line_starts.push_back(0);
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    line_starts.push_back(at + 1);
  }
}

std::string_view ConfigText::line(size_t number) const {
  if (number == 0 || number > line_starts.size()) return {};
  const std::string_view rest = std::string_view(text).substr(line_starts[number - 1]);
  std::string_view found = rest.substr(0, rest.find('\n'));
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

Diagnostic diagnostic_at(const ConfigPlace& place, std::string text, std::string hint,
                         Diagnostic::Severity severity) {
  std::string_view line = place.text->line(place.line);
  if (severity == Diagnostic::Severity::kError) name_false_blank(line, place, text, hint);
  if (line.size() > kQuotedLineBytesMax) line = {};
  return {severity,     place.text->file, place.line,      place.column,
          place.length, std::move(text),  std::move(hint), std::string(line)};
}

}  // namespace kpid
