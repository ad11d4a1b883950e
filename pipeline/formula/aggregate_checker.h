#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/formula/aggregate_function.h"
#include "pipeline/formula/exact_expression.h"
#include "pipeline/formula/formula.h"
#include "pipeline/formula/reading_table.h"
#include "pipeline/formula/row_checker.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// An aggregate without mistakes.
struct CheckedAggregate {
  ExactExpression expression;  ///< over readings of the table
  Term samples;                ///< counts the events that it aggregates
  std::optional<WrittenLookBack> memory;
};

/// Checks aggregates one by one, and notes what they read.
class AggregateChecker {
 public:
  /// Borrows all.
  AggregateChecker(const FormulaScope& scope, ReadingTable& table, std::vector<TextError>& errors)
      : scope_(scope), table_(table), errors_(errors) {}

  /// Nothing after a mistake, which was reported. REQUIRES: is_aggregate(call).
  std::optional<CheckedAggregate> check(const Syntax& call);

 private:
  std::nullopt_t report(Place place, std::string text, std::string hint = "");
  /// Reports calls inside of an aggregate that have no place there; whether there were any.
  bool report_inner_aggregates(const Syntax& syntax);
  bool check_arguments(const AggregateFunction& function, const Syntax& call);
  /// A value that is aggregated; nothing after a mistake.
  RowExpressionPtr check_value(RowChecker& checker, const AggregateFunction& function,
                               const Syntax& argument);
  void check_type(const AggregateFunction& function, const Syntax& argument, Type type);
  /// What is written before the value: which quantile, how many of the largest.
  std::optional<int64_t> check_parameter(const AggregateFunction& function, const Syntax& call);
  ExactExpression make_average(Term term);

  const FormulaScope& scope_;
  ReadingTable& table_;
  std::vector<TextError>& errors_;
};

}  // namespace kpid
