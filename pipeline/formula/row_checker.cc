#include "pipeline/formula/row_checker.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "pipeline/formula/row_functions.h"
#include "pipeline/formula/row_operation.h"
#include "pipeline/formula/row_types.h"
#include "pipeline/formula/span.h"
#include "pipeline/formula/spelling.h"
#include "pipeline/formula/window_functions.h"

namespace kpid {
namespace {

std::optional<RowOperation> row_operation(TokenKind kind) {
  switch (kind) {
    case TokenKind::kOr:
      return RowOperation::kOr;
    case TokenKind::kAnd:
      return RowOperation::kAnd;
    case TokenKind::kStartsWith:
      return RowOperation::kStartsWith;
    case TokenKind::kEndsWith:
      return RowOperation::kEndsWith;
    case TokenKind::kContains:
      return RowOperation::kContains;
    case TokenKind::kMatches:
      return RowOperation::kMatches;
    case TokenKind::kEqual:
      return RowOperation::kEqual;
    case TokenKind::kNotEqual:
      return RowOperation::kNotEqual;
    case TokenKind::kLess:
      return RowOperation::kLess;
    case TokenKind::kLessEqual:
      return RowOperation::kLessEqual;
    case TokenKind::kGreater:
      return RowOperation::kGreater;
    case TokenKind::kGreaterEqual:
      return RowOperation::kGreaterEqual;
    case TokenKind::kPlus:
      return RowOperation::kAdd;
    case TokenKind::kMinus:
      return RowOperation::kSubtract;
    case TokenKind::kTimes:
      return RowOperation::kMultiply;
    case TokenKind::kDivide:
      return RowOperation::kDivide;
    default:
      return std::nullopt;
  }
}

bool reads_weekday(const RowExpression& value) {
  return value.operation == RowOperation::kWeekdayOf;
}

/// What to do about two values whose types do not fit; may be empty.
std::string unfit_hint(const RowExpression& left, const RowExpression& right) {
  if (reads_weekday(left) || reads_weekday(right)) {
    return "days of the week are numbers, from Monday 1 to Sunday 7";
  }
  const auto quoted = [](const RowExpression& text, const RowExpression& other) {
    return text.operation == RowOperation::kLiteral && text.type == Type::kString &&
           is_numeric(other.type);
  };
  if (quoted(left, right) || quoted(right, left)) return "a number is written without quotes";
  return mismatch_hint(left.type, right.type);
}

}  // namespace

RowExpressionPtr RowChecker::report(Place place, std::string text, std::string hint) {
  errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
  return nullptr;
}

RowExpressionPtr RowChecker::check_value(const Syntax& syntax) {
  RowExpressionPtr value = check(syntax);
  if (!is_untyped_null(value)) return value;
  return report(syntax.place, "null is no value to aggregate");
}

RowExpressionPtr RowChecker::check_condition(const Syntax& syntax) {
  RowExpressionPtr value = check(syntax);
  if (value == nullptr) return nullptr;
  if (!is_untyped_null(value) && value->type == Type::kBool) return value;
  const std::string found = is_untyped_null(value) ? "null" : with_article(value->type);
  return report(syntax.place, "expected a condition, found " + found,
                "compare it, as in amount > 0");
}

RowExpressionPtr RowChecker::check(const Syntax& syntax) {
  switch (syntax.kind) {
    case Syntax::Kind::kLiteral:
      return make_literal(syntax.literal);
    case Syntax::Kind::kNull:
      return untyped_null();
    case Syntax::Kind::kName:
      return check_name(syntax);
    case Syntax::Kind::kNegate:
      return check_negate(syntax);
    case Syntax::Kind::kNot:
      return check_not(syntax);
    case Syntax::Kind::kBinary:
      return check_binary(syntax);
    case Syntax::Kind::kIn:
      return check_in(syntax);
    case Syntax::Kind::kCall:
      return check_call(syntax);
    case Syntax::Kind::kSpan:
      errors_.push_back(misplaced_span(syntax));
      return nullptr;
  }
  return nullptr;
}

RowExpressionPtr RowChecker::check_name(const Syntax& syntax) {
  if (!syntax.source.empty() && syntax.source != source_.name) {
    return report(
        {syntax.place.offset, syntax.source.size()},
        "this aggregate reads the source '" + source_.name + "', not '" + syntax.source + "'",
        "an aggregate reads one source; combine aggregates of several");
  }
  for (size_t i = 0; i < source_.fields.size(); ++i) {
    if (source_.fields[i].name == syntax.name) return make_field(source_.fields[i], i);
  }
  if (syntax.source.empty() && syntax.name == source_.name) {
    return report(syntax.focus, "'" + syntax.name + "' is a source, not a field",
                  "write " + syntax.name + ".FIELD; only count takes a source");
  }
  std::vector<std::string> names;
  for (const Field& field : source_.fields) names.push_back(field.name);
  return report(syntax.focus,
                "the source '" + source_.name + "' has no field '" + syntax.name + "'",
                spelling_hint(syntax.name, names));
}

RowExpressionPtr RowChecker::check_negate(const Syntax& syntax) {
  RowExpressionPtr value = check(syntax.operands[0]);
  if (value == nullptr) return nullptr;
  if (is_untyped_null(value)) return report(syntax.place, "null cannot be negated");
  if (is_numeric(value->type) || value->type == Type::kDuration) {
    return make_operation(RowOperation::kNegate, value->type, {value});
  }
  return report(syntax.place, with_article(value->type) + " cannot be negated",
                value->type == Type::kBool ? "write 'not'" : "");
}

RowExpressionPtr RowChecker::check_not(const Syntax& syntax) {
  RowExpressionPtr value = check_condition(syntax.operands[0]);
  if (value == nullptr) return nullptr;
  return make_operation(RowOperation::kNot, Type::kBool, {value});
}

RowExpressionPtr RowChecker::check_binary(const Syntax& syntax) {
  switch (syntax.operation) {
    case TokenKind::kOr:
    case TokenKind::kAnd:
      return check_logic(syntax);
    case TokenKind::kStartsWith:
    case TokenKind::kEndsWith:
    case TokenKind::kContains:
      return check_text_operation(syntax);
    case TokenKind::kMatches:
      return check_matches(syntax);
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kTimes:
    case TokenKind::kDivide:
      return check_arithmetic(syntax);
    default:
      return check_comparison(syntax);
  }
}

RowExpressionPtr RowChecker::check_logic(const Syntax& syntax) {
  RowExpressionPtr left = check_condition(syntax.operands[0]);
  RowExpressionPtr right = check_condition(syntax.operands[1]);
  if (left == nullptr || right == nullptr) return nullptr;
  return make_operation(*row_operation(syntax.operation), Type::kBool, {left, right});
}

RowExpressionPtr RowChecker::check_comparison(const Syntax& syntax) {
  RowExpressionPtr left = check(syntax.operands[0]);
  RowExpressionPtr right = check(syntax.operands[1]);
  if (left == nullptr || right == nullptr) return nullptr;
  const RowOperation operation = *row_operation(syntax.operation);
  const bool equality = operation == RowOperation::kEqual || operation == RowOperation::kNotEqual;
  if (is_untyped_null(left) || is_untyped_null(right)) {
    if (!equality) return report(syntax.focus, "null has no order", "test it with '== null'");
    if (is_untyped_null(left)) std::swap(left, right);
    if (is_untyped_null(left)) return report(syntax.place, "null is compared with null");
    RowExpressionPtr test = make_operation(RowOperation::kIsNull, Type::kBool, {left});
    if (operation == RowOperation::kEqual) return test;
    return make_operation(RowOperation::kNot, Type::kBool, {test});
  }
  if (right->type == Type::kTime) left = unquoted_time(left);
  if (left->type == Type::kTime) right = unquoted_time(right);
  const Type type = left->type;
  if (is_numeric(type) && is_numeric(right->type) && type != right->type) {
    left = widen(left, RowOperation::kWiden);
    right = widen(right, RowOperation::kWiden);
  }
  if (left->type != right->type) {
    return report(syntax.focus,
                  with_article(type) + " and " + with_article(right->type) + " cannot be compared",
                  unfit_hint(*left, *right));
  }
  if (type == Type::kBool && !equality) {
    return report(syntax.focus, "bools have no order", "use '==' or '!='");
  }
  return make_operation(operation, Type::kBool, {left, right});
}

RowExpressionPtr RowChecker::check_text_operation(const Syntax& syntax) {
  std::vector<RowExpressionPtr> values;
  for (const Syntax& operand : syntax.operands) {
    RowExpressionPtr value = check(operand);
    if (value == nullptr) continue;
    if (is_untyped_null(value) || value->type != Type::kString) {
      report(operand.place, "expected a string, found " + kind_of(value));
      continue;
    }
    values.push_back(std::move(value));
  }
  if (values.size() != 2) return nullptr;
  return make_operation(*row_operation(syntax.operation), Type::kBool, std::move(values));
}

RowExpressionPtr RowChecker::check_matches(const Syntax& syntax) {
  const Syntax& pattern = syntax.operands[1];
  RowExpressionPtr value = check(syntax.operands[0]);
  if (value != nullptr && (is_untyped_null(value) || value->type != Type::kString)) {
    value = report(syntax.operands[0].place, "expected a string, found " + kind_of(value));
  }
  if (pattern.kind != Syntax::Kind::kLiteral || pattern.literal.type != Type::kString) {
    return report(pattern.place, "the right side of 'matches' is a quoted regular expression");
  }
  auto compiled = TextPattern::compile(pattern.literal.text);
  if (!compiled) {
    return report(pattern.place, "this is no regular expression: " + compiled.error().text);
  }
  if (value == nullptr) return nullptr;
  return make_matches(std::move(value), pattern.literal.text, std::move(*compiled));
}

RowExpressionPtr RowChecker::check_arithmetic(const Syntax& syntax) {
  RowExpressionPtr left = check(syntax.operands[0]);
  RowExpressionPtr right = check(syntax.operands[1]);
  if (left == nullptr || right == nullptr) return nullptr;
  const RowOperation operation = *row_operation(syntax.operation);
  if (is_untyped_null(left) || is_untyped_null(right)) {
    return report(syntax.focus, "an operation on null is always null");
  }
  const std::optional<Type> type = arithmetic_type(operation, left->type, right->type);
  if (!type) {
    constexpr std::array<std::string_view, 4> kVerbs = {"added", "subtracted", "multiplied",
                                                        "divided"};
    const size_t verb = static_cast<size_t>(operation) - static_cast<size_t>(RowOperation::kAdd);
    const bool reversed = operation == RowOperation::kSubtract;
    const Type first = reversed ? right->type : left->type;
    const Type second = reversed ? left->type : right->type;
    constexpr std::array<std::string_view, 4> kJoints = {" and ", " cannot be subtracted from ",
                                                         " and ", " cannot be divided by "};
    std::string text = with_article(first) + std::string(kJoints[verb]) + with_article(second);
    if (verb == 0 || verb == 2) text += " cannot be " + std::string(kVerbs[verb]);
    return report(syntax.focus, std::move(text), unfit_hint(*left, *right));
  }
  const bool whole = operation != RowOperation::kDivide && *type == Type::kInt;
  if (!whole) {
    left = widen(left, RowOperation::kWiden);
    right = widen(right, RowOperation::kWiden);
  }
  return make_operation(operation, *type, {left, right});
}

RowExpressionPtr RowChecker::check_in(const Syntax& syntax) {
  RowExpressionPtr value = check(syntax.operands[0]);
  if (value == nullptr) return nullptr;
  if (is_untyped_null(value)) return report(syntax.operands[0].place, "null is in no list");
  const Type type = value->type;
  bool fits = true;
  bool decimals = type == Type::kDecimal;
  for (size_t i = 1; i < syntax.operands.size(); ++i) {
    const Syntax& element = syntax.operands[i];
    const Type found = element.literal.type;
    decimals = decimals || (type == Type::kInt && found == Type::kDecimal);
    if (found == type || (is_numeric(found) && is_numeric(type))) continue;
    fits = false;
    report(element.place,
           with_article(type) + " and " + with_article(found) + " cannot be compared",
           unfit_hint(*value, *make_literal(element.literal)));
  }
  if (!fits) return nullptr;
  std::vector<Literal> list;
  for (size_t i = 1; i < syntax.operands.size(); ++i) {
    list.push_back(syntax.operands[i].literal);
    if (decimals) list.back().type = Type::kDecimal;
  }
  return make_in(decimals ? widen(value, RowOperation::kWiden) : value, std::move(list));
}

RowExpressionPtr RowChecker::check_call(const Syntax& syntax) {
  const RowFunction* function = find_row_function(syntax.name);
  if (is_window_function(syntax.name)) {
    return report(syntax.focus,
                  "'" + syntax.name + "' works on what aggregates give, not on one event",
                  "write " + syntax.name + "(sum(field))");
  }
  if (function == nullptr) {
    return report(syntax.focus, "unknown function '" + syntax.name + "'",
                  spelling_hint(syntax.name, row_function_names()));
  }
  if (syntax.has_where) {
    return report(syntax.focus, "'" + syntax.name + "' takes no 'where'",
                  "'where' stands last inside an aggregate: sum(field where condition)");
  }
  if (!has_arguments(syntax, function->least_arguments, function->most_arguments, errors_)) {
    return nullptr;
  }
  return function->check(*this, syntax);
}

}  // namespace kpid
