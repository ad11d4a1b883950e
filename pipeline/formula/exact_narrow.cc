#include <bit>
#include <string>

#include "pipeline/formula/exact_evaluation.h"

namespace kpid {
namespace {

using UnsignedInt128 = unsigned __int128;

/// 128-bit integers that remember whether a result did not fit; from then on values mean nothing.
struct NarrowArithmetic {
  using Integer = Int128;

  bool overflowed = false;

  Integer add(Integer left, Integer right) {
    Integer result = 0;
    overflowed |= __builtin_add_overflow(left, right, &result);
    return result;
  }
  Integer subtract(Integer left, Integer right) {
    Integer result = 0;
    overflowed |= __builtin_sub_overflow(left, right, &result);
    return result;
  }
  Integer multiply(Integer left, Integer right) {
    Integer result = 0;
    overflowed |= __builtin_mul_overflow(left, right, &result);
    return result;
  }
  Integer shift_left(Integer value, int by) {
    if (bits(value) + by > 126) overflowed = true;
    return overflowed ? value : value << by;
  }
  /// After an overflow a divisor may be 0, and a dividend so small that its quotient overflows.
  Integer quotient(Integer dividend, Integer divisor) {
    return overflowed || divisor == 0 ? 0 : dividend / divisor;
  }
  static int bits(Integer value) {
    const auto plain = static_cast<UnsignedInt128>(value);
    const auto high = static_cast<uint64_t>(plain >> 64);
    if (high != 0) return 128 - std::countl_zero(high);
    return 64 - std::countl_zero(static_cast<uint64_t>(plain));
  }
  static std::optional<Decimal> to_decimal(Integer nanos) { return Decimal{nanos}; }
  static std::string digits(Integer nanos) { return format_decimal(Decimal{nanos}); }
};

}  // namespace

std::optional<std::optional<Number>> evaluate_exact_narrow(const ExactExpression& expression,
                                                           std::span<const TermValue> values) {
  NarrowArithmetic arithmetic;
  std::optional<Number> number =
      ExactEvaluator<NarrowArithmetic>(arithmetic, values).number(expression);
  if (arithmetic.overflowed) return std::nullopt;
  return number;
}

}  // namespace kpid
