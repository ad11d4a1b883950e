#pragma once

#include <cstddef>
#include <cstdint>

#include "pipeline/event/decimal.h"
#include "pipeline/event/powers_of_ten.h"

namespace kpid {

/// A number of JSON's grammar as nearly all are, without exponent and of at most 18 digits, which
/// a 64-bit integer holds: read in one pass. Of all others the functions of decimal.h know what
/// they are.
struct PlainNumber {
  static constexpr size_t kDigitsMax = 18;

  /// Reads the number that [at, end) begins with, as far as digits and a point go, and gives where
  /// that ends; nullptr: not a plain one.
  const char* read(const char* at, const char* end) {
    negative = at != end && *at == '-';
    if (negative) ++at;
    const char* const whole = at;
    at = read_digits(at, end);
    digits = static_cast<size_t>(at - whole);
    if (digits == 0 || (digits > 1 && *whole == '0')) return nullptr;
    if (at != end && *at == '.') {
      const char* const fraction = ++at;
      at = read_digits(at, end);
      fraction_digits = static_cast<size_t>(at - fraction);
      digits += fraction_digits;
      if (fraction_digits == 0) return nullptr;
    }
    return digits <= kDigitsMax ? at : nullptr;
  }

  /// As parse_int, parse_decimal and parse_floor; false: they are to be asked.
  bool to_int(int64_t& integer) const {
    if (fraction_digits != 0) return false;
    integer = signed_value(value);
    return true;
  }
  bool to_decimal(Decimal& decimal) const {
    constexpr size_t kFractionDigits = 9;
    if (fraction_digits > kFractionDigits) return false;
    decimal.nanos = Int128{signed_value(value)} *
                    static_cast<int64_t>(kPowersOfTen[kFractionDigits - fraction_digits]);
    return true;
  }
  bool to_floor(int shift, int64_t& floor) const {
    const size_t zeros = static_cast<size_t>(shift) - fraction_digits;
    // Fractional digits beyond the shift make a huge number of `zeros`.
    if (zeros > kDigitsMax || digits + zeros > kDigitsMax) return false;
    floor = signed_value(value * kPowersOfTen[zeros]);
    return true;
  }

  uint64_t value = 0;  ///< of all digits, as if there were no point
  size_t digits = 0;
  size_t fraction_digits = 0;
  bool negative = false;

 private:
  const char* read_digits(const char* at, const char* end) {
    for (; at != end; ++at) {
      const unsigned digit = static_cast<uint8_t>(*at) - unsigned{'0'};
      if (digit > 9) break;
      value = value * 10 + digit;
    }
    return at;
  }
  int64_t signed_value(uint64_t magnitude) const {
    return negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
  }
};

}  // namespace kpid
