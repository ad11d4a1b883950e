#include "pipeline/formula/row_expression.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "pipeline/formula/row_operation.h"

namespace kpid {
namespace {

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + "'";
}

bool is_plain(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string text_of(const TimeFormat& format) {
  switch (format.kind) {
    case TimeFormat::Kind::kUnixMillis:
      return "(unix_ms)";
    case TimeFormat::Kind::kUnixSeconds:
      return "(unix_s)";
    case TimeFormat::Kind::kRfc3339:
      return "(rfc3339)";
    case TimeFormat::Kind::kPattern:
      return "(" + quoted(format.pattern) + " " + quoted(format.time_zone) + ")";
  }
  return "";
}

/// Decimals have a point and durations an s, so that literals of different types differ.
std::string text_of(const Literal& literal) {
  if (literal.null) return "null:" + std::string(name_of(literal.type));
  switch (literal.type) {
    case Type::kString:
      return quoted(literal.text);
    case Type::kInt:
      return std::to_string(literal.integer);
    case Type::kBool:
      return literal.integer != 0 ? "true" : "false";
    case Type::kTime:
      return "time(" + std::to_string(literal.integer) + ")";
    case Type::kDecimal: {
      const std::string digits = format_decimal(Decimal{literal.nanos});
      return digits.find('.') == std::string::npos ? digits + ".0" : digits;
    }
    case Type::kDuration:
      return format_decimal(Decimal{literal.nanos}) + "s";
  }
  return "";
}

std::string_view text_of(RowOperation operation) {
  switch (operation) {
    case RowOperation::kField:
      return "field";
    case RowOperation::kLiteral:
      return "literal";
    case RowOperation::kIsNull:
      return "is_null";
    case RowOperation::kNot:
      return "not";
    case RowOperation::kAnd:
      return "and";
    case RowOperation::kOr:
      return "or";
    case RowOperation::kNegate:
      return "negate";
    case RowOperation::kAdd:
      return "+";
    case RowOperation::kSubtract:
      return "-";
    case RowOperation::kMultiply:
      return "*";
    case RowOperation::kDivide:
      return "/";
    case RowOperation::kEqual:
      return "==";
    case RowOperation::kNotEqual:
      return "!=";
    case RowOperation::kLess:
      return "<";
    case RowOperation::kLessEqual:
      return "<=";
    case RowOperation::kGreater:
      return ">";
    case RowOperation::kGreaterEqual:
      return ">=";
    case RowOperation::kIn:
      return "in";
    case RowOperation::kStartsWith:
      return "starts_with";
    case RowOperation::kEndsWith:
      return "ends_with";
    case RowOperation::kContains:
      return "contains";
    case RowOperation::kMatches:
      return "matches";
    case RowOperation::kIf:
      return "if";
    case RowOperation::kCoalesce:
      return "coalesce";
    case RowOperation::kAbs:
      return "abs";
    case RowOperation::kRound:
      return "round";
    case RowOperation::kMin:
      return "min";
    case RowOperation::kMax:
      return "max";
    case RowOperation::kLength:
      return "length";
    case RowOperation::kLower:
      return "lower";
    case RowOperation::kUpper:
      return "upper";
    case RowOperation::kTrim:
      return "trim";
    case RowOperation::kHourOf:
      return "hour_of";
    case RowOperation::kWeekdayOf:
      return "weekday_of";
    case RowOperation::kDateOf:
      return "date_of";
    case RowOperation::kWiden:
      return "widen";
    case RowOperation::kToDecimal:
      return "decimal";
  }
  return "";
}

/// OPERATION(OPERAND, OPERAND): no precedence to remember, no two ways to write one thing.
std::string call_text(RowOperation operation, const std::vector<RowExpressionPtr>& operands,
                      std::string_view extra = "") {
  std::string text(text_of(operation));
  text += "(";
  for (size_t i = 0; i < operands.size(); ++i) {
    if (i > 0) text += ", ";
    text += operands[i]->canonical;
  }
  text += extra;
  return text + ")";
}

}  // namespace

RowExpressionPtr make_field(const Field& field, size_t index) {
  std::string canonical;
  for (const std::string& key : field.path) {
    if (!canonical.empty()) canonical += '.';
    canonical += is_plain(key) ? key : quoted(key);
  }
  canonical += ":" + std::string(name_of(field.type));
  if (field.type == Type::kTime) canonical += text_of(field.time_format);
  return std::make_shared<RowExpression>(RowExpression{.operation = RowOperation::kField,
                                                       .type = field.type,
                                                       .field = index,
                                                       .canonical = std::move(canonical)});
}

RowExpressionPtr make_literal(Literal literal) {
  RowExpression node{.operation = RowOperation::kLiteral, .type = literal.type};
  node.canonical = text_of(literal);
  node.literal = std::move(literal);
  return std::make_shared<RowExpression>(std::move(node));
}

RowExpressionPtr make_operation(RowOperation operation, Type type,
                                std::vector<RowExpressionPtr> operands) {
  RowExpression node{.operation = operation, .type = type};
  node.canonical = call_text(operation, operands);
  node.operands = std::move(operands);
  return std::make_shared<RowExpression>(std::move(node));
}

RowExpressionPtr make_in(RowExpressionPtr operand, std::vector<Literal> list) {
  RowExpression node{.operation = RowOperation::kIn, .type = Type::kBool};
  std::vector<std::string> texts;
  for (const Literal& literal : list) texts.push_back(text_of(literal));
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::string extra;
  for (const std::string& text : texts) extra += ", " + text;
  node.operands.push_back(std::move(operand));
  node.canonical = call_text(node.operation, node.operands, extra);
  node.list = std::move(list);
  return std::make_shared<RowExpression>(std::move(node));
}

RowExpressionPtr make_matches(RowExpressionPtr operand, const std::string& text,
                              std::shared_ptr<const TextPattern> pattern) {
  RowExpression node{.operation = RowOperation::kMatches, .type = Type::kBool};
  node.operands.push_back(std::move(operand));
  node.canonical = call_text(node.operation, node.operands, ", " + quoted(text));
  node.pattern = std::move(pattern);
  return std::make_shared<RowExpression>(std::move(node));
}

RowExpressionPtr make_round(RowExpressionPtr operand, int64_t digits) {
  RowExpression node{.operation = RowOperation::kRound, .type = operand->type};
  node.operands.push_back(std::move(operand));
  node.literal.integer = digits;
  node.canonical = call_text(node.operation, node.operands, ", " + std::to_string(digits));
  return std::make_shared<RowExpression>(std::move(node));
}

RowExpressionPtr make_clock_reading(RowOperation operation, Type type, RowExpressionPtr time,
                                    const std::string& zone_name, TimeZone zone) {
  RowExpression node{.operation = operation, .type = type};
  node.operands.push_back(std::move(time));
  node.canonical = call_text(operation, node.operands, ", " + quoted(zone_name));
  node.zone = zone;
  return std::make_shared<RowExpression>(std::move(node));
}

Type type_of(const RowExpression& expression) { return expression.type; }

const std::string& canonical(const RowExpression& expression) { return expression.canonical; }

void collect_fields(const RowExpression& expression, std::vector<size_t>& fields) {
  if (expression.operation == RowOperation::kField) fields.push_back(expression.field);
  for (const RowExpressionPtr& operand : expression.operands) collect_fields(*operand, fields);
}

}  // namespace kpid
