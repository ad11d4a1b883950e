#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "pipeline/formula/exact_expression.h"

namespace kpid {

/// The arithmetic between aggregates, over integers that `Arithmetic` provides: its `Integer`, and
/// add, subtract, multiply, shift_left, quotient (towards zero), bits (of a magnitude), to_decimal,
/// digits (of nanos). Fractions are not reduced on the way: one rounding at the end needs none.
template <class Arithmetic>
class ExactEvaluator {
 public:
  using Integer = typename Arithmetic::Integer;

  ExactEvaluator(Arithmetic& arithmetic, std::span<const TermValue> values)
      : arithmetic_(arithmetic), values_(values) {}

  std::optional<Number> number(const ExactExpression& expression) {
    const Value value = evaluate(expression);
    return value.kind == Kind::kNumber ? round_once(value) : std::nullopt;
  }

 private:
  enum class Kind : uint8_t { kAbsent, kNumber, kTrue, kFalse };

  /// A fraction, a truth value, or neither. Invariant: denominator > 0.
  struct Value {
    Kind kind = Kind::kAbsent;
    Integer numerator{0};
    Integer denominator{1};
  };

  static Value fraction(Integer numerator, Integer denominator) {
    return {Kind::kNumber, std::move(numerator), std::move(denominator)};
  }
  static Value condition(bool truth) { return {truth ? Kind::kTrue : Kind::kFalse, 0, 1}; }

  Value evaluate(const ExactExpression& node) {
    switch (node.operation) {
      case ExactOperation::kReading:
        return read(values_[node.reading]);
      case ExactOperation::kNumber:
        return fraction(Integer(node.numerator), Integer(node.denominator));
      case ExactOperation::kCondition:
        return condition(node.condition);
      case ExactOperation::kAbsent:
        return {};
      case ExactOperation::kIsAbsent:
        return condition(evaluate(node.operands[0]).kind == Kind::kAbsent);
      case ExactOperation::kNot:
        return invert(evaluate(node.operands[0]));
      case ExactOperation::kAnd:
        return join(node, Kind::kFalse);
      case ExactOperation::kOr:
        return join(node, Kind::kTrue);
      case ExactOperation::kIn:
        return find(node);
      case ExactOperation::kIf:
        return choose(node);
      case ExactOperation::kCoalesce:
        return first_present(node);
      case ExactOperation::kNegate:
      case ExactOperation::kAbs:
      case ExactOperation::kRound:
        return change(node);
      case ExactOperation::kAdd:
      case ExactOperation::kSubtract:
      case ExactOperation::kMultiply:
      case ExactOperation::kDivide:
      case ExactOperation::kEqual:
      case ExactOperation::kNotEqual:
      case ExactOperation::kLess:
      case ExactOperation::kLessEqual:
      case ExactOperation::kGreater:
      case ExactOperation::kGreaterEqual:
      case ExactOperation::kMin:
      case ExactOperation::kMax:
        return combine(node);
      case ExactOperation::kMean:
        return mean(node);
    }
    return {};
  }

  Value read(const TermValue& value) {
    if (!value.present) return {};
    if (value.nearest) return fraction_of(*value.nearest);
    return fraction(Integer(value.units), Integer(value.denominator));
  }

  /// A double is a whole number times a power of two.
  Value fraction_of(double value) {
    constexpr int kMantissaBits = 53;
    int exponent = 0;
    const double part = std::frexp(std::abs(value), &exponent);
    auto mantissa = static_cast<int64_t>(std::ldexp(part, kMantissaBits));
    if (mantissa == 0) return fraction(Integer(0), Integer(1));
    exponent -= kMantissaBits;
    for (; mantissa % 2 == 0; ++exponent) mantissa /= 2;
    Integer numerator = arithmetic_.shift_left(Integer(mantissa), std::max(exponent, 0));
    if (value < 0) numerator = arithmetic_.subtract(Integer(0), numerator);
    return fraction(std::move(numerator),
                    arithmetic_.shift_left(Integer(1), std::max(-exponent, 0)));
  }

  static Value invert(Value value) {
    if (value.kind == Kind::kAbsent) return value;
    return condition(value.kind == Kind::kFalse);
  }

