#include "config/git_conflict.h"

#include <algorithm>
#include <string_view>

namespace kpid {

namespace {

/// The lines that git puts around and between the sides of a conflict.
bool is_conflict_marker(std::string_view line) {
  constexpr size_t kSigns = 7;
  return !line.empty() && std::string_view("<|=>").find(line[0]) != std::string_view::npos &&
         std::min(line.find_first_not_of(line[0]), line.size()) == kSigns &&
         (line.size() == kSigns || line[kSigns] == ' ');
}

}  // namespace

std::optional<Diagnostic> git_conflict(const ConfigText& text, size_t line) {
  for (size_t number = 1; number <= line; ++number) {
    if (!is_conflict_marker(text.line(number))) continue;
    return diagnostic_at({&text, number, 1, text.line(number).size()},
                         "a conflict of git is left in the file",
                         "keep what is right of its sides, and remove its lines that begin with "
                         "<<<<<<<, ======= and >>>>>>>");
  }
  return std::nullopt;
}

}  // namespace kpid
