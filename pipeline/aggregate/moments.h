#pragma once

#include <array>
#include <cstdint>

#include "pipeline/event/decimal.h"
#include "pipeline/formula/term_value.h"

namespace kpid {

/// How many values there were, their sum, and the sum of their squares: all that a standard
/// deviation needs. An invertible accumulator.
///
/// Nothing overflows below 2^40 values of |units| < kSummaryLimit. The wide integers are in limbs
/// of 64 bits, the lowest first, in two's complement.
struct Moments {
  int64_t values = 0;
  std::array<uint64_t, 3> sum{};      ///< in units
  std::array<uint64_t, 4> squares{};  ///< in units squared

  /// REQUIRES: |units| < kSummaryLimit.
  void add(Int128 units);
  void merge(const Moments& other);
  void unmerge(const Moments& other);

  /// The sample standard deviation (over n - 1), in ones: the double nearest to the square root of
  /// the exact variance, ties to even. Absent below two values.
  TermValue deviation(int64_t units_per_one) const;
  TermValue result(int64_t units_per_one) const { return deviation(units_per_one); }

  bool operator==(const Moments&) const = default;
};

}  // namespace kpid