  Value join(const ExactExpression& node, Kind decisive) {
    const Value left = evaluate(node.operands[0]);
    if (left.kind == decisive) return left;
    const Value right = evaluate(node.operands[1]);
    if (right.kind == decisive) return right;
    return left.kind == Kind::kAbsent ? left : right;
  }

  Value find(const ExactExpression& node) {
    const Value value = evaluate(node.operands[0]);
    if (value.kind == Kind::kAbsent) return value;
    for (size_t i = 1; i < node.operands.size(); ++i) {
      if (order(value, evaluate(node.operands[i])) == 0) return condition(true);
    }
    return condition(false);
  }

  Value choose(const ExactExpression& node) {
    const Kind condition = evaluate(node.operands[0]).kind;
    if (condition == Kind::kAbsent) return {};
    return evaluate(node.operands[condition == Kind::kTrue ? 1 : 2]);
  }

  Value first_present(const ExactExpression& node) {
    for (const ExactExpression& operand : node.operands) {
      Value value = evaluate(operand);
      if (value.kind != Kind::kAbsent) return value;
    }
    return {};
  }

  Value mean(const ExactExpression& node) {
    Value sum = fraction(Integer(0), Integer(1));
    int64_t present = 0;
    for (const ExactExpression& operand : node.operands) {
      const Value value = evaluate(operand);
      if (value.kind == Kind::kAbsent) continue;
      sum = present == 0 ? value : add(sum, value, false);
      ++present;
    }
    if (present == 0) return {};
    return fraction(std::move(sum.numerator), multiply(sum.denominator, Integer(present)));
  }

  Value change(const ExactExpression& node) {
    Value value = evaluate(node.operands[0]);
    if (value.kind == Kind::kAbsent) return value;
    if (node.operation == ExactOperation::kRound) return round_digits(value, node.digits);
    const bool turn = node.operation == ExactOperation::kNegate || value.numerator < 0;
    if (turn) value.numerator = arithmetic_.subtract(Integer(0), value.numerator);
    return value;
  }

  Value combine(const ExactExpression& node) {
    Value left = evaluate(node.operands[0]);
    Value right = evaluate(node.operands[1]);
    if (left.kind == Kind::kAbsent || right.kind == Kind::kAbsent) return {};
    if (left.kind != Kind::kNumber) return combine_conditions(node, left, right);
    switch (node.operation) {
      case ExactOperation::kAdd:
      case ExactOperation::kSubtract:
        return add(left, right, node.operation == ExactOperation::kSubtract);
      case ExactOperation::kMultiply:
        return fraction(multiply(left.numerator, right.numerator),
                        multiply(left.denominator, right.denominator));
      case ExactOperation::kDivide:
        return divide(left, right);
      case ExactOperation::kEqual:
        return condition(order(left, right) == 0);
      case ExactOperation::kNotEqual:
        return condition(order(left, right) != 0);
      case ExactOperation::kLess:
        return condition(order(left, right) < 0);
      case ExactOperation::kLessEqual:
        return condition(order(left, right) <= 0);
      case ExactOperation::kGreater:
        return condition(order(left, right) > 0);
      case ExactOperation::kGreaterEqual:
        return condition(order(left, right) >= 0);
      case ExactOperation::kMin:
        return order(left, right) <= 0 ? left : right;
      case ExactOperation::kMax:
        return order(left, right) >= 0 ? left : right;
      default:
        return {};
    }
  }

  static Value combine_conditions(const ExactExpression& node, const Value& left,
                                  const Value& right) {
    return condition((left.kind == right.kind) == (node.operation == ExactOperation::kEqual));
  }

  Integer multiply(const Integer& left, const Integer& right) {
    return arithmetic_.multiply(left, right);
  }

  Value add(const Value& left, const Value& right, bool negative) {
    const bool shared = left.denominator == right.denominator;
    const Integer first = shared ? left.numerator : multiply(left.numerator, right.denominator);
    const Integer second = shared ? right.numerator : multiply(right.numerator, left.denominator);
    return fraction(negative ? arithmetic_.subtract(first, second) : arithmetic_.add(first, second),
                    shared ? left.denominator : multiply(left.denominator, right.denominator));
  }

