#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/event/column.h"

namespace kpid {

/// A typed, immutable expression over the fields of one event. Made by the formula compiler only.
struct RowExpression;
using RowExpressionPtr = std::shared_ptr<const RowExpression>;

/// The type of the expression's values.
Type type_of(const RowExpression& expression);

/// What the expression computes, in a form of its own: equal texts compute the same. Fields appear
/// by path, type and time format, not by name, so that a renamed field keeps its terms.
const std::string& canonical(const RowExpression& expression);

/// Adds the index of every declared field that the expression reads, in no order, with repeats.
void collect_fields(const RowExpression& expression, std::vector<size_t>& fields);

/// Evaluates one expression, a batch at a time. Holds scratch columns: one evaluator an engine,
/// not thread-safe. No allocation in the steady state.
class RowEvaluator {
 public:
  explicit RowEvaluator(RowExpressionPtr expression);
  ~RowEvaluator();
  RowEvaluator(RowEvaluator&&) noexcept;
  RowEvaluator& operator=(RowEvaluator&&) noexcept;

  /// The values for `rows`; other rows of the result are unspecified. Valid until the next call or
  /// the end of the batch; for a bare field it is the batch's own column.
  const Column& evaluate(const EventBatch& batch, const Selection& rows);

  /// Appends to `kept` the rows for which the expression, a bool, is true: neither false nor null.
  void filter(const EventBatch& batch, const Selection& rows, Selection& kept);

  /// How often an operation gave null because its result passed its type's range or its divisor
  /// was zero, since construction. Operands that decide nothing (the branch of an `if` not taken,
  /// the right side of `false and`) are not evaluated and not counted.
  uint64_t arithmetic_nulls() const;

 private:
  struct Program;
  std::unique_ptr<Program> program_;
};

}  // namespace kpid
