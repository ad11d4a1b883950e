#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kpid {

using Int128 = __int128;

/// Units of the ninth fractional digit in one.
inline constexpr int64_t kNanosPerUnit = 1'000'000'000;

/// A fixed-point number with nine fractional digits. Exact under + and -; a product or a quotient
/// is rounded once, half to even.
struct Decimal {
  Int128 nanos = 0;  ///< value times 10^9

  auto operator<=>(const Decimal&) const = default;
};

/// The first magnitude that a decimal *field* may not have: |x| < 10^18. Sums may pass it.
inline constexpr Int128 kDecimalLimit =
    static_cast<Int128>(kNanosPerUnit) * kNanosPerUnit * kNanosPerUnit;

/// What became of a numeric text.
enum class NumberStatus : uint8_t {
  kOk,
  kNotANumber,  ///< not JSON's number grammar, with nothing around it
  kNotAnInt,    ///< a number, but with a fraction that is not zero (parse_int only)
  kOutOfRange,  ///< a number beyond the type's range, however long or large
};

/// Whether `text` is JSON's number grammar with nothing around it.
bool is_number(std::string_view text);

/// Reads JSON's number grammar ("-12", "0.5", "3e2"; not "+1", "01", ".5", "1.", " 1") as a 64-bit
/// integer; "3.0" and "3e2" are integers. Never fails on length: thirty digits or 1e400 are
/// kOutOfRange, 1e-400 is kNotAnInt. `value` is set on kOk only.
NumberStatus parse_int(std::string_view text, int64_t& value);

/// Reads JSON's number grammar as a decimal, rounded half to even at nine fractional digits.
/// |x| >= 10^18 after rounding is kOutOfRange. `value` is set on kOk only.
NumberStatus parse_decimal(std::string_view text, Decimal& value);

/// Reads JSON's number grammar times 10^`shift` as the largest integer that is not above it:
/// "1.0005" with shift 3 is 1000, "-0.5" with shift 0 is -1. Beyond 64 bits is kOutOfRange.
/// `value` is set on kOk only. REQUIRES: 0 <= shift <= 18.
NumberStatus parse_floor(std::string_view text, int shift, int64_t& value);

/// Plain digits, no exponent, no trailing zeros, "-" only before a value that is not 0: "1005.73".
std::string format_decimal(Decimal value);
/// The same, appended.
void append_decimal(std::string& out, Decimal value);
/// The same, written to where at least kDecimalTextMax characters have room. Returns its end.
char* write_decimal(char* out, Decimal value);
/// The digits of an integer, in the same way.
char* write_integer(char* out, uint64_t value);
/// No decimal is longer: 39 digits, the point and the sign.
inline constexpr size_t kDecimalTextMax = 41;

/// dividend / divisor rounded half to even. REQUIRES: divisor != 0; |divisor| < 2^126.
Int128 divide_half_even(Int128 dividend, Int128 divisor);

/// The nearest double, ties to even: rounds once, so it is what `strtod` makes of the exact text.
double to_double(Decimal value);

}  // namespace kpid
