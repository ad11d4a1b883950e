#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <string>

#include "pipeline/formula/exact_evaluation.h"

namespace kpid {
namespace {

/// Integers of any size.
struct WideArithmetic {
  using Integer = boost::multiprecision::cpp_int;

  static Integer add(const Integer& left, const Integer& right) { return left + right; }
  static Integer subtract(const Integer& left, const Integer& right) { return left - right; }
  static Integer multiply(const Integer& left, const Integer& right) { return left * right; }
  static Integer shift_left(const Integer& value, int by) { return value << by; }
  static Integer quotient(const Integer& dividend, const Integer& divisor) {
    return dividend / divisor;
  }
  static int bits(const Integer& value) {
    return value == 0 ? 0 : static_cast<int>(boost::multiprecision::msb(value)) + 1;
  }

  static std::optional<Decimal> to_decimal(const Integer& nanos) {
    static const Integer kLimit = Integer(1) << 127;
    if (nanos >= kLimit || nanos <= -kLimit) return std::nullopt;
    return Decimal{static_cast<Int128>(nanos)};
  }

  static std::string digits(const Integer& nanos) {
    std::string text = Integer(boost::multiprecision::abs(nanos)).str();
    text.insert(text.size() - 9, 1, '.');
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return nanos < 0 ? "-" + text : text;
  }
};

}  // namespace

std::optional<Number> evaluate_exact_wide(const ExactExpression& expression,
                                          std::span<const TermValue> values) {
  WideArithmetic arithmetic;
  return ExactEvaluator<WideArithmetic>(arithmetic, values).number(expression);
}

std::optional<Number> evaluate_exact(const ExactExpression& expression,
                                     std::span<const TermValue> values) {
  const auto unknown = [](const TermValue& value) { return !value.known; };
  if (std::any_of(values.begin(), values.end(), unknown)) return std::nullopt;
  if (auto number = evaluate_exact_narrow(expression, values)) return *number;
  return evaluate_exact_wide(expression, values);
}

}  // namespace kpid
