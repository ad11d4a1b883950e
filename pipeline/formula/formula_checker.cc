#include "pipeline/formula/formula_checker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/formula/row_functions.h"
#include "pipeline/formula/span.h"
#include "pipeline/formula/spelling.h"

namespace kpid {
namespace {

/// Nodes that a formula may have beside those of its text: copies for other windows, and other
/// KPIs. Far more than anyone computes; keeps what is evaluated per group small.
constexpr size_t kMostCopiedNodes = 20'000;

/// Times that a formula may look back from where it looked back to.
constexpr size_t kMostStepsBack = 20;

/// Windows of a moving average.
constexpr int64_t kMostAveraged = 1'000;

/// Functions of what stands between aggregates, beside those of windows.
constexpr std::array<std::string_view, 6> kFunctions = {"if",    "coalesce", "abs",
                                                        "round", "min",      "max"};

/// Functions that tell how much there is in a unit of time, and its seconds.
constexpr std::array<std::pair<std::string_view, int64_t>, 4> kRates = {
    {{"per_second", 1}, {"per_minute", 60}, {"per_hour", 3600}, {"per_day", 86'400}}};

std::string describe(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNumber:
      return "a number";
    case Outcome::kCondition:
      return "a condition";
    case Outcome::kNull:
      return "null";
  }
  return "";
}

std::optional<ExactOperation> exact_operation(TokenKind kind) {
  switch (kind) {
    case TokenKind::kOr:
      return ExactOperation::kOr;
    case TokenKind::kAnd:
      return ExactOperation::kAnd;
    case TokenKind::kEqual:
      return ExactOperation::kEqual;
    case TokenKind::kNotEqual:
      return ExactOperation::kNotEqual;
    case TokenKind::kLess:
      return ExactOperation::kLess;
    case TokenKind::kLessEqual:
      return ExactOperation::kLessEqual;
    case TokenKind::kGreater:
      return ExactOperation::kGreater;
    case TokenKind::kGreaterEqual:
      return ExactOperation::kGreaterEqual;
    case TokenKind::kPlus:
      return ExactOperation::kAdd;
    case TokenKind::kMinus:
      return ExactOperation::kSubtract;
    case TokenKind::kTimes:
      return ExactOperation::kMultiply;
    case TokenKind::kDivide:
      return ExactOperation::kDivide;
    default:
      return std::nullopt;
  }
}

ExactExpression number_of(const Literal& literal) {
  ExactExpression node{.operation = ExactOperation::kNumber};
  if (literal.type == Type::kInt) {
    node.numerator = literal.integer;
    return node;
  }
  node.numerator = literal.nanos;
  node.denominator = kNanosPerUnit;
  while (node.denominator > 1 && node.numerator % 10 == 0) {
    node.numerator /= 10;
    node.denominator /= 10;
  }
  return node;
}

ExactExpression number(int64_t value) {
  return {.operation = ExactOperation::kNumber, .numerator = value};
}

ExactExpression node_of(ExactOperation operation, ExactExpression left, ExactExpression right) {
  ExactExpression node{.operation = operation};
  node.operands.push_back(std::move(left));
  node.operands.push_back(std::move(right));
  return node;
}

/// What to write instead of a function of another language; empty where none is known.
std::string foreign_hint(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kForeign = {{
      {"average", "avg"},
      {"mean", "avg"},
      {"total", "sum"},
      {"minimum", "min"},
      {"maximum", "max"},
      {"stdev", "stddev"},
      {"std", "stddev"},
      {"stddev_samp", "stddev"},
      {"percentile", "quantile"},
      {"percentile_cont", "quantile"},
      {"unique", "distinct"},
      {"nunique", "distinct"},
      {"count_distinct", "distinct"},
      {"lag", "previous"},
      {"iif", "if"},
      {"ifnull", "coalesce"},
      {"nvl", "coalesce"},
      {"first_value", "first"},
      {"last_value", "last"},
      {"rolling_mean", "moving_average"},
  }};
  if (name == "per_week" || name == "per_month" || name == "per_year") {
    return "there are per_second, per_minute, per_hour and per_day";
  }
  for (const auto& [foreign, ours] : kForeign) {
    if (name == foreign) return "write '" + std::string(ours) + "'";
  }
  return "";
}

bool is_function(std::string_view name) {
  return is_window_function(name) ||
         std::find(kFunctions.begin(), kFunctions.end(), name) != kFunctions.end();
}

}  // namespace

std::nullopt_t FormulaChecker::report(Place place, std::string text, std::string hint) {
  errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
  return std::nullopt;
}

std::optional<Part> FormulaChecker::check_formula(const Syntax& syntax) {
  std::optional<Part> whole = check(syntax);
  if (!whole) return std::nullopt;
  if (whole->outcome != Outcome::kNumber) {
    return report(syntax.place, "the formula gives " + describe(whole->outcome) + ", not a number",
                  whole->outcome == Outcome::kCondition ? "write if(condition, 1, 0)" : "");
  }
  if (!whole->samples) {
    return report(syntax.place, "the formula has no aggregate",
                  "such as count(source) or sum(field)");
  }
  return whole;
}

std::optional<Part> FormulaChecker::check(const Syntax& syntax) {
  switch (syntax.kind) {
    case Syntax::Kind::kLiteral:
      return check_literal(syntax);
    case Syntax::Kind::kNull:
      return Part{{.operation = ExactOperation::kAbsent}, Outcome::kNull};
    case Syntax::Kind::kName:
      return check_name(syntax);
    case Syntax::Kind::kNegate:
      return combine(ExactOperation::kNegate, Outcome::kNumber, Outcome::kNumber, syntax);
    case Syntax::Kind::kNot:
      return combine(ExactOperation::kNot, Outcome::kCondition, Outcome::kCondition, syntax);
    case Syntax::Kind::kBinary:
      return check_binary(syntax);
    case Syntax::Kind::kIn:
      return combine(ExactOperation::kIn, Outcome::kNumber, Outcome::kCondition, syntax);
    case Syntax::Kind::kCall:
      return check_call(syntax);
    case Syntax::Kind::kSpan:
      errors_.push_back(misplaced_span(syntax));
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Part> FormulaChecker::check_aggregate(const Syntax& call) {
  std::optional<CheckedAggregate> aggregate = aggregates_.check(call);
  if (!aggregate) return std::nullopt;
  if (aggregate->memory) look_backs_.push_back(*aggregate->memory);
  return Part{.expression = std::move(aggregate->expression),
              .samples = std::move(aggregate->samples)};
}

std::optional<Part> FormulaChecker::check_literal(const Syntax& syntax) {
  if (syntax.literal.type == Type::kString) {
    return report(syntax.place, "a text has no place between aggregates",
                  "texts are compared inside an aggregate: count(source where field == 'text')");
  }
  if (syntax.literal.type != Type::kBool) return Part{number_of(syntax.literal)};
  return Part{{.operation = ExactOperation::kCondition, .condition = syntax.literal.integer != 0},
              Outcome::kCondition};
}

std::optional<Part> FormulaChecker::check_name(const Syntax& syntax) {
  const bool names_kpi = syntax.source.empty() && kpis_.contains(syntax.name);
  return names_kpi ? use_kpi(syntax) : report_name(syntax);
}

std::optional<Part> FormulaChecker::use_kpi(const Syntax& syntax) {
  const std::optional<Part>& kpi = kpis_.find(syntax.name)->second;
  if (!kpi || !may_copy(*kpi, 1, syntax.place)) return std::nullopt;
  used_kpis_.push_back({syntax.name, syntax.place.offset, syntax.place.length});
  return kpi;
}

std::optional<Part> FormulaChecker::report_name(const Syntax& syntax) {
  const std::string& name = syntax.name;
  const auto has_field = [&](const SourceDefinition& source) {
    return (syntax.source.empty() || source.name == syntax.source) &&
           std::any_of(source.fields.begin(), source.fields.end(),
                       [&](const Field& field) { return field.name == name; });
  };
  const std::string written = (syntax.source.empty() ? "" : syntax.source + ".") + name;
  if (std::any_of(scope_.sources.begin(), scope_.sources.end(), has_field)) {
    return report(syntax.place, "the field '" + written + "' stands outside of an aggregate",
                  "such as sum(" + written + ")");
  }
  if (!syntax.source.empty()) {
    return report(syntax.place, "unknown field '" + written + "', and outside of an aggregate",
                  "such as sum(source.field)");
  }
  std::vector<std::string> known;
  for (const NamedFormula& kpi : scope_.kpis.first(std::min(scope_.kpis.size(), kMostKnownNames))) {
    known.push_back(kpi.name);
  }
  for (const SourceDefinition& source : scope_.sources) {
    if (source.name == name) {
      return report(syntax.place, "the source '" + name + "' stands outside of an aggregate",
                    "such as count(" + name + ")");
    }
    known.push_back(source.name);
    for (const Field& field : source.fields) known.push_back(field.name);
  }
  return report(syntax.place, "unknown name '" + name + "'", spelling_hint(name, known));
}

std::optional<Part> FormulaChecker::combine(ExactOperation operation, Outcome wanted,
                                            Outcome outcome, const Syntax& syntax) {
  Part whole{{.operation = operation}, outcome};
  bool fits = true;
  for (const Syntax& operand : syntax.operands) {
    std::optional<Part> part = check(operand);
    fits = part && expect(wanted, *part, operand) && fits;
    if (!fits) continue;
    whole.expression.operands.push_back(std::move(part->expression));
    if (!whole.samples) whole.samples = std::move(part->samples);
  }
  return fits ? std::optional(std::move(whole)) : std::nullopt;
}

bool FormulaChecker::expect(Outcome wanted, const Part& part, const Syntax& syntax) {
  if (part.outcome == wanted) return true;
  const bool counted = wanted == Outcome::kNumber && part.outcome == Outcome::kCondition;
  report(syntax.place, "expected " + describe(wanted) + ", found " + describe(part.outcome),
         counted ? "write if(condition, 1, 0)" : "");
  return false;
}

std::optional<Part> FormulaChecker::check_binary(const Syntax& syntax) {
  switch (syntax.operation) {
    case TokenKind::kOr:
    case TokenKind::kAnd:
      return combine(*exact_operation(syntax.operation), Outcome::kCondition, Outcome::kCondition,
                     syntax);
    case TokenKind::kDivide:
      return check_division(syntax);
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kTimes:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual: {
      const bool compares =
          syntax.operation >= TokenKind::kLess && syntax.operation <= TokenKind::kGreaterEqual;
      return combine(*exact_operation(syntax.operation), Outcome::kNumber,
                     compares ? Outcome::kCondition : Outcome::kNumber, syntax);
    }
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
      return check_equality(syntax);
    default:
      return report(syntax.focus, "texts are compared inside an aggregate only",
                    "such as count(source where field contains 'text')");
  }
}

std::optional<Part> FormulaChecker::check_division(const Syntax& syntax) {
  std::optional<Part> left = check(syntax.operands[0]);
  std::optional<Part> right = check(syntax.operands[1]);
  const bool left_fits = left && expect(Outcome::kNumber, *left, syntax.operands[0]);
  const bool right_fits = right && expect(Outcome::kNumber, *right, syntax.operands[1]);
  if (!left_fits || !right_fits) return std::nullopt;
  Part quotient;
  quotient.samples = left->samples ? std::move(left->samples) : right->samples;
  quotient.divisor_samples = std::move(right->samples);
  quotient.expression =
      node_of(ExactOperation::kDivide, std::move(left->expression), std::move(right->expression));
  return quotient;
}

std::optional<Part> FormulaChecker::check_equality(const Syntax& syntax) {
  std::optional<Part> left = check(syntax.operands[0]);
  std::optional<Part> right = check(syntax.operands[1]);
  if (!left || !right) return std::nullopt;
  Part whole{.outcome = Outcome::kCondition};
  whole.samples = left->samples ? left->samples : right->samples;
  if (left->outcome == Outcome::kNull) std::swap(left, right);
  if (left->outcome == Outcome::kNull) return report(syntax.place, "null is compared with null");
  const bool equal = syntax.operation == TokenKind::kEqual;
  if (right->outcome == Outcome::kNull) {
    ExactExpression is_absent{.operation = ExactOperation::kIsAbsent};
    is_absent.operands.push_back(std::move(left->expression));
    if (equal) {
      whole.expression = std::move(is_absent);
    } else {
      whole.expression.operation = ExactOperation::kNot;
      whole.expression.operands.push_back(std::move(is_absent));
    }
    return whole;
  }
  if (left->outcome != right->outcome) {
    return report(syntax.focus, describe(left->outcome) + " and " + describe(right->outcome) +
                                    " cannot be compared");
  }
  whole.expression = node_of(*exact_operation(syntax.operation), std::move(left->expression),
                             std::move(right->expression));
  return whole;
}

std::optional<Part> FormulaChecker::report_call(const Syntax& syntax) {
  if (find_row_function(syntax.name) != nullptr) {
    return report(syntax.focus, "'" + syntax.name + "' works on the values of one event",
                  "use it inside an aggregate, such as count(source where condition)");
  }
  std::vector<std::string> known = aggregate_function_names();
  known.insert(known.end(), kFunctions.begin(), kFunctions.end());
  known.insert(known.end(), kWindowFunctions.begin(), kWindowFunctions.end());
  std::string hint = foreign_hint(syntax.name);
  if (hint.empty()) hint = spelling_hint(syntax.name, known);
  return report(syntax.focus, "unknown function '" + syntax.name + "'", std::move(hint));
}

std::optional<Part> FormulaChecker::check_call(const Syntax& syntax) {
  const std::string& name = syntax.name;
  if (is_aggregate(syntax)) return check_aggregate(syntax);
  if (!is_function(name)) return report_call(syntax);
  if (syntax.has_where) {
    return report(syntax.focus, "'" + name + "' takes no 'where'",
                  "'where' stands inside an aggregate: count(source where condition)");
  }
  if (name == "if" || name == "coalesce") return check_choice(syntax);
  if (name == "round") return check_round(syntax);
  if (name == "previous" || name == "growth") return check_earlier(syntax);
  if (name == "share_of_total") return check_share(syntax);
  if (name == "moving_average") return check_moving_average(syntax);
  for (const auto& [rate, seconds] : kRates) {
    if (name == rate) return check_rate(syntax, seconds);
  }
  const size_t count = name == "abs" ? 1 : 2;
  if (!has_arguments(syntax, count, count, errors_)) return std::nullopt;
  const ExactOperation operation = name == "abs"   ? ExactOperation::kAbs
                                   : name == "min" ? ExactOperation::kMin
                                                   : ExactOperation::kMax;
  return combine(operation, Outcome::kNumber, Outcome::kNumber, syntax);
}

std::optional<Part> FormulaChecker::check_choice(const Syntax& syntax) {
  const bool conditional = syntax.name == "if";
  if (!has_arguments(syntax, conditional ? 3 : 2, conditional ? 3 : SIZE_MAX, errors_)) {
    return std::nullopt;
  }
  Part whole{{.operation = conditional ? ExactOperation::kIf : ExactOperation::kCoalesce},
             Outcome::kNull};
  bool fits = true;
  for (size_t i = 0; i < syntax.operands.size(); ++i) {
    std::optional<Part> part = check(syntax.operands[i]);
    if (!part) {
      fits = false;
      continue;
    }
    if (conditional && i == 0) {
      fits = expect(Outcome::kCondition, *part, syntax.operands[i]) && fits;
    } else if (part->outcome != Outcome::kNull) {
      if (whole.outcome == Outcome::kNull) whole.outcome = part->outcome;
      fits = expect(whole.outcome, *part, syntax.operands[i]) && fits;
    }
    whole.expression.operands.push_back(std::move(part->expression));
    if (!whole.samples) whole.samples = std::move(part->samples);
  }
  if (!fits) return std::nullopt;
  if (whole.outcome != Outcome::kNull) return whole;
  return report(syntax.place, "'" + syntax.name + "' gives nothing but null");
}

std::optional<Part> FormulaChecker::check_round(const Syntax& syntax) {
  if (!has_arguments(syntax, 1, 2, errors_)) return std::nullopt;
  std::optional<Part> value = check(syntax.operands[0]);
  Part whole{{.operation = ExactOperation::kRound}};
  if (syntax.operands.size() == 2) {
    const Syntax& digits = syntax.operands[1];
    whole.expression.digits = digits.literal.integer;
    if (digits.kind != Syntax::Kind::kLiteral || digits.literal.type != Type::kInt ||
        whole.expression.digits < 0 || whole.expression.digits > 9) {
      return report(digits.place, "'round' takes its digits as a plain number from 0 to 9");
    }
  }
  if (!value || !expect(Outcome::kNumber, *value, syntax.operands[0])) return std::nullopt;
  whole.expression.operands.push_back(std::move(value->expression));
  whole.samples = std::move(value->samples);
  return whole;
}

std::optional<Part> FormulaChecker::check_moved(const Syntax& call) {
  const Syntax& argument = call.operands[0];
  std::optional<Part> part = check(argument);
  if (!part || !expect(Outcome::kNumber, *part, argument)) return std::nullopt;
  if (!part->samples) {
    return report(argument.place, "'" + call.name + "' has no aggregate to work on",
                  "such as " + call.name + "(count(source))");
  }
  part->divisor_samples.reset();
  return part;
}

std::optional<Part> FormulaChecker::check_earlier(const Syntax& call) {
  if (!has_arguments(call, 1, 2, errors_,
                     "write " + call.name + "(x) or " + call.name + "(x, 1 year)")) {
    return std::nullopt;
  }
  std::optional<Part> part = check_moved(call);
  WrittenLookBack look_back;
  if (call.operands.size() == 2) {
    const std::optional<WrittenLookBack> written = check_span(call.operands[1], errors_);
    if (!written) return std::nullopt;
    look_backs_.push_back(*written);
    look_back = *written;
  }
  if (!part || !may_look_back(*part, call.place) || !may_copy(*part, 1, call.place)) {
    return std::nullopt;
  }
  ExactExpression previous = earlier_of(part->expression, look_back.span, table_);
  if (call.name == "previous") {
    part->expression = std::move(previous);
  } else {
    part->expression =
        node_of(ExactOperation::kSubtract,
                node_of(ExactOperation::kDivide, std::move(part->expression), std::move(previous)),
                number(1));
  }
  return part;
}

std::optional<Part> FormulaChecker::check_rate(const Syntax& call, int64_t unit_seconds) {
  if (!has_arguments(call, 1, 1, errors_)) return std::nullopt;
  std::optional<Part> part = check_moved(call);
  if (!part) return std::nullopt;
  part->expression =
      node_of(ExactOperation::kDivide,
              node_of(ExactOperation::kMultiply, std::move(part->expression), number(unit_seconds)),
              window_seconds(table_));
  return part;
}

std::optional<Part> FormulaChecker::check_share(const Syntax& call) {
  if (!has_arguments(call, 1, 1, errors_)) return std::nullopt;
  std::optional<Part> part = check_moved(call);
  if (!part || !may_copy(*part, 1, call.place)) return std::nullopt;
  if (!adds_up_over_groups(part->expression, table_)) {
    return report(call.operands[0].place,
                  "'share_of_total' takes what adds up over groups: counts and sums",
                  "such as share_of_total(sum(field)); counts and sums may be added to each other, "
                  "and be times or over a number");
  }
  ExactExpression total = of_all_groups(part->expression, table_);
  part->expression =
      node_of(ExactOperation::kDivide, std::move(part->expression), std::move(total));
  return part;
}

std::optional<Part> FormulaChecker::check_moving_average(const Syntax& call) {
  if (!has_arguments(call, 2, 2, errors_, "write moving_average(x, 7)")) return std::nullopt;
  std::optional<Part> part = check_moved(call);
  const Syntax& windows = call.operands[1];
  const int64_t count = windows.literal.integer;
  if (windows.kind != Syntax::Kind::kLiteral || windows.literal.type != Type::kInt || count < 2 ||
      count > kMostAveraged) {
    return report(windows.place,
                  "'moving_average' takes its number of windows as a plain number from 2 to " +
                      std::to_string(kMostAveraged),
                  "such as moving_average(x, 7)");
  }
  if (!part || !may_look_back(*part, call.place) ||
      !may_copy(*part, static_cast<size_t>(count), call.place)) {
    return std::nullopt;
  }
  ExactExpression mean{.operation = ExactOperation::kMean};
  for (int64_t back = 1; back < count; ++back) {
    mean.operands.push_back(earlier_of(part->expression, {LookBack::Unit::kWindow, back}, table_));
  }
  mean.operands.insert(mean.operands.begin(), std::move(part->expression));
  part->expression = std::move(mean);
  return part;
}

bool FormulaChecker::may_look_back(const Part& part, Place place) {
  if (most_steps_back(part.expression, table_) < kMostStepsBack) return true;
  report(place,
         "the formula would look back more than " + std::to_string(kMostStepsBack) +
             " times, each from where it looked back to",
         "write one longer look back: previous(x, 2 years)");
  return false;
}

bool FormulaChecker::may_copy(const Part& part, size_t copies, Place place) {
  const ExpressionSize size = size_of(part.expression);
  copied_nodes_ += size.nodes * copies;
  if (copied_nodes_ <= kMostCopiedNodes && size.depth <= kDeepestFormula) return true;
  report(place,
         "the formula would compute with more than " + std::to_string(kMostCopiedNodes) +
             " numbers for each value",
         "average over fewer windows, or look back less often");
  return false;
}

}  // namespace kpid
