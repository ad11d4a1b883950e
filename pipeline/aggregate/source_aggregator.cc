#include "pipeline/aggregate/source_aggregator.h"

#include <algorithm>
#include <numeric>

namespace kpid {

namespace {

/// Adds one to the accumulator of each selected row.
void count_rows(const std::vector<char*>& rows, const Selection& selection, size_t offset) {
  for (const uint32_t row : selection) {
    Count count = load<Count>(rows[row] + offset);
    count.add(0);
    store(rows[row] + offset, count);
  }
}

/// Adds each selected row's value, unless it is null.
template <Accumulator A, class Value>
void add_values(const std::vector<char*>& rows, const Selection& selection, size_t offset,
                const Column& column, const std::vector<Value>& values) {
  for (const uint32_t row : selection) {
    if (column.present[row] == 0) continue;
    A accumulator = load<A>(rows[row] + offset);
    accumulator.add(values[row]);
    store(rows[row] + offset, accumulator);
  }
}

template <Accumulator A>
void add_column(const std::vector<char*>& rows, const Selection& selection, size_t offset,
                const Column& column) {
  switch (column.type) {
    case Type::kInt:
    case Type::kBool:
    case Type::kTime:
      add_values<A>(rows, selection, offset, column, column.integers);
      return;
    case Type::kDecimal:
    case Type::kDuration:
      add_values<A>(rows, selection, offset, column, column.nanos);
      return;
    case Type::kString:  // counted only: any value will do
      add_values<A>(rows, selection, offset, column, column.present);
      return;
  }
}

}  // namespace

SourceAggregator::SourceAggregator(const Plan& plan, size_t source,
                                   std::vector<GroupingState>& groupings) {
  for (size_t index = 0; index < plan.groupings.size(); ++index) {
    const GroupingPlan& grouping = plan.groupings[index];
    if (grouping.source != source) continue;
    GroupingStep step{.state = &groupings[index], .terms = {}, .rows = {}};
    for (size_t term = 1; term < grouping.layout.terms().size(); ++term) {
      const Term& definition = grouping.layout.terms()[term];
      const auto predicate = predicate_of(definition);
      step.terms.push_back({.aggregate = definition.aggregate,
                            .offset = grouping.layout.offset(term),
                            .predicate = predicate,
                            .argument = argument_of(definition, predicate)});
    }
    groupings_.push_back(std::move(step));
  }
}

std::optional<size_t> SourceAggregator::predicate_of(const Term& term) {
  if (!term.predicate) return std::nullopt;
  const std::string& text = canonical(*term.predicate);
  for (size_t i = 0; i < predicates_.size(); ++i) {
    if (predicates_[i].canonical == text) return i;
  }
  predicates_.push_back({text, RowEvaluator(term.predicate), {}});
  return predicates_.size() - 1;
}

std::optional<size_t> SourceAggregator::argument_of(const Term& term,
                                                    std::optional<size_t> predicate) {
  if (!term.argument) return std::nullopt;
  std::string text = canonical(*term.argument);
  if (term.predicate) text += " where " + canonical(*term.predicate);
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (arguments_[i].canonical == text) return i;
  }
  arguments_.push_back({std::move(text), predicate, RowEvaluator(term.argument)});
  return arguments_.size() - 1;
}

const Selection& SourceAggregator::selection(std::optional<size_t> predicate) const {
  return predicate ? predicates_[*predicate].kept : all_rows_;
}

void SourceAggregator::add(const EventBatch& batch) {
  if (batch.rows == 0) return;
  if (all_rows_.size() != batch.rows) {
    all_rows_.resize(batch.rows);
    std::iota(all_rows_.begin(), all_rows_.end(), 0U);
  }
  for (Predicate& predicate : predicates_) {
    predicate.kept.clear();
    predicate.evaluator.filter(batch, all_rows_, predicate.kept);
  }
  for (Argument& argument : arguments_) {
    argument.values = &argument.evaluator.evaluate(batch, selection(argument.predicate));
  }
  for (GroupingStep& grouping : groupings_) {
    grouping.state->touch(batch, grouping.rows);
    for (const TermStep& term : grouping.terms) {
      const Selection& rows = selection(term.predicate);
      if (!term.argument) {
        count_rows(grouping.rows, rows, term.offset);
        continue;
      }
      with_accumulator(term.aggregate, [&](auto empty) {
        add_column<decltype(empty)>(grouping.rows, rows, term.offset,
                                    *arguments_[*term.argument].values);
      });
    }
  }
}

uint64_t SourceAggregator::arithmetic_nulls() const {
  uint64_t nulls = 0;
  for (const Predicate& predicate : predicates_) nulls += predicate.evaluator.arithmetic_nulls();
  for (const Argument& argument : arguments_) nulls += argument.evaluator.arithmetic_nulls();
  return nulls;
}

}  // namespace kpid
