#pragma once

#include <string>
#include <vector>

#include "pipeline/event/source_definition.h"
#include "pipeline/formula/row_expression.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// Turns what stands inside an aggregate into typed row expressions over one source's fields.
/// REQUIRES: no aggregate stands inside.
/// Reports every mistake that it finds, each once.
class RowChecker {
 public:
  /// Borrows both.
  RowChecker(const SourceDefinition& source, std::vector<TextError>& errors)
      : source_(source), errors_(errors) {}

  /// Nothing after a mistake, which was reported.
  RowExpressionPtr check_value(const Syntax& syntax);
  /// The same, and a value that is no condition is a mistake.
  RowExpressionPtr check_condition(const Syntax& syntax);

 private:
  RowExpressionPtr check(const Syntax& syntax);
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
  RowExpressionPtr check_if(const Syntax& syntax);
  RowExpressionPtr check_coalesce(const Syntax& syntax);
  RowExpressionPtr check_abs(const Syntax& syntax);
  RowExpressionPtr check_round(const Syntax& syntax);
  RowExpressionPtr check_least_or_greatest(const Syntax& syntax);

  bool has_arguments(const Syntax& call, size_t least, size_t most);
  /// Gives all values one type; false, and a report, where there is none.
  bool unify(const Syntax& call, size_t first, std::vector<RowExpressionPtr>& values);
  RowExpressionPtr report(Place place, std::string text, std::string hint = "");

  const SourceDefinition& source_;
  std::vector<TextError>& errors_;
};

/// "a string", "an int", ...
std::string with_article(Type type);

}  // namespace kpid
