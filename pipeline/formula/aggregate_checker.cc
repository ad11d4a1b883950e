#include "pipeline/formula/aggregate_checker.h"

#include <utility>

#include "pipeline/formula/row_types.h"
#include "pipeline/formula/source_resolution.h"
#include "pipeline/formula/span.h"

namespace kpid {
namespace {

using Shape = AggregateFunction::Shape;
using Takes = AggregateFunction::Takes;

/// More of the largest than any collection has keys.
constexpr int64_t kMostOfTheLargest = 1'000'000'000;

/// Where the value stands among the arguments.
size_t value_index(const AggregateFunction& function) {
  return function.shape == Shape::kQuantile || function.shape == Shape::kTopShare ? 1 : 0;
}

bool accepts(Takes takes, Type type) {
  const bool number = is_numeric(type) || type == Type::kDuration;
  return takes == Takes::kAnything || number || (takes == Takes::kOrdered && type == Type::kTime);
}

ExactExpression read(size_t reading) {
  return {.operation = ExactOperation::kReading, .reading = reading};
}

}  // namespace

std::nullopt_t AggregateChecker::report(Place place, std::string text, std::string hint) {
  errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
  return std::nullopt;
}

bool AggregateChecker::report_inner_aggregates(const Syntax& syntax) {
  bool found = false;
  for (const Syntax& operand : syntax.operands) {
    if (operand.kind == Syntax::Kind::kCall && is_aggregate(operand)) {
      const bool extreme = operand.name == "min" || operand.name == "max";
      report(operand.focus, "an aggregate cannot stand inside another",
             extreme ? "with two arguments '" + operand.name + "' works on one event"
                     : "combine aggregates outside of each other");
      found = true;
    } else {
      found = report_inner_aggregates(operand) || found;
    }
  }
  return found;
}

bool AggregateChecker::check_arguments(const AggregateFunction& function, const Syntax& call) {
  const std::string usage(function.usage);
  switch (function.shape) {
    case Shape::kValue:
      return has_arguments(call, 1, 1, errors_, usage);
    case Shape::kQuantile:
      return has_arguments(call, 2, 2, errors_, usage);
    case Shape::kKeys:
      return has_arguments(call, 1, 2, errors_, usage);
    case Shape::kTopShare:
      if (!has_arguments(call, 3, 3, errors_, usage)) return false;
      for (size_t i = 0; i < 3; ++i) {
        if (call.operands[i].label.empty() == (i < 2)) continue;
        report(call.operands[i].place, "the third argument of 'top_share' is named 'by:'", usage);
        return false;
      }
      return true;
  }
  return false;
}

std::optional<CheckedAggregate> AggregateChecker::check(const Syntax& syntax) {
  const AggregateFunction& function = *find_aggregate_function(syntax.name);
  if (report_inner_aggregates(syntax) || !check_arguments(function, syntax)) return std::nullopt;
  CheckedAggregate checked;
  if (function.shape == Shape::kKeys && syntax.argument_count() == 2) {
    checked.memory = check_span(syntax.operands[1], errors_);
    if (!checked.memory) return std::nullopt;
    checked.memory->is_memory = true;
  }
  const SourceDefinition* source = resolve_source(syntax, scope_, errors_);
  if (source == nullptr) return std::nullopt;
  RowChecker checker(*source, scope_.time_zone, errors_);
  const size_t mistakes = errors_.size();
  Term term;
  term.aggregate = function.keeps;
  term.source = source->name;
  Reading reading{.as = function.read};
  reading.parameter = check_parameter(function, syntax).value_or(0);
  if (!counts_events(syntax, scope_)) {
    term.argument = check_value(checker, function, syntax.operands[value_index(function)]);
  }
  if (function.shape == Shape::kTopShare) term.key = checker.check_value(syntax.operands[2]);
  if (function.shape == Shape::kKeys) {
    reading.memory = checked.memory ? checked.memory->span : LookBack{};
  }
  if (syntax.has_where) term.predicate = checker.check_condition(syntax.operands.back());
  if (errors_.size() != mistakes) return std::nullopt;
  checked.samples = {.source = term.source, .argument = term.argument, .predicate = term.predicate};
  if (function.name == "avg") {
    checked.expression = make_average(std::move(term));
  } else {
    reading.term = table_.add_term(std::move(term));
    checked.expression = read(table_.add_reading(std::move(reading)));
  }
  return checked;
}

RowExpressionPtr AggregateChecker::check_value(RowChecker& checker,
                                               const AggregateFunction& function,
                                               const Syntax& argument) {
  RowExpressionPtr value = checker.check_value(argument);
  if (value != nullptr) check_type(function, argument, type_of(*value));
  return value;
}

void AggregateChecker::check_type(const AggregateFunction& function, const Syntax& argument,
                                  Type type) {
  if (accepts(function.takes, type)) return;
  std::string hint;
  if (type == Type::kBool) hint = "count events with a condition: count(source where condition)";
  if (type == Type::kTime) hint = "subtract times to get a duration";
  const bool field = argument.kind == Syntax::Kind::kName;
  if (type == Type::kString && field) {
    hint = "declare the field as int or decimal if it holds numbers";
  }
  const bool times = function.takes == Takes::kOrdered;
  report(argument.place,
         "'" + std::string(function.name) + "' takes numbers" +
             (times ? ", durations and times" : " and durations") + ", not " + with_article(type),
         std::move(hint));
}

std::optional<int64_t> AggregateChecker::check_parameter(const AggregateFunction& function,
                                                         const Syntax& call) {
  if (function.name == "median") return kNanosPerUnit / 2;
  const Syntax& argument = call.operands[0];
  const Literal& literal = argument.literal;
  const bool whole = argument.kind == Syntax::Kind::kLiteral && literal.type == Type::kInt;
  if (function.shape == Shape::kQuantile) {
    const bool fraction =
        whole || (argument.kind == Syntax::Kind::kLiteral && literal.type == Type::kDecimal);
    if (fraction && literal.nanos >= 0 && literal.nanos <= kNanosPerUnit) {
      return static_cast<int64_t>(literal.nanos);
    }
    return report(argument.place, "'quantile' takes first a plain number from 0 to 1",
                  "such as quantile(0.95, field) or quantile(95%, field)");
  }
  if (function.shape == Shape::kTopShare) {
    if (whole && literal.integer >= 1 && literal.integer <= kMostOfTheLargest) {
      return literal.integer;
    }
    return report(argument.place, "'top_share' takes first a whole number above 0",
                  std::string(function.usage));
  }
  return std::nullopt;
}

ExactExpression AggregateChecker::make_average(Term term) {
  ExactExpression average{.operation = ExactOperation::kDivide};
  average.operands.push_back(read(table_.add_result(term)));
  term.aggregate = Aggregate::kCount;
  average.operands.push_back(read(table_.add_result(std::move(term))));
  return average;
}

}  // namespace kpid
