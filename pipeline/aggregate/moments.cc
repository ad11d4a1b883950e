#include "pipeline/aggregate/moments.h"

#include <algorithm>
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <type_traits>

#include "pipeline/aggregate/summary_limit.h"
#include "pipeline/check.h"

namespace kpid {
namespace {

static_assert(std::has_unique_object_representations_v<Moments>, "rows are compared as bytes");

using UInt128 = unsigned __int128;

/// Holds the products below, which stay under 2^280; no allocation.
using UInt512 = boost::multiprecision::uint512_t;

template <size_t kLimbs>
using Limbs = std::array<uint64_t, kLimbs>;

template <size_t kLimbs>
void add_to(Limbs<kLimbs>& into, const Limbs<kLimbs>& from) {
  UInt128 carry = 0;
  for (size_t i = 0; i < kLimbs; ++i) {
    carry += static_cast<UInt128>(into[i]) + from[i];
    into[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
}

template <size_t kLimbs>
void negate(Limbs<kLimbs>& limbs) {
  for (uint64_t& limb : limbs) limb = ~limb;
  Limbs<kLimbs> one{};
  one[0] = 1;
  add_to(limbs, one);
}

template <size_t kLimbs>
void subtract_from(Limbs<kLimbs>& into, Limbs<kLimbs> from) {
  negate(from);
  add_to(into, from);
}

Limbs<3> widened(Int128 units) {
  return {static_cast<uint64_t>(units), static_cast<uint64_t>(units >> 64),
          units < 0 ? ~uint64_t{0} : 0};
}

/// REQUIRES: |units| < 2^90, so that the middle product fits into 91 bits.
Limbs<4> squared(Int128 units) {
  const auto magnitude = static_cast<UInt128>(units < 0 ? -units : units);
  const UInt128 low = static_cast<uint64_t>(magnitude);
  const UInt128 high = magnitude >> 64;
  const UInt128 lowest = low * low;
  const UInt128 middle = 2 * low * high + (lowest >> 64);
  const UInt128 highest = high * high + (middle >> 64);
  return {static_cast<uint64_t>(lowest), static_cast<uint64_t>(middle),
          static_cast<uint64_t>(highest), static_cast<uint64_t>(highest >> 64)};
}

template <size_t kLimbs>
UInt512 wide(const Limbs<kLimbs>& limbs) {
  UInt512 value = 0;
  for (size_t i = kLimbs; i-- > 0;) value = (value << 64) | limbs[i];
  return value;
}

UInt512 magnitude_of(Limbs<3> sum) {
  if ((sum[2] >> 63) != 0) negate(sum);
  return wide(sum);
}

int bits_of(const UInt512& value) {
  return static_cast<int>(boost::multiprecision::msb(value)) + 1;
}

/// The largest integer whose square is not above `square`. REQUIRES: square < 2^126.
uint64_t square_root(UInt128 square) {
  auto root = static_cast<uint64_t>(std::sqrt(static_cast<double>(square)));
  while (static_cast<UInt128>(root) * root > square) --root;
  while (static_cast<UInt128>(root + 1) * (root + 1) <= square) ++root;
  return root;
}

/// The double nearest to the square root of a fraction, ties to even. REQUIRES: both are positive;
/// the result is a normal double.
double nearest_root(const UInt512& numerator, const UInt512& denominator) {
  // A quotient of 111 to 113 bits has a root of 56 or 57: the 53 of a double, the half, and, with
  // what is left over, on which side of it the root lies. The shift is even to leave the root too.
  constexpr int kQuotientBits = 112;
  const int wanted = kQuotientBits - (bits_of(numerator) - bits_of(denominator));
  const int half_shift = wanted >= 0 ? wanted / 2 : -((1 - wanted) / 2);
  const UInt512 dividend = half_shift > 0 ? UInt512(numerator << (2 * half_shift)) : numerator;
  const UInt512 divisor = half_shift < 0 ? UInt512(denominator << (-2 * half_shift)) : denominator;
  const UInt512 quotient = dividend / divisor;
  const auto square = static_cast<UInt128>(quotient);
  const uint64_t root = square_root(square);
  const bool exact =
      static_cast<UInt128>(root) * root == square && UInt512(quotient * divisor) == dividend;

  const int dropped = static_cast<int>(std::bit_width(root)) - 53;
  const uint64_t half = uint64_t{1} << (dropped - 1);
  const uint64_t rest = root & ((half << 1) - 1);
  uint64_t kept = root >> dropped;
  if (rest > half || (rest == half && (!exact || (kept & 1) != 0))) ++kept;
  return std::ldexp(static_cast<double>(kept), dropped - half_shift);
}

}  // namespace

void Moments::add(Int128 units) {
  KPID_ASSERT(within_summary(units));
  ++values;
  add_to(sum, widened(units));
  add_to(squares, squared(units));
}

void Moments::merge(const Moments& other) {
  values += other.values;
  add_to(sum, other.sum);
  add_to(squares, other.squares);
}

void Moments::unmerge(const Moments& other) {
  values -= other.values;
  subtract_from(sum, other.sum);
  subtract_from(squares, other.squares);
}

TermValue Moments::deviation(int64_t units_per_one) const {
  if (values < 2) return TermValue::absent();
  // The variance is (n * squares - sum^2) / (n * (n - 1)), in units squared.
  const UInt512 total = magnitude_of(sum);
  const UInt512 numerator = wide(squares) * values - total * total;
  const UInt512 denominator = UInt512(values) * (values - 1) * units_per_one * units_per_one;
  TermValue value;
  value.nearest = numerator == 0 ? 0 : nearest_root(numerator, denominator);
  return value;
}

}  // namespace kpid
