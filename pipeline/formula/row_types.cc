#include "pipeline/formula/row_types.h"

#include "pipeline/decode/time_parser.h"

namespace kpid {

bool is_numeric(Type type) { return type == Type::kInt || type == Type::kDecimal; }

std::string with_article(Type type) {
  return (type == Type::kInt ? "an " : "a ") + std::string(name_of(type));
}

const RowExpressionPtr& untyped_null() {
  static const RowExpressionPtr kNull = make_literal({.null = true});
  return kNull;
}
bool is_untyped_null(const RowExpressionPtr& value) { return value == untyped_null(); }

std::string kind_of(const RowExpressionPtr& value) {
  return is_untyped_null(value) ? "null" : with_article(value->type);
}

RowExpressionPtr widen(const RowExpressionPtr& value, RowOperation operation) {
  if (value->type != Type::kInt) return value;
  if (value->operation == RowOperation::kLiteral && operation == RowOperation::kWiden) {
    return make_literal({.type = Type::kDecimal,
                         .nanos = static_cast<Int128>(value->literal.integer) * kNanosPerUnit});
  }
  return make_operation(operation, Type::kDecimal, {value});
}

RowExpressionPtr unquoted_time(const RowExpressionPtr& value) {
  if (value->operation != RowOperation::kLiteral || value->type != Type::kString) return value;
  const TimeParser parser(TimeFormat{});
  EventTime time;
  if (parser.parse(value->literal.text, time) != TimeStatus::kOk) return value;
  return make_literal({.type = Type::kTime, .integer = time.time_since_epoch().count()});
}

std::optional<Type> arithmetic_type(RowOperation operation, Type left, Type right) {
  const bool numbers = is_numeric(left) && is_numeric(right);
  if (operation == RowOperation::kDivide) {
    if (numbers) return Type::kDecimal;
    if (left == Type::kDuration && is_numeric(right)) return Type::kDuration;
    if (left == Type::kDuration && right == Type::kDuration) return Type::kDecimal;
    return std::nullopt;
  }
  if (numbers) return left == right ? left : Type::kDecimal;
  if (operation == RowOperation::kMultiply) {
    const bool scaled = (left == Type::kDuration && is_numeric(right)) ||
                        (is_numeric(left) && right == Type::kDuration);
    return scaled ? std::optional(Type::kDuration) : std::nullopt;
  }
  if (left == Type::kDuration && right == Type::kDuration) return Type::kDuration;
  if (left == Type::kTime && right == Type::kDuration) return Type::kTime;
  if (operation == RowOperation::kAdd) {
    return left == Type::kDuration && right == Type::kTime ? std::optional(Type::kTime)
                                                           : std::nullopt;
  }
  return left == Type::kTime && right == Type::kTime ? std::optional(Type::kDuration)
                                                     : std::nullopt;
}

std::string mismatch_hint(Type left, Type right) {
  const auto either = [&](Type type) { return left == type || right == type; };
  if (either(Type::kTime) && either(Type::kString)) {
    return "a time is compared with a time, or with one as in '2026-03-29T01:30:00Z'";
  }
  if (either(Type::kDuration) && (is_numeric(left) || is_numeric(right))) {
    return "a duration has its unit: 30s, 10m, 1h";
  }
  if (either(Type::kString) && (is_numeric(left) || is_numeric(right))) {
    return "quote the number, or declare the field as a number";
  }
  if (either(Type::kBool) && either(Type::kString)) return "write true or false without quotes";
  return "";
}

}  // namespace kpid
