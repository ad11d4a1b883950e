#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/literal.h"
#include "pipeline/formula/token.h"
#include "pipeline/result.h"
#include "pipeline/window/look_back.h"

namespace kpid {

/// A formula as written, before names and types are looked at. A tree no deeper than
/// `kDeepestFormula`, so that walking it by recursion is safe.
struct Syntax {
  enum class Kind : uint8_t {
    kLiteral,
    kNull,
    kName,    ///< `name`, with `source` before it where qualified
    kNegate,  ///< one operand
    kNot,     ///< one operand
    kBinary,  ///< two operands, `operation`
    kIn,      ///< the value, then the literals of the list
    kCall,    ///< `name` and its arguments
    kSpan,    ///< `span`, where it is written in units of the calendar or windows: 1 year
  };

  Kind kind = Kind::kNull;
  Place place = {};  ///< all of it
  Place focus = {};  ///< the operator, the function's name, or the field's name
  TokenKind operation = TokenKind::kEnd;
  Literal literal = {};
  std::string name = {};
  std::string source = {};  ///< empty for a bare name
  bool has_where = false;   ///< kCall: the last operand is the condition
  LookBack span = {};       ///< kSpan
  std::string label = {};   ///< of a named argument of a call: "by"
  std::vector<Syntax> operands = {};
  size_t depth = 1;

  size_t argument_count() const { return operands.size() - (has_where ? 1 : 0); }
};

/// Operators that a formula may chain: `a or b or c` is a tree two deep.
inline constexpr size_t kDeepestFormula = 500;

/// Parentheses, calls and prefixes that may stand inside each other. The parser's frames are large:
/// a sanitizer build needs some 20 KB a level.
inline constexpr size_t kDeepestNesting = 100;

/// Whether the call has `least` to `most` arguments beside its condition; else a report, with
/// `usage` as its hint.
bool has_arguments(const Syntax& call, size_t least, size_t most, std::vector<TextError>& errors,
                   std::string usage = "");

/// Parses a formula. Nothing when the text could not be followed to its end; then `errors` is not
/// empty. Mistakes that hide nothing else are reported and parsing goes on.
std::optional<Syntax> parse_formula(std::string_view text, std::vector<TextError>& errors);

}  // namespace kpid
