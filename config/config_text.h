#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace kpid {

/// One file of the configuration as read: what diagnostics name and quote.
struct ConfigText {
  ConfigText(std::string file_name, std::string contents, size_t position);

  /// The line with that number, from 1, without its end; empty beyond the last.
  std::string_view line(size_t number) const;

  std::string file;                 ///< as the user named it
  std::string text;                 ///< without a byte order mark
  size_t order = 0;                 ///< among the files of the configuration, from 0
  std::vector<size_t> line_starts;  ///< offsets; the first is 0
};

/// A place in the text of one file.
struct ConfigPlace {
  const ConfigText* text = nullptr;
  size_t line = 1;    ///< from 1
  size_t column = 1;  ///< from 1, in bytes
  size_t length = 1;  ///< bytes
};

/// A diagnostic at that place, with the line that it quotes; a line that nobody would read is left
/// out.
Diagnostic diagnostic_at(const ConfigPlace& place, std::string text, std::string hint = "",
                         Diagnostic::Severity severity = Diagnostic::Severity::kError);

}  // namespace kpid
