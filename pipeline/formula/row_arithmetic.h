#pragma once

#include <cstdint>

#include "pipeline/event/decimal.h"
#include "pipeline/formula/row_operation.h"

namespace kpid {

// The arithmetic of single values (REFERENCE). Each function says false, and leaves
// `result` unspecified, where the result passes its type's range or the divisor is zero.

inline bool within_decimal(Int128 nanos) { return nanos < kDecimalLimit && nanos > -kDecimalLimit; }

template <RowOperation kOperation>
bool combine_ints(int64_t left, int64_t right, int64_t& result) {
  static_assert(kOperation >= RowOperation::kAdd && kOperation <= RowOperation::kDivide);
  if constexpr (kOperation == RowOperation::kAdd)
    return !__builtin_add_overflow(left, right, &result);
  if constexpr (kOperation == RowOperation::kSubtract) {
    return !__builtin_sub_overflow(left, right, &result);
  }
  if constexpr (kOperation == RowOperation::kMultiply) {
    return !__builtin_mul_overflow(left, right, &result);
  }
  return false;  // a quotient is never an int
}

/// Decimals and durations, and ints widened to nanos (|x| < 10^28).
template <RowOperation kOperation>
bool combine_nanos(Int128 left, Int128 right, Int128& result) {
  static_assert(kOperation >= RowOperation::kAdd && kOperation <= RowOperation::kDivide);
  if constexpr (kOperation == RowOperation::kAdd) result = left + right;
  if constexpr (kOperation == RowOperation::kSubtract) result = left - right;
  if constexpr (kOperation == RowOperation::kMultiply) {
    // A product that overflows here is beyond 10^29: far beyond a decimal's range.
    if (__builtin_mul_overflow(left, right, &result)) return false;
    result = divide_half_even(result, kNanosPerUnit);
  }
  if constexpr (kOperation == RowOperation::kDivide) {
    if (right == 0) return false;
    result = divide_half_even(left * kNanosPerUnit, right);
  }
  return within_decimal(result);
}

/// kNegate, kAbs or kRound of an int.
inline bool apply_to_int(RowOperation operation, int64_t value, int64_t& result) {
  const bool turn =
      operation == RowOperation::kNegate || (operation == RowOperation::kAbs && value < 0);
  result = value;
  return !turn || !__builtin_sub_overflow(int64_t{0}, value, &result);
}

/// kNegate, kAbs or kRound of a decimal or a duration.
inline bool apply_to_nanos(RowOperation operation, Int128 value, int64_t digits, Int128& result) {
  if (operation == RowOperation::kRound) {
    Int128 unit = kNanosPerUnit;
    for (int64_t i = 0; i < digits; ++i) unit /= 10;
    result = divide_half_even(value, unit) * unit;
    return within_decimal(result);
  }
  result = operation == RowOperation::kNegate || value < 0 ? -value : value;
  return true;
}

inline constexpr int64_t kNanosPerMilli = kNanosPerUnit / 1000;

/// Milliseconds to a duration.
inline bool subtract_times(int64_t left, int64_t right, Int128& result) {
  result = (static_cast<Int128>(left) - right) * kNanosPerMilli;
  return within_decimal(result);
}

/// Floors to a millisecond.
inline bool shift_time(int64_t milliseconds, Int128 nanos, int64_t& result) {
  const Int128 sum = static_cast<Int128>(milliseconds) * kNanosPerMilli + nanos;
  Int128 floor = sum / kNanosPerMilli;
  if (floor * kNanosPerMilli > sum) --floor;
  result = static_cast<int64_t>(floor);
  return result == floor;
}

}  // namespace kpid
