#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/source_definition.h"
#include "pipeline/formula/row_expression.h"
#include "pipeline/formula/row_functions.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// Turns what stands inside an aggregate into typed row expressions over one source's fields.
/// REQUIRES: no aggregate stands inside.
/// Reports every mistake that it finds, each once.
class RowChecker {
 public:
  /// Borrows all. `time_zone` is the one of clock readings that name none; it exists.
  RowChecker(const SourceDefinition& source, std::string_view time_zone,
             std::vector<TextError>& errors)
      : source_(source), time_zone_(time_zone), errors_(errors) {}

  /// Nothing after a mistake, which was reported.
  RowExpressionPtr check_value(const Syntax& syntax);
  /// The same, and a value that is no condition is a mistake.
  RowExpressionPtr check_condition(const Syntax& syntax);

  // For row functions:

  /// A value of any type, or the untyped null; nothing after a mistake, which was reported.
  RowExpressionPtr check(const Syntax& syntax);
  /// Reports a mistake, and gives nothing.
  RowExpressionPtr report(Place place, std::string text, std::string hint = "");
  std::string_view time_zone() const { return time_zone_; }

 private:
  RowExpressionPtr check_name(const Syntax& syntax);
  RowExpressionPtr check_negate(const Syntax& syntax);
  RowExpressionPtr check_not(const Syntax& syntax);
  RowExpressionPtr check_binary(const Syntax& syntax);
  RowExpressionPtr check_logic(const Syntax& syntax);
  RowExpressionPtr check_comparison(const Syntax& syntax);
  RowExpressionPtr check_text_operation(const Syntax& syntax);
  RowExpressionPtr check_matches(const Syntax& syntax);
  RowExpressionPtr check_arithmetic(const Syntax& syntax);
  RowExpressionPtr check_in(const Syntax& syntax);
  RowExpressionPtr check_call(const Syntax& syntax);

  const SourceDefinition& source_;
  std::string_view time_zone_;
  std::vector<TextError>& errors_;
};

}  // namespace kpid
