#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <optional>
#include <string>
#include <vector>

#include "pipeline/formula/row_arithmetic.h"
#include "pipeline/formula/row_operation.h"
#include "tests/unit/formula/shop.h"

namespace kpid {
namespace {

/// One value of the naive evaluator: ints, bools and times as they are, decimals and durations in
/// nanos. Nothing is null.
using NaiveValue = std::optional<Int128>;

/// Evaluates one row at a time, recursively, by the words of the language's contract.
class NaiveEvaluator {
 public:
  NaiveEvaluator(const EventBatch& batch, uint32_t row) : batch_(batch), row_(row) {}

  NaiveValue evaluate(const RowExpression& node) {
    switch (node.operation) {
      case RowOperation::kField: {
        const Column& column = batch_.fields[node.field];
        if (column.present[row_] == 0) return std::nullopt;
        return column.type == Type::kDecimal ? column.nanos[row_] : Int128{column.integers[row_]};
      }
      case RowOperation::kLiteral: {
        if (node.literal.null) return std::nullopt;
        const bool nanos = node.type == Type::kDecimal || node.type == Type::kDuration;
        return nanos ? node.literal.nanos : Int128{node.literal.integer};
      }
      case RowOperation::kIsNull:
        return !operand(node, 0).has_value();
      case RowOperation::kAnd:
      case RowOperation::kOr: {
        const Int128 decisive = node.operation == RowOperation::kOr ? 1 : 0;
        const NaiveValue left = operand(node, 0);
        if (left == decisive) return left;
        const NaiveValue right = operand(node, 1);
        if (right == decisive) return right;
        return left ? right : left;
      }
      case RowOperation::kIf:
        return operand(node, operand(node, 0) == Int128{1} ? 1 : 2);
      case RowOperation::kCoalesce: {
        for (size_t i = 0; i < node.operands.size(); ++i) {
          if (const NaiveValue value = operand(node, i)) return value;
        }
        return std::nullopt;
      }
      default:
        return strict(node);
    }
  }

  uint64_t arithmetic_nulls = 0;

 private:
  NaiveValue operand(const RowExpression& node, size_t index) {
    return evaluate(*node.operands[index]);
  }

  NaiveValue strict(const RowExpression& node) {
    const NaiveValue left = operand(node, 0);
    const NaiveValue right = node.operands.size() > 1 ? operand(node, 1) : 0;
    if (!left || !right) return std::nullopt;
    const NaiveValue result = apply(node, *left, *right);
    if (result && within(node, *result)) return result;
    ++arithmetic_nulls;
    return std::nullopt;
  }

  static bool within(const RowExpression& node, Int128 value) {
    if (node.operation == RowOperation::kWiden) return true;
    if (node.type == Type::kDecimal || node.type == Type::kDuration) return within_decimal(value);
    return static_cast<int64_t>(value) == value;
  }

