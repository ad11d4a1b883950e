#include "pipeline/decode/csv_line.h"

#include <algorithm>

#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool CsvLine::split(std::string_view line) {
  cells_.clear();
  unquoted_.clear();
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  std::string_view rest = without_line_end(line);
  while (true) {
    if (!rest.starts_with('"')) {
      take_plain(rest);
    } else if (!take_quoted(rest)) {
      return false;
    }
    if (rest.empty()) return true;
    if (rest[0] != ',') return false;
    rest.remove_prefix(1);
  }
}

bool CsvLine::take_quoted(std::string_view& rest) {
  rest.remove_prefix(1);
  size_t doubled = 0;
  size_t end = rest.find('"');
  while (end != std::string_view::npos && end + 1 < rest.size() && rest[end + 1] == '"') {
    ++doubled;
    end = rest.find('"', end + 2);
  }
  if (end == std::string_view::npos) return false;
  std::string_view cell = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (doubled != 0) {
    char* const start = unquoted_.allocate(cell.size() - doubled);
    char* out = start;
    for (size_t i = 0; i < cell.size(); ++i) {
      *out++ = cell[i];
      if (cell[i] == '"') ++i;
    }
    cell = {start, cell.size() - doubled};
  }
  cells_.push_back(cell);
  return true;
}

void CsvLine::take_plain(std::string_view& rest) {
  const size_t end = std::min(rest.find_first_of(",\"\r\n"), rest.size());
  cells_.push_back(rest.substr(0, end));
  rest.remove_prefix(end);
}

std::optional<std::vector<std::string>> split_csv_line(std::string_view line) {
  std::string repaired;
  repair_utf8(line, repaired);
  CsvLine split;
  if (!split.split(repaired)) return std::nullopt;
  return std::vector<std::string>(split.cells().begin(), split.cells().end());
}

bool csv_record_continues(std::string_view text) {
  // A doubled quote counts twice, and so changes nothing.
  return std::ranges::count(text, '"') % 2 == 1;
}

}  // namespace kpid
