#include "pipeline/event/decimal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "pipeline/check.h"
#include "pipeline/event/plain_number.h"
#include "pipeline/event/powers_of_ten.h"

namespace kpid {

namespace {

using UnsignedInt128 = unsigned __int128;

// Digits of the largest 64-bit integer, and of the largest magnitude of a decimal field in nanos:
// one digit more is out of range whatever the digits are.
constexpr int64_t kIntDigits = 19;
constexpr int64_t kDecimalDigits = 27;
constexpr int64_t kFractionDigits = 9;

// Exponents are held to this magnitude: far more than any text has digits, far from overflow.
constexpr int64_t kExponentLimit = int64_t{1} << 60;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

UnsignedInt128 magnitude_of(Int128 value) {
  const auto bits = static_cast<UnsignedInt128>(value);
  return value < 0 ? -bits : bits;
}

/// Writes the last `count` digits.
char* write_digits(char* out, uint64_t value, int count) {
  char* const end = out + count;
  for (char* at = end; at > out; value /= 10) *--at = static_cast<char>('0' + value % 10);
  return end;
}

/// Writes the point and what is behind it, without trailing zeros.
char* write_fraction(char* out, uint64_t nanos) {
  if (nanos == 0) return out;
  *out++ = '.';
  // Most have few digits: the other zeros go at once.
  constexpr uint64_t kNanosPerThousandth = kNanosPerUnit / 1000;
  const bool few_digits = nanos % kNanosPerThousandth == 0;
  out = few_digits ? write_digits(out, nanos / kNanosPerThousandth, 3)
                   : write_digits(out, nanos, kFractionDigits);
  while (out[-1] == '0') --out;
  return out;
}

/// A number of JSON's grammar, taken apart: digits and where the point stands among them.
class NumberText {
 public:
  /// False when `text` is not JSON's number grammar, or has anything around it.
  bool read(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    negative = at != end && *at == '-';
    if (negative) ++at;
    const char* const whole_end = std::find_if_not(at, end, is_digit);
    whole_ = {at, static_cast<size_t>(whole_end - at)};
    if (whole_.empty() || (whole_.size() > 1 && whole_[0] == '0')) return false;
    at = whole_end;
    if (at != end && *at == '.') {
      const char* const fraction_end = std::find_if_not(++at, end, is_digit);
      fraction_ = {at, static_cast<size_t>(fraction_end - at)};
      if (fraction_.empty()) return false;
      at = fraction_end;
    }
    if (!read_exponent({at, static_cast<size_t>(end - at)})) return false;
    size = static_cast<int64_t>(whole_.size() + fraction_.size());
    first = 0;
    while (first < size && digit(first) == 0) ++first;
    return true;
  }

  /// The digit at `index`, counted over whole part and fraction; 0 behind the last.
  unsigned digit(int64_t index) const {
    const auto whole_size = static_cast<int64_t>(whole_.size());
    if (index < whole_size) return static_cast<unsigned>(whole_[index] - '0');
    return index < size ? static_cast<unsigned>(fraction_[index - whole_size] - '0') : 0;
  }

  /// Whether all digits from `index` on are 0.
  bool zero_from(int64_t index) const {
    for (int64_t i = std::max(index, first); i < size; ++i) {
      if (digit(i) != 0) return false;
    }
    return true;
  }

  /// The digits in front of `end` as one integer. REQUIRES: at most 38 of them from `first` on.
  UnsignedInt128 integer_before(int64_t end) const {
    UnsignedInt128 integer = 0;
    int64_t index = first;
    while (index < end) {
      // A word at a time: 128-bit products are dear, and most numbers fit one word.
      const int64_t stop = std::min({end, size, index + 18});
      if (stop <= index) break;
      uint64_t word = 0;
      for (int64_t i = index; i < stop; ++i) word = word * 10 + digit(i);
      integer = integer * kPowersOfTen[stop - index] + word;
      index = stop;
    }
    for (; index < end; index += 18) integer *= kPowersOfTen[std::min<int64_t>(end - index, 18)];
    return integer;
  }