  static NaiveValue apply(const RowExpression& node, Int128 a, Int128 b) {
    const Type left = node.operands[0]->type;
    const bool shifts_time = node.type == Type::kTime && node.operands.size() == 2;
    switch (node.operation) {
      case RowOperation::kNot:
        return 1 - a;
      case RowOperation::kNegate:
        return -a;
      case RowOperation::kAbs:
        return a < 0 ? -a : a;
      case RowOperation::kRound:
        return node.type == Type::kInt ? a : divide_half_even(a, kNanosPerUnit) * kNanosPerUnit;
      case RowOperation::kWiden:
      case RowOperation::kToDecimal:
        return a * kNanosPerUnit;
      case RowOperation::kAdd:
        if (!shifts_time) return a + b;
        return left == Type::kTime ? shifted(a, b) : shifted(b, a);
      case RowOperation::kSubtract:
        if (shifts_time) return shifted(a, -b);
        return left == Type::kTime ? (a - b) * 1'000'000 : a - b;
      case RowOperation::kMultiply: {
        Int128 product = 0;
        if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
        return node.type == Type::kInt ? product : divide_half_even(product, kNanosPerUnit);
      }
      case RowOperation::kDivide:
        if (b == 0) return std::nullopt;
        return divide_half_even(a * kNanosPerUnit, b);
      case RowOperation::kEqual:
        return a == b;
      case RowOperation::kNotEqual:
        return a != b;
      case RowOperation::kLess:
        return a < b;
      case RowOperation::kLessEqual:
        return a <= b;
      case RowOperation::kGreater:
        return a > b;
      case RowOperation::kGreaterEqual:
        return a >= b;
      case RowOperation::kMin:
        return std::min(a, b);
      case RowOperation::kMax:
        return std::max(a, b);
      case RowOperation::kHourOf:
        return modulo(a, kMillisPerDay) / kMillisPerHour;
      case RowOperation::kWeekdayOf:  // day 0 is a Thursday
        return modulo(a + 3 * kMillisPerDay, 7 * kMillisPerDay) / kMillisPerDay + 1;
      default:
        ADD_FAILURE() << "not a strict operation";
        return std::nullopt;
    }
  }

  static constexpr Int128 kMillisPerHour = 3'600'000;
  static constexpr Int128 kMillisPerDay = 24 * kMillisPerHour;
  static Int128 modulo(Int128 a, Int128 b) { return (a % b + b) % b; }

  static Int128 shifted(Int128 milliseconds, Int128 nanos) {
    const Int128 sum = milliseconds * 1'000'000 + nanos;
    const Int128 rest = ((sum % 1'000'000) + 1'000'000) % 1'000'000;
    return (sum - rest) / 1'000'000;
  }

