#include "pipeline/aggregate/source_aggregator.h"

#include <algorithm>
#include <numeric>

namespace kpid {

namespace {

/// Adds one to the accumulator of each selected row.
void count_rows(TouchedRows& rows, const Selection& selection, const TouchedRows::TermPlace& term) {
  for (const uint32_t row : selection) {
    rows.change<Count>(row, term, [](Count& count) { count.add(0); });
  }
}

/// Calls `add(row, units)` for each selected row's value, unless it is null.
template <class Add>
void for_each_value(const Selection& selection, const Column& column, Add&& add) {
  const auto visit = [&](const auto& values) {
    for (const uint32_t row : selection) {
      if (column.present[row] != 0) add(row, Int128{values[row]});
    }
  };
  switch (column.type) {
    case Type::kInt:
    case Type::kBool:
    case Type::kTime:
      visit(column.integers);
      return;
    case Type::kDecimal:
    case Type::kDuration:
      visit(column.nanos);
      return;
    case Type::kString:  // counted only: any value will do
      visit(column.present);
      return;
  }
}

template <Accumulator A>
void add_values(const EventBatch& batch, TouchedRows& rows, const Selection& selection,
                const TouchedRows::TermPlace& term, const Column& column) {
  for_each_value(selection, column, [&](uint32_t row, Int128 units) {
    rows.change<A>(row, term, [&](A& accumulator) {
      if constexpr (Timeless<A>) {
        accumulator.add(units);
      } else {
        const Occasion when{.time_ms = batch.event_times[row].time_since_epoch().count(),
                            .offset = batch.offsets[row],
                            .partition = batch.partition};
        accumulator.add(when, units);
      }
    });
  });
}

}  // namespace

SourceAggregator::SourceAggregator(const Plan& plan, size_t source,
                                   std::vector<GroupingState>& groupings) {
  for (size_t index = 0; index < plan.groupings.size(); ++index) {
    const GroupingPlan& grouping = plan.groupings[index];
    if (grouping.source != source) continue;
    GroupingStep step{
        .state = &groupings[index], .limits = grouping.layout.limits(), .terms = {}, .rows = {}};
    for (size_t term = 0; term < grouping.layout.terms().size(); ++term) {
      const Term& definition = grouping.layout.terms()[term];
      const auto predicate = predicate_of(definition);
      step.terms.push_back({.aggregate = definition.aggregate,
                            .place = {grouping.layout, term},
                            .collection = grouping.layout.collection(term).value_or(0),
                            .predicate = predicate,
                            .argument = argument_of(definition.argument, definition, predicate),
                            .key = argument_of(definition.key, definition, predicate)});
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

std::optional<size_t> SourceAggregator::argument_of(const RowExpressionPtr& expression,
                                                    const Term& term,
                                                    std::optional<size_t> predicate) {
  if (!expression) return std::nullopt;
  std::string text = canonical(*expression);
  if (term.predicate) text += " where " + canonical(*term.predicate);
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (arguments_[i].canonical == text) return i;
  }
  arguments_.push_back({std::move(text), predicate, RowEvaluator(expression)});
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
    for (const TermStep& term : grouping.terms) add_term(batch, grouping, term);
  }
}

void SourceAggregator::add_term(const EventBatch& batch, GroupingStep& grouping,
                                const TermStep& term) const {
  const Selection& rows = selection(term.predicate);
  if (!term.argument) {
    count_rows(grouping.rows, rows, term.place);
  } else if (is_collection(term.aggregate)) {
    collect(grouping, term);
  } else {
    with_accumulator(term.aggregate, [&](auto empty) {
      add_values<decltype(empty)>(batch, grouping.rows, rows, term.place,
                                  *arguments_[*term.argument].values);
    });
  }
}

void SourceAggregator::collect(const GroupingStep& grouping, const TermStep& term) const {
  const Selection& rows = selection(term.predicate);
  const Column& values = *arguments_[*term.argument].values;
  const auto collection = [&](uint32_t row) -> Collection& {
    return grouping.state->collection(row, term.collection);
  };
  if (term.aggregate == Aggregate::kValues) {
    for_each_value(rows, values, [&](uint32_t row, Int128 units) {
      std::get<ValueCounts>(collection(row)).add(units);
    });
    return;
  }
  if (term.aggregate == Aggregate::kKeySums) {
    const Column& keys = *arguments_[*term.key].values;
    for_each_value(rows, values, [&](uint32_t row, Int128 units) {
      if (keys.present[row] == 0) return;
      std::get<KeySums>(collection(row)).add(key_of(keys, row), units, grouping.limits.max_keys);
    });
    return;
  }
  for (const uint32_t row : rows) {
    if (values.present[row] == 0) continue;
    if (term.aggregate == Aggregate::kDistinct) {
      std::get<DistinctKeys>(collection(row))
          .add(key_of(values, row), grouping.limits.max_distinct);
    } else {
      std::get<KeySet>(collection(row)).add(key_of(values, row), grouping.limits.max_keys);
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
