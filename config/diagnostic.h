#pragma once

#include <string>
#include <vector>

namespace kpid {

/// One mistake, or one warning, at a place of a configuration file.
struct Diagnostic {
  enum class Severity { kError, kWarning };

  Severity severity = Severity::kError;
  std::string file;
  size_t line = 1;    ///< from 1
  size_t column = 1;  ///< from 1, in bytes
  size_t length = 1;  ///< bytes that the caret underlines
  std::string text;
  std::string hint;       ///< what to do; may be empty
  std::string line_text;  ///< the line of the file, without its end
};

/// `FILE:LINE:COLUMN: error: TEXT`, the line, a caret below the place, and the hint where there is
/// one; ends with a newline.
std::string render(const Diagnostic& diagnostic);

}  // namespace kpid
