#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/aggregate/grouping_state.h"
#include "pipeline/formula/row_expression.h"
#include "pipeline/plan.h"

namespace kpid {

/// Carries the events of one source into the accumulators of all its groupings, a batch at a time:
/// each distinct predicate once, each distinct argument once, one group look-up per grouping, then
/// one pass over the selected rows per accumulator.
class SourceAggregator {
 public:
  /// `groupings` are all the plan's, by index; they outlive the aggregator.
  SourceAggregator(const Plan& plan, size_t source, std::vector<GroupingState>& groupings);

  /// Adds every row of the batch. No allocation in the steady state.
  void add(const EventBatch& batch);

  /// How often arithmetic gave null because a result passed its range or a divisor was zero.
  uint64_t arithmetic_nulls() const;

 private:
  struct Predicate {
    std::string canonical;
    RowEvaluator evaluator;
    Selection kept;
  };
  /// An argument for the rows that a predicate keeps.
  struct Argument {
    std::string canonical;  ///< argument and predicate
    std::optional<size_t> predicate;
    RowEvaluator evaluator;
    const Column* values = nullptr;  ///< of the batch at hand
  };
  struct TermStep {
    Aggregate aggregate = Aggregate::kCount;
    TouchedRows::TermPlace place;
    size_t collection = 0;  ///< number of the collection, for an aggregate that is one
    std::optional<size_t> predicate;
    std::optional<size_t> argument;
    std::optional<size_t> key;  ///< an argument too
  };
  struct GroupingStep {
    GroupingState* state = nullptr;
    CollectionLimits limits;
    std::vector<TermStep> terms;
    TouchedRows rows;
  };

  std::optional<size_t> predicate_of(const Term& term);
  std::optional<size_t> argument_of(const RowExpressionPtr& expression, const Term& term,
                                    std::optional<size_t> predicate);
  const Selection& selection(std::optional<size_t> predicate) const;
  void add_term(const EventBatch& batch, GroupingStep& grouping, const TermStep& term) const;
  void collect(const GroupingStep& grouping, const TermStep& term) const;

  std::vector<Predicate> predicates_;
  std::vector<Argument> arguments_;
  std::vector<GroupingStep> groupings_;
  Selection all_rows_;
};

}  // namespace kpid