  bool zero() const { return first == size; }
  /// How many digits stand in front of the point; may be negative, or beyond `size`.
  int64_t point() const { return static_cast<int64_t>(whole_.size()) + exponent_; }

  bool negative = false;
  int64_t size = 0;   ///< digits in all
  int64_t first = 0;  ///< index of the first digit that is not 0; `size` for zero

 private:
  bool read_exponent(std::string_view text) {
    exponent_ = 0;
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    text.remove_prefix(1);
    const bool minus = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    if (text.empty()) return false;
    for (const char c : text) {
      if (!is_digit(c)) return false;
      exponent_ = std::min(exponent_ * 10 + (c - '0'), kExponentLimit / 10);
    }
    if (minus) exponent_ = -exponent_;
    return true;
  }

  std::string_view whole_;
  std::string_view fraction_;
  int64_t exponent_ = 0;
};

/// Whether all of `text` is a plain number.
bool read_plain(std::string_view text, PlainNumber& plain) {
  const char* const end = text.data() + text.size();
  return !text.empty() && plain.read(text.data(), end) == end;
}

/// The 64-bit integer of this magnitude and sign, where there is one.
NumberStatus to_int(UnsignedInt128 magnitude, bool negative, int64_t& value) {
  const UnsignedInt128 limit =
      static_cast<UnsignedInt128>(std::numeric_limits<int64_t>::max()) + (negative ? 1 : 0);
  if (magnitude > limit) return NumberStatus::kOutOfRange;
  const auto bits = static_cast<uint64_t>(magnitude);
  value = static_cast<int64_t>(negative ? -bits : bits);
  return NumberStatus::kOk;
}

}  // namespace

bool is_number(std::string_view text) {
  PlainNumber plain;
  return read_plain(text, plain) || NumberText{}.read(text);
}

NumberStatus parse_int(std::string_view text, int64_t& value) {
  if (PlainNumber plain; read_plain(text, plain) && plain.to_int(value)) return NumberStatus::kOk;
  NumberText number;
  if (!number.read(text)) return NumberStatus::kNotANumber;
  if (!number.zero_from(number.point())) return NumberStatus::kNotAnInt;
  if (number.zero()) {
    value = 0;
    return NumberStatus::kOk;
  }
  if (number.point() - number.first > kIntDigits) return NumberStatus::kOutOfRange;
  const UnsignedInt128 magnitude = number.integer_before(number.point());
  return to_int(magnitude, number.negative, value);
}

NumberStatus parse_decimal(std::string_view text, Decimal& value) {
  if (PlainNumber plain; read_plain(text, plain) && plain.to_decimal(value)) {
    return NumberStatus::kOk;
  }
  NumberText number;
  if (!number.read(text)) return NumberStatus::kNotANumber;
  const int64_t kept_end = number.point() + kFractionDigits;
  // Behind the last kept digit and in front of the first that is not 0: below half a nano.
  if (number.zero() || kept_end < number.first) {
    value = Decimal{};
    return NumberStatus::kOk;
  }
  if (kept_end - number.first > kDecimalDigits) return NumberStatus::kOutOfRange;
  UnsignedInt128 magnitude = number.integer_before(kept_end);
  const unsigned next = number.digit(kept_end);
  const bool half = next == 5 && number.zero_from(kept_end + 1);
  if (next >= 5 && (!half || magnitude % 2 == 1)) ++magnitude;
  if (magnitude >= static_cast<UnsignedInt128>(kDecimalLimit)) return NumberStatus::kOutOfRange;
  const auto nanos = static_cast<Int128>(magnitude);
  value.nanos = number.negative ? -nanos : nanos;
  return NumberStatus::kOk;
}

NumberStatus parse_floor(std::string_view text, int shift, int64_t& value) {
  if (PlainNumber plain; read_plain(text, plain) && plain.to_floor(shift, value)) {
    return NumberStatus::kOk;
  }
  NumberText number;
  if (!number.read(text)) return NumberStatus::kNotANumber;
  if (number.zero()) {
    value = 0;
    return NumberStatus::kOk;
  }
  const int64_t kept_end = number.point() + shift;
  if (kept_end - number.first > kIntDigits) return NumberStatus::kOutOfRange;
  UnsignedInt128 magnitude = kept_end > number.first ? number.integer_before(kept_end) : 0;
  if (number.negative && !number.zero_from(kept_end)) ++magnitude;
  return to_int(magnitude, number.negative, value);
}

std::string format_decimal(Decimal value) {
  std::string text;
  append_decimal(text, value);
  return text;
}

void append_decimal(std::string& out, Decimal value) {
  std::array<char, kDecimalTextMax> text;
  out.append(text.data(), write_decimal(text.data(), value));
}

char* write_decimal(char* out, Decimal value) {
  const UnsignedInt128 magnitude = magnitude_of(value.nanos);
  if (value.nanos < 0) *out++ = '-';
  if (magnitude <= UINT64_MAX) {  // nearly always: a processor divides 64 bits at once
    const auto nanos = static_cast<uint64_t>(magnitude);
    return write_fraction(write_integer(out, nanos / kNanosPerUnit), nanos % kNanosPerUnit);
  }
  const UnsignedInt128 whole = magnitude / kNanosPerUnit;
  const auto nanos = static_cast<uint64_t>(magnitude % kNanosPerUnit);
  if (whole <= UINT64_MAX) {
    return write_fraction(write_integer(out, static_cast<uint64_t>(whole)), nanos);
  }
  constexpr int kLowDigits = 19;
  const uint64_t low_end = kPowersOfTen[kLowDigits];
  out = write_integer(out, static_cast<uint64_t>(whole / low_end));
  return write_fraction(write_digits(out, static_cast<uint64_t>(whole % low_end), kLowDigits),
                        nanos);
}

char* write_integer(char* out, uint64_t value) {
  int count = 1;
  while (count < 20 && value >= kPowersOfTen[static_cast<size_t>(count)]) ++count;
  return write_digits(out, value, count);
}

Int128 divide_half_even(Int128 dividend, Int128 divisor) {
  KPID_ASSERT(divisor != 0);
  const UnsignedInt128 numerator = magnitude_of(dividend);
  const UnsignedInt128 denominator = magnitude_of(divisor);
  UnsignedInt128 quotient = numerator / denominator;
  const UnsignedInt128 twice_rest = 2 * (numerator % denominator);
  if (twice_rest > denominator || (twice_rest == denominator && quotient % 2 == 1)) ++quotient;
  const bool negative = (dividend < 0) != (divisor < 0);
  return static_cast<Int128>(negative ? -quotient : quotient);
}

double to_double(Decimal value) {
  const UnsignedInt128 magnitude = magnitude_of(value.nanos);
  double result = 0;
  if (magnitude < UnsignedInt128{1} << 53) {
    // Both operands are exact, so the division is the only rounding.
    result = static_cast<double>(static_cast<uint64_t>(magnitude)) / 1e9;
  } else {
    // An integer quotient of at least 56 bits whose last bit also says "and something more" is
    // rounded by the conversion exactly as the true quotient would be.
    const int shift = magnitude < UnsignedInt128{1} << 95 ? 32 : 0;
    const UnsignedInt128 dividend = magnitude << shift;
    UnsignedInt128 quotient = dividend / kNanosPerUnit;
    if (dividend % kNanosPerUnit != 0) quotient |= 1;
    result = std::ldexp(static_cast<double>(quotient), -shift);
  }
  return value.nanos < 0 ? -result : result;
}

}  // namespace kpid
