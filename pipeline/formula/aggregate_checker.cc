#include "pipeline/formula/aggregate_checker.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"
#include "pipeline/formula/row_checker.h"
#include "pipeline/formula/row_types.h"
#include "pipeline/formula/source_resolution.h"

namespace kpid {

bool is_aggregate(const Syntax& call) {
  if (call.name == "count" || call.name == "sum" || call.name == "avg") return true;
  return (call.name == "min" || call.name == "max") &&
         (call.has_where || call.operands.size() == 1);
}

std::nullopt_t AggregateChecker::report(Place place, std::string text, std::string hint) {
  errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
  return std::nullopt;
}

bool AggregateChecker::report_inner_aggregates(const Syntax& syntax) {
  bool found = false;
  for (const Syntax& operand : syntax.operands) {
    if (operand.kind == Syntax::Kind::kCall && operand.skipped) {
      report(operand.focus, operand.name + " is not supported yet");
      found = true;
    } else if (operand.kind == Syntax::Kind::kCall && is_aggregate(operand)) {
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

std::optional<ExactExpression> AggregateChecker::check(const Syntax& syntax) {
  if (report_inner_aggregates(syntax)) return std::nullopt;
  const SourceDefinition* source = resolve_source(syntax, scope_, errors_);
  if (source == nullptr) return std::nullopt;
  RowChecker checker(*source, scope_.time_zone, errors_);
  const size_t mistakes = errors_.size();
  Term term;
  term.source = source->name;
  if (!counts_events(syntax, scope_)) {
    term.argument = checker.check_value(syntax.operands[0]);
    if (term.argument != nullptr) check_argument(syntax, type_of(*term.argument));
  }
  if (syntax.has_where) term.predicate = checker.check_condition(syntax.operands.back());
  if (errors_.size() != mistakes) return std::nullopt;
  aggregates_.push_back({syntax.place.offset, term});
  if (syntax.name == "avg") return make_average(term);
  if (syntax.name == "sum") term.aggregate = Aggregate::kSum;
  if (syntax.name == "min") term.aggregate = Aggregate::kMin;
  if (syntax.name == "max") term.aggregate = Aggregate::kMax;
  return make_term(std::move(term));
}

void AggregateChecker::check_argument(const Syntax& call, Type type) {
  const bool number = type == Type::kInt || type == Type::kDecimal || type == Type::kDuration;
  const bool ordered = call.name == "min" || call.name == "max";
  if (call.name == "count" || number || (ordered && type == Type::kTime)) return;
  std::string hint;
  if (type == Type::kBool) hint = "count events with a condition: count(source where condition)";
  if (type == Type::kTime) hint = "subtract times to get a duration";
  const bool field = call.operands[0].kind == Syntax::Kind::kName;
  if (type == Type::kString && field)
    hint = "declare the field as int or decimal if it holds numbers";
  report(call.operands[0].place,
         "'" + call.name + "' takes numbers" +
             (ordered ? ", durations and times" : " and durations") + ", not " + with_article(type),
         std::move(hint));
}

ExactExpression AggregateChecker::make_average(Term term) {
  term.aggregate = Aggregate::kSum;
  ExactExpression average{.operation = ExactOperation::kDivide};
  average.operands.push_back(make_term(term));
  term.aggregate = Aggregate::kCount;
  average.operands.push_back(make_term(std::move(term)));
  return average;
}

ExactExpression AggregateChecker::make_term(Term term) {
  Reading reading;
  reading.term = add_term(std::move(term));
  return {.operation = ExactOperation::kReading, .reading = add_reading(std::move(reading))};
}

size_t AggregateChecker::add_reading(Reading reading) {
  const auto known = std::find(readings_.begin(), readings_.end(), reading);
  if (known != readings_.end()) return static_cast<size_t>(known - readings_.begin());
  readings_.push_back(std::move(reading));
  return readings_.size() - 1;
}

size_t AggregateChecker::add_term(Term term) {
  const std::string canonical = term.canonical();
  const auto known = std::find(canonicals_.begin(), canonicals_.end(), canonical);
  if (known != canonicals_.end()) return static_cast<size_t>(known - canonicals_.begin());
  canonicals_.push_back(canonical);
  if (std::find(sources_.begin(), sources_.end(), term.source) == sources_.end()) {
    sources_.push_back(term.source);
  }
  terms_.push_back(std::move(term));
  return canonicals_.size() - 1;
}

bool AggregateChecker::found_from(size_t offset) const {
  return std::any_of(aggregates_.begin(), aggregates_.end(),
                     [&](const FoundAggregate& found) { return found.offset >= offset; });
}

size_t AggregateChecker::samples_reading_from(size_t offset) {
  KPID_ASSERT(found_any());
  const auto first =
      std::find_if(aggregates_.begin(), aggregates_.end(),
                   [&](const FoundAggregate& found) { return found.offset >= offset; });
  return make_term(first == aggregates_.end() ? aggregates_.front().samples : first->samples)
      .reading;
}

}  // namespace kpid
