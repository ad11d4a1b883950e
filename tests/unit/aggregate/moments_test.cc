#include "pipeline/aggregate/moments.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "pipeline/aggregate/summary_limit.h"

namespace kpid {
namespace {

using Rational = boost::multiprecision::cpp_rational;

static_assert(std::is_trivially_copyable_v<Moments>);

constexpr Int128 kLargest = kDecimalLimit - 1;

Moments of(const std::vector<Int128>& values) {
  Moments moments;
  for (const Int128 value : values) moments.add(value);
  return moments;
}

/// The same bag 2^`times` times.
Moments doubled(Moments moments, int times) {
  for (int i = 0; i < times; ++i) moments.merge(Moments(moments));
  return moments;
}

/// From its definition: the squares of the distances from the mean, over n - 1.
Rational variance_of(const std::vector<Int128>& values, int64_t units_per_one) {
  Rational mean = 0;
  for (const Int128 value : values) mean += Rational(value);
  mean /= values.size();
  Rational variance = 0;
  for (const Int128 value : values) variance += (Rational(value) - mean) * (Rational(value) - mean);
  return variance / (values.size() - 1) / units_per_one / units_per_one;
}

/// Whether no double is nearer to the root of `square`: the root lies between the middles of
/// `value` and its neighbours, or on one of them and the last bit of `value` is 0.
bool is_nearest_root(double value, const Rational& square) {
  const double above = std::nextafter(value, std::numeric_limits<double>::infinity());
  const double below = std::nextafter(value, 0);
  const Rational upper = (Rational(value) + Rational(above)) / 2;
  const Rational lower = (Rational(value) + Rational(below)) / 2;
  int exponent = 0;
  const bool even = std::fmod(std::ldexp(std::frexp(value, &exponent), 53), 2) == 0;
  if (upper * upper == square || lower * lower == square) return even;
  return square < upper * upper && (square > lower * lower || value == 0);
}

double deviation(const Moments& moments, int64_t units_per_one) {
  return moments.deviation(units_per_one).nearest.value();
}

TEST(Deviation, IsAbsentBelowTwoValues) {
  EXPECT_FALSE(Moments{}.deviation(1).present);
  EXPECT_FALSE(of({5}).deviation(1).present);
  EXPECT_TRUE(of({5, 5}).deviation(1).present);
}

struct DeviationCase {
  std::vector<Int128> values;
  int64_t units_per_one;
  double expected;
};

TEST(Deviation, IsTheNearestDouble) {
  const Int128 kHalf = Int128{1} << 53;  // from here on every second integer is no double
  // Half way between two doubles, and with one unit in between a trifle above: only the last of 180
  // bits tells.
  const Int128 kFar = (kHalf + 1) << 36;
  const std::vector<DeviationCase> cases = {
      {{-kFar, 0, kFar}, 1, std::ldexp(1, 89)},
      {{-kFar, 1, kFar}, 1, std::ldexp(9007199254740994.0, 36)},
      {{5, 5}, 1, 0},
      {{-3, 0, 3}, 1, 3},
      {{2, 4, 4, 4, 5, 5, 7, 9}, 1, std::sqrt(32.0 / 7)},
      {{1, 2}, 1, std::sqrt(0.5)},
      {{1, 2}, 1'000'000'000, std::sqrt(0.5e-18)},
      {{-1'500'000'000, 0, 1'500'000'000}, 1'000'000'000, 1.5},
      {{-1500, 0, 1500}, 1000, 1.5},
      {{-(kHalf + 1), 0, kHalf + 1}, 1, 9007199254740992.0},
      {{-(kHalf + 3), 0, kHalf + 3}, 1, 9007199254740996.0},
      {{-kLargest, 0, kLargest}, 1'000'000'000, 1e18},
  };
  for (const DeviationCase& c : cases) {
    EXPECT_EQ(deviation(of(c.values), c.units_per_one), c.expected) << c.expected;
  }
}

TEST(Deviation, OfEqualValuesIsZeroHoweverManyAndLarge) {
  EXPECT_EQ(deviation(doubled(of({kLargest}), 40), kNanosPerUnit), 0);
  EXPECT_EQ(deviation(doubled(of({-kLargest}), 40), kNanosPerUnit), 0);
}

TEST(Deviation, HoldsTwoToTheFortyOfTheLargestValues) {
  const auto check = [](const Moments& moments, const Rational& square) {
    EXPECT_TRUE(is_nearest_root(deviation(moments, kNanosPerUnit), square))
        << deviation(moments, kNanosPerUnit);
  };
  const Rational count = Rational(int64_t{1} << 40);
  const Rational largest = Rational(kLargest) / kNanosPerUnit;
  // Half of them at each end: the mean is 0.
  check(doubled(of({kLargest, -kLargest}), 39), count * largest * largest / (count - 1));
  // All but one at one end, so that the sum is wider than 128 bits.
  Moments almost_all = doubled(of({-kLargest}), 40);
  almost_all.add(kLargest);
  check(almost_all, 4 * largest * largest / (count + 1));
}

TEST(Deviation, SurvivesTheLargestValuesThatAreAllowed) {
  const Int128 edge = kSummaryLimit - 1;
  EXPECT_TRUE(is_nearest_root(deviation(of({-edge, edge}), 1), variance_of({-edge, edge}, 1)));
}

RC_GTEST_PROP(Deviation, IsTheNearestDoubleOfTheVarianceAsDefined, ()) {
  const auto any_value =
      rc::gen::map(rc::gen::pair(rc::gen::arbitrary<int64_t>(), rc::gen::inRange<int>(0, 80)),
                   [](const std::pair<int64_t, int>& parts) {
                     return Int128{parts.first} * kNanosPerUnit / 10 >> parts.second;
                   });
  auto values = *rc::gen::container<std::vector<Int128>>(any_value);
  values.push_back(*any_value);
  values.push_back(*any_value);
  const auto units_per_one = *rc::gen::element<int64_t>(1, 1000, kNanosPerUnit);
  const double actual = deviation(of(values), units_per_one);
  RC_ASSERT(is_nearest_root(actual, variance_of(values, units_per_one)));
}

RC_GTEST_PROP(Deviation, UnmergeUndoesMerge, ()) {
  const auto bag = rc::gen::container<std::vector<Int128>>(rc::gen::map(
      rc::gen::arbitrary<int64_t>(), [](int64_t value) { return Int128{value} * 100'000'000; }));
  const auto kept = of(*bag);
  const auto gone = of(*bag);
  Moments both = kept;
  both.merge(gone);
  both.unmerge(gone);
  RC_ASSERT(both == kept);
}

}  // namespace
}  // namespace kpid
