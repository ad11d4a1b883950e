#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/event/time_zone.h"
#include "pipeline/formula/literal.h"
#include "pipeline/formula/row_expression.h"
#include "pipeline/formula/text_pattern.h"

namespace kpid {

/// What a node of a row expression does with its operands. Operands have the types that the
/// operation needs; the checker inserts kWiden and kToDecimal.
enum class RowOperation : uint8_t {
  kField,
  kLiteral,
  kIsNull,
  kNot,
  kAnd,
  kOr,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kStartsWith,
  kEndsWith,
  kContains,
  kMatches,
  kIf,
  kCoalesce,
  kAbs,
  kRound,
  kMin,
  kMax,
  kLength,
  kLower,
  kUpper,
  kTrim,
  kHourOf,
  kWeekdayOf,
  kDateOf,
  kWiden,      ///< int to nanos for a further operation: exact, may pass a decimal's range
  kToDecimal,  ///< int to decimal as a value: null where it passes a decimal's range
};

struct RowExpression {
  RowOperation operation = RowOperation::kLiteral;
  Type type = Type::kString;
  std::vector<RowExpressionPtr> operands = {};
  size_t field = 0;                                 ///< kField: index in the source's fields
  Literal literal = {};                             ///< kLiteral; kRound: `integer` is the digits
  std::vector<Literal> list = {};                   ///< kIn: of the operand's type
  std::shared_ptr<const TextPattern> pattern = {};  ///< kMatches
  std::optional<TimeZone> zone = {};                ///< kHourOf, kWeekdayOf, kDateOf
  std::string canonical = {};
};

/// A declared field.
RowExpressionPtr make_field(const Field& field, size_t index);
RowExpressionPtr make_literal(Literal literal);
/// An operation on operands, which must have fitting types.
RowExpressionPtr make_operation(RowOperation operation, Type type,
                                std::vector<RowExpressionPtr> operands);
/// `operand in [list]`.
RowExpressionPtr make_in(RowExpressionPtr operand, std::vector<Literal> list);
/// `operand matches text`; `pattern` is what `text` compiles to.
RowExpressionPtr make_matches(RowExpressionPtr operand, const std::string& text,
                              std::shared_ptr<const TextPattern> pattern);
/// `operand` rounded half to even at `digits` fractional digits.
RowExpressionPtr make_round(RowExpressionPtr operand, int64_t digits);
/// What the clock of `zone`, called `zone_name`, shows at `time`.
RowExpressionPtr make_clock_reading(RowOperation operation, Type type, RowExpressionPtr time,
                                    const std::string& zone_name, TimeZone zone);

}  // namespace kpid
