#include "pipeline/formula/formula_checker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/formula/misplaced_names.h"
#include "pipeline/formula/span.h"

namespace kpid {
namespace {

/// Functions of what stands between aggregates, beside those of windows.
constexpr std::array<std::string_view, 6> kFunctions = {"if",    "coalesce", "abs",
                                                        "round", "min",      "max"};

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

ExactExpression node_of(ExactOperation operation, ExactExpression left, ExactExpression right) {
  ExactExpression node{.operation = operation};
  node.operands.push_back(std::move(left));
  node.operands.push_back(std::move(right));
  return node;
}

bool is_function(std::string_view name) {
  return std::find(kFunctions.begin(), kFunctions.end(), name) != kFunctions.end();
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
  if (syntax.source.empty() && kpis_.contains(syntax.name)) return use_kpi(syntax);
  errors_.push_back(misplaced_name(syntax, scope_));
  return std::nullopt;
}

std::optional<Part> FormulaChecker::use_kpi(const Syntax& syntax) {
  const std::optional<Part>& kpi = kpis_.find(syntax.name)->second;
  if (!kpi || !copies_.allows(*kpi, 1, syntax.place)) return std::nullopt;
  used_kpis_.push_back({syntax.name, syntax.place.offset, syntax.place.length});
  return kpi;
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

std::optional<Part> FormulaChecker::check_call(const Syntax& syntax) {
  const std::string& name = syntax.name;
  if (is_aggregate(syntax)) return check_aggregate(syntax);
  if (!is_function(name) && !is_window_function(name)) {
    errors_.push_back(unknown_function(syntax, kFunctions));
    return std::nullopt;
  }
  if (syntax.has_where) {
    return report(syntax.focus, "'" + name + "' takes no 'where'",
                  "'where' stands inside an aggregate: count(source where condition)");
  }
  if (name == "if" || name == "coalesce") return check_choice(syntax);
  if (name == "round") return check_round(syntax);
  if (is_window_function(name)) return check_window_function(syntax);
  const size_t count = name == "abs" ? 1 : 2;
  if (!has_arguments(syntax, count, count, errors_)) return std::nullopt;
  const ExactOperation operation = name == "abs"   ? ExactOperation::kAbs
                                   : name == "min" ? ExactOperation::kMin
                                                   : ExactOperation::kMax;
  return combine(operation, Outcome::kNumber, Outcome::kNumber, syntax);
}

std::optional<Part> FormulaChecker::check_window_function(const Syntax& call) {
  if (!window_functions_.has_arguments(call)) return std::nullopt;
  const Syntax& argument = call.operands[0];
  std::optional<Part> part = check(argument);
  if (part && !expect(Outcome::kNumber, *part, argument)) part.reset();
  if (part && !part->samples) {
    report(argument.place, "'" + call.name + "' has no aggregate to work on",
           "such as " + call.name + "(count(source))");
    part.reset();
  }
  return window_functions_.apply(call, std::move(part));
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

}  // namespace kpid