  const EventBatch& batch_;
  uint32_t row_;
};

std::string expression_of(Type type, int depth);

std::string number(int depth) {
  return expression_of(*rc::gen::element(Type::kInt, Type::kDecimal), depth);
}

std::string condition(int depth) {
  const std::string left = expression_of(Type::kBool, depth);
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return left + " and " + expression_of(Type::kBool, depth);
    case 1:
      return left + " or " + expression_of(Type::kBool, depth);
    case 2:
      return "not " + left;
    case 3:
      return number(depth) + " == null";
    case 4:
      return expression_of(Type::kTime, depth) + " <= " + expression_of(Type::kTime, depth);
    default:
      return number(depth) + *rc::gen::element<std::string>(" < ", " >= ", " == ", " != ", " > ") +
             number(depth);
  }
}

std::string leaf(Type type) {
  switch (type) {
    case Type::kInt:
      return *rc::gen::element<std::string>("quantity", "stock", "3", "9223372036854775807", "0");
    case Type::kDecimal:
      return *rc::gen::element<std::string>("amount", "price", "2.5", "3%",
                                            "999999999999999999.999999999");
    case Type::kTime:
      return *rc::gen::element<std::string>("ordered_at", "shipped_at");
    case Type::kDuration:
      return *rc::gen::element<std::string>("(shipped_at - ordered_at)", "10m", "200ms");
    case Type::kBool:
    case Type::kString:
      return *rc::gen::element<std::string>("paid", "gift", "true");
  }
  return "";
}

std::string chosen(Type type, int depth) {
  if (*rc::gen::inRange(0, 2) == 0) {
    return "coalesce(" + expression_of(type, depth) + ", " + expression_of(type, depth) + ")";
  }
  return "if(" + expression_of(Type::kBool, depth) + ", " + expression_of(type, depth) + ", " +
         *rc::gen::element(expression_of(type, depth), std::string("null")) + ")";
}

std::string calculated(Type type, int depth) {
  const std::string same = expression_of(type, depth);
  const auto sign = [] { return *rc::gen::element<std::string>(" + ", " - ", " * "); };
  switch (type) {
    case Type::kInt:
      return *rc::gen::element(same + sign() + expression_of(type, depth),
                               "hour_of(" + expression_of(Type::kTime, depth) + ")",
                               "weekday_of(" + expression_of(Type::kTime, depth) + ", 'UTC')");
    case Type::kDecimal:
      return *rc::gen::element(same + sign() + number(depth), number(depth) + " / " + number(depth),
                               "max(" + same + ", " + number(depth) + ")", "round(" + same + ")",
                               "abs(-" + same + ")",
                               expression_of(Type::kDuration, depth) + " / 10m",
                               "minutes_between(" + expression_of(Type::kTime, depth) + ", " +
                                   expression_of(Type::kTime, depth) + ")");
    case Type::kTime:
      return same + *rc::gen::element<std::string>(" + ", " - ") +
             expression_of(Type::kDuration, depth);
    case Type::kDuration:
      return *rc::gen::element(same + " * " + number(depth), same + " / " + number(depth),
                               same + " - " + expression_of(type, depth));
    case Type::kBool:
    case Type::kString:
      return condition(depth);
  }
  return "";
}

/// The text of a random expression of a type, in parentheses.
std::string expression_of(Type type, int depth) {
  if (depth == 0 || *rc::gen::inRange(0, 5) == 0) return leaf(type);
  if (*rc::gen::inRange(0, 4) == 0) return chosen(type, depth - 1);
  return "(" + calculated(type, depth - 1) + ")";
}

std::string random_event() {
  std::string event;
  const auto add = [&](const std::string& name, const std::vector<std::string>& values) {
    const auto index = *rc::gen::inRange<size_t>(0, values.size() + 1);
    if (index < values.size()) event += name + "=" + values[index] + " ";
  };
  add("quantity", {"0", "1", "-7", "9223372036854775807", "-9223372036854775808"});
  add("stock", {"0", "2", "5000000000000000000"});
  add("amount", {"0", "0.000000001", "-12.345", "999999999999999999.999999999"});
  add("price", {"0", "3", "0.000000003", "-99999999999"});
  add("paid", {"true", "false"});
  add("gift", {"true", "false"});
  add("ordered_at", {"0", "-1", "1700000000123", "9223372036854775807"});
  add("shipped_at", {"1", "1700000000124", "-9223372036854775808"});
  return event;
}

TEST(RowEvaluator, AgreesWithANaiveEvaluatorOnRandomExpressions) {
  EXPECT_TRUE(rc::check([] {
    const Type type =
        *rc::gen::element(Type::kInt, Type::kDecimal, Type::kTime, Type::kDuration, Type::kBool);
    const std::string text = "if(sales.paid, " + expression_of(type, 3) + ", null)";
    RC_LOG() << text << "\n";
    const Formula formula = shop::compile("count(" + text + ")");
    const RowExpressionPtr expression = formula.terms()[0].argument;
    std::vector<std::string> events;
    Selection rows;
    for (uint32_t row = 0; row < 12; ++row) {
      events.push_back(random_event());
      if (*rc::gen::inRange(0, 4) > 0) rows.push_back(row);
    }
    const EventBatch batch = shop::batch_of(events);
    RowEvaluator evaluator(expression);
    const Column& column = evaluator.evaluate(batch, rows);
    const bool nanos = type == Type::kDecimal || type == Type::kDuration;
    uint64_t arithmetic_nulls = 0;
    for (const uint32_t row : rows) {
      NaiveEvaluator naive(batch, row);
      const NaiveValue expected = naive.evaluate(*expression);
      arithmetic_nulls += naive.arithmetic_nulls;
      RC_ASSERT((column.present[row] != 0) == expected.has_value());
      if (!expected) continue;
      RC_ASSERT((nanos ? column.nanos[row] : Int128{column.integers[row]}) == *expected);
    }
    RC_ASSERT(evaluator.arithmetic_nulls() == arithmetic_nulls);
  }));
}

}  // namespace
}  // namespace kpid