  Value divide(const Value& left, const Value& right) {
    if (right.numerator == 0) return {};
    Integer numerator = multiply(left.numerator, right.denominator);
    Integer denominator = multiply(left.denominator, right.numerator);
    if (denominator < 0) {
      numerator = arithmetic_.subtract(Integer(0), numerator);
      denominator = arithmetic_.subtract(Integer(0), denominator);
    }
    return fraction(std::move(numerator), std::move(denominator));
  }

  int order(const Value& left, const Value& right) {
    const Integer first = multiply(left.numerator, right.denominator);
    const Integer second = multiply(right.numerator, left.denominator);
    return first < second ? -1 : (first == second ? 0 : 1);
  }

  Integer magnitude(const Integer& value) {
    return value < 0 ? arithmetic_.subtract(Integer(0), value) : value;
  }

  Value round_digits(const Value& value, int64_t digits) {
    int64_t scale = 1;
    for (int64_t i = 0; i < digits; ++i) scale *= 10;
    const Integer scaled = multiply(value.numerator, Integer(scale));
    Integer whole = arithmetic_.quotient(scaled, value.denominator);
    const Integer rest =
        magnitude(arithmetic_.subtract(scaled, multiply(whole, value.denominator)));
    const Integer twice = arithmetic_.add(rest, rest);
    const Integer half = arithmetic_.quotient(whole, Integer(2));
    const bool odd = arithmetic_.add(half, half) != whole;
    if (twice > value.denominator || (twice == value.denominator && odd)) {
      whole =
          scaled < 0 ? arithmetic_.subtract(whole, Integer(1)) : arithmetic_.add(whole, Integer(1));
    }
    return fraction(std::move(whole), Integer(scale));
  }

  std::optional<Number> round_once(const Value& value) {
    const Integer scaled = multiply(value.numerator, Integer(kNanosPerUnit));
    const Integer nanos = arithmetic_.quotient(scaled, value.denominator);
    if (multiply(nanos, value.denominator) == scaled) {
      if (const std::optional<Decimal> decimal = arithmetic_.to_decimal(nanos)) {
        return Number(*decimal);
      }
      const double nearest = nearest_double(value);
      if (!std::isfinite(nearest)) return std::nullopt;
      return Number(arithmetic_.digits(nanos), nearest);
    }
    const double nearest = nearest_double(value);
    if (!std::isfinite(nearest)) return std::nullopt;
    return Number(nearest);
  }

  /// Ties to even, also below the smallest normal double.
  double nearest_double(const Value& value) {
    if (value.numerator == 0) return 0;
    const Integer numerator = magnitude(value.numerator);
    // A quotient of 55 or 56 bits holds the 53 of a double, the half, and, with the rest, on which
    // side of it the value lies. Below 2^-1074 a double has no bits.
    constexpr int kSmallestBit = 1074;
    const int shift = std::min(
        arithmetic_.bits(value.denominator) - arithmetic_.bits(numerator) + 55, kSmallestBit + 1);
    const Integer dividend = shift > 0 ? arithmetic_.shift_left(numerator, shift) : numerator;
    const Integer divisor =
        shift < 0 ? arithmetic_.shift_left(value.denominator, -shift) : value.denominator;
    const Integer quotient = arithmetic_.quotient(dividend, divisor);
    const bool exact = multiply(quotient, divisor) == dividend;
    const auto bits = static_cast<uint64_t>(quotient);
    const int dropped = std::max(arithmetic_.bits(quotient) - 53, shift - kSmallestBit);
    if (dropped <= 0) return sign_of(value) * std::ldexp(static_cast<double>(bits), -shift);
    const uint64_t half = uint64_t{1} << (dropped - 1);
    const uint64_t rest = bits & ((half << 1) - 1);
    uint64_t kept = bits >> dropped;
    if (rest > half || (rest == half && (!exact || (kept & 1) != 0))) ++kept;
    return sign_of(value) * std::ldexp(static_cast<double>(kept), dropped - shift);
  }

  static double sign_of(const Value& value) { return value.numerator < 0 ? -1.0 : 1.0; }

  Arithmetic& arithmetic_;
  std::span<const TermValue> values_;
};

}  // namespace kpid
