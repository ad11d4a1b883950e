#pragma once

#include <optional>

#include "pipeline/event/decimal.h"

namespace kpid {

/// What a formula reads of one group and window: a fraction, or the nearest double of what has no
/// fraction, or nothing.
struct TermValue {
  Int128 units = 0;               ///< the numerator
  Int128 denominator = 1;         ///< positive
  std::optional<double> nearest;  ///< in place of the fraction; finite
  bool present = true;            ///< false: absent, such as the minimum of nothing
  bool known = true;              ///< false: not kept, or more than a limit allows; then absent
  bool estimated = false;         ///< it rests on a sketch

  /// The fraction.
  static TermValue of(Int128 units, Int128 denominator = 1) {
    TermValue value;
    value.units = units;
    value.denominator = denominator;
    return value;
  }
  static TermValue absent() {
    TermValue value;
    value.present = false;
    return value;
  }
  static TermValue unknown() {
    TermValue value;
    value.present = false;
    value.known = false;
    return value;
  }
};

}  // namespace kpid
