#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/text_arena.h"

namespace kpid {

/// Splits lines of CSV into cells, and reuses its memory from line to line.
///
/// A line may end in LF, CRLF or, its LF already taken off, in CR; it may begin with a BOM. A
/// quoted cell may hold commas, line ends and doubled quotes; blanks belong to their cell.
/// Source: RFC 4180.
class CsvLine {
 public:
  /// Whether `line` is one line of CSV. No: a quote that is never closed, a quote inside an
  /// unquoted cell, text behind a closing quote, or a second line.
  bool split(std::string_view line);

  /// The cells of the last line that was split, at least one, without their quotes. Borrowed from
  /// that line and from this object, until the next call.
  std::span<const std::string_view> cells() const { return cells_; }

 private:
  /// Each takes one cell off the front; a quoted one may lack its closing quote.
  bool take_quoted(std::string_view& rest);
  void take_plain(std::string_view& rest);

  std::vector<std::string_view> cells_;
  TextArena unquoted_;  ///< cells in which a doubled quote became one
};

/// The cells of one line, such as the names in a file's line 1; nothing when it is no line of CSV.
/// Ill-formed UTF-8 is repaired.
std::optional<std::vector<std::string>> split_csv_line(std::string_view line);

/// Whether `text` ends inside a quoted cell: the next line of the file belongs to the same record.
bool csv_record_continues(std::string_view text);

}  // namespace kpid
