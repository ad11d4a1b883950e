#include "pipeline/aggregate/value_counts.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "pipeline/aggregate/byte_codec.h"

namespace kpid {
namespace {

using Rational = boost::multiprecision::cpp_rational;

constexpr int64_t kHalf = kNanosPerUnit / 2;

ValueCounts of(const std::vector<Int128>& values) {
  ValueCounts counts;
  for (const Int128 value : values) counts.add(value);
  return counts;
}

Rational value_of(const TermValue& value) {
  EXPECT_TRUE(value.present && value.denominator > 0);
  return Rational(value.units) / Rational(value.denominator);
}

/// percentile_cont by its definition: all values in order.
Rational naive_quantile(std::vector<Int128> values, int64_t q_nanos) {
  std::sort(values.begin(), values.end());
  const Rational position = Rational(q_nanos) / kNanosPerUnit * (values.size() - 1);
  const auto below = static_cast<size_t>(boost::multiprecision::cpp_int(
      boost::multiprecision::numerator(position) / boost::multiprecision::denominator(position)));
  const Rational lower(values[below]);
  const Rational upper(values[std::min(below + 1, values.size() - 1)]);
  return lower + (position - below) * (upper - lower);
}

std::vector<Int128> different(int64_t count) {
  std::vector<Int128> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(Int128{i} * 1000 + 1);
  return values;
}

TEST(Quantile, IsAbsentOfNothing) {
  EXPECT_FALSE(ValueCounts{}.quantile(kHalf, 1).present);
  EXPECT_TRUE(ValueCounts{}.quantile(kHalf, 1).known);
}

struct QuantileCase {
  std::vector<Int128> values;
  int64_t q_nanos;
  Rational expected;
};

TEST(Quantile, LiesOnTheLineBetweenTheNeighboursOfItsPosition) {
  const QuantileCase cases[] = {
      {{7}, 0, 7},
      {{7}, kHalf, 7},
      {{7}, kNanosPerUnit, 7},
      {{1, 2}, kHalf, Rational(3, 2)},
      {{3, 1, 2}, kHalf, 2},
      {{4, 1, 3, 2}, kHalf, Rational(5, 2)},
      {{1, 1, 1, 5}, kHalf, 1},
      {{1, 1, 5, 5}, kHalf, 3},
      {{10, 20, 30, 40, 50}, 0, 10},
      {{10, 20, 30, 40, 50}, kNanosPerUnit, 50},
      {{10, 20, 30, 40, 50}, 950'000'000, 48},
      {{10, 20, 30, 40, 50}, 1, Rational(10) + Rational(40, kNanosPerUnit)},
      {{10, 20, 30, 40, 50}, kNanosPerUnit - 1, Rational(50) - Rational(40, kNanosPerUnit)},
      {{10, 20, 30, 40, 50}, 250'000'000, 20},
      {{-5, -10}, 250'000'000, Rational(-35, 4)},
      {{-1, 1}, kHalf, 0},
  };
  for (const QuantileCase& c : cases) {
    const TermValue actual = of(c.values).quantile(c.q_nanos, 1);
    EXPECT_EQ(value_of(actual), c.expected) << c.q_nanos;
    EXPECT_FALSE(actual.estimated);
  }
}

TEST(Quantile, IsInOnes) {
  EXPECT_EQ(value_of(of({1'500'000'000}).quantile(kHalf, kNanosPerUnit)), Rational(3, 2));
  EXPECT_EQ(value_of(of({1000, 2000}).quantile(kHalf, 1000)), Rational(3, 2));
}

TEST(Quantile, DoesNotOverflowBetweenTheLargestValues) {
  const Int128 edge = kSummaryLimit - 1;
  const int64_t q = 123'456'789;
  EXPECT_EQ(value_of(of({-edge, edge}).quantile(q, 1)), naive_quantile({-edge, edge}, q));
}

RC_GTEST_PROP(Quantile, IsThatOfTheSortedValues, ()) {
  // Few different values, many, and both ends of the range.
  const auto range = *rc::gen::element<int64_t>(3, 100, 1'000'000'000'000);
  const auto scale = *rc::gen::element<int64_t>(1, 1'000'000'000);
  const auto value = rc::gen::map(rc::gen::inRange<int64_t>(-range, range),
                                  [&](int64_t units) { return Int128{units} * scale; });
  auto values = *rc::gen::container<std::vector<Int128>>(value);
  values.push_back(*value);
  const auto q = *rc::gen::oneOf(rc::gen::element<int64_t>(0, kHalf, kNanosPerUnit),
                                 rc::gen::inRange<int64_t>(0, kNanosPerUnit + 1));
  RC_ASSERT(value_of(of(values).quantile(q, 1)) == naive_quantile(values, q));
}

struct BucketCase {
  Int128 units;
  Int128 expected;
};

TEST(Buckets, AreIntegersBelow128AndSixtyFourToAPowerOfTwoAbove) {
  const BucketCase cases[] = {
      {0, 0},
      {1, 1},
      {127, 127},
      {128, 129},
      {129, 129},
      {130, 131},
      {255, 255},
      {256, 258},
      {259, 258},
      {260, 262},
      {511, 510},
      {512, 516},
      {1000, 1004},
      {(Int128{1} << 64) - 1, (Int128{127} << 57) + (Int128{1} << 56)},
      {Int128{1} << 64, (Int128{1} << 64) + (Int128{1} << 57)},
      {kSummaryLimit - 1, (Int128{127} << 83) + (Int128{1} << 82)},
  };
  for (const BucketCase& c : cases) {
    EXPECT_TRUE(representative(c.units) == c.expected) << static_cast<int64_t>(c.units);
    EXPECT_TRUE(representative(-c.units) == -c.expected) << static_cast<int64_t>(c.units);
    EXPECT_TRUE(representative(c.expected) == c.expected) << static_cast<int64_t>(c.units);
  }
}

TEST(Buckets, AscendWithTheirValuesAndAreAtMost1In128Off) {
  Int128 before = 0;
  for (Int128 units = 0; units < kSummaryLimit / 2; units += units / 97 + 1) {
    const Int128 middle = representative(units);
    const Int128 distance = middle > units ? middle - units : units - middle;
    ASSERT_TRUE(distance * 128 <= units);
    ASSERT_TRUE(middle >= before);
    before = middle;
  }
}

TEST(Estimates, BeginWithOneDifferentValueMoreThanAreKept) {
  ValueCounts counts = of(different(2048));
  EXPECT_FALSE(counts.estimated());
  counts.add(1);
  EXPECT_FALSE(counts.estimated()) << "a value again is no new one";
  EXPECT_EQ(value_of(counts.quantile(kNanosPerUnit, 1)), Rational(2'047'001));
  counts.add(0);
  EXPECT_TRUE(counts.estimated());
  EXPECT_TRUE(counts.quantile(kHalf, 1).estimated);
  EXPECT_EQ(value_of(counts.quantile(kNanosPerUnit, 1)), Rational(representative(2'047'001)));
}

TEST(Estimates, BeginAtTheSamePlaceWhenBagsAreMerged) {
  ValueCounts exact = of(different(2048));
  exact.merge(of(different(2000)));
  EXPECT_FALSE(exact.estimated());
  exact.merge(of({0}));
  EXPECT_TRUE(exact.estimated());
  ValueCounts at_once = of(different(2048));
  for (const Int128 value : different(2000)) at_once.add(value);
  at_once.add(0);
  EXPECT_TRUE(exact == at_once);
}

RC_GTEST_PROP(Estimates, AreWithin1In128, ()) {
  std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
  const auto bits = *rc::gen::inRange<int>(20, 62);
  std::vector<Int128> values;
  for (int i = 0; i < 3000; ++i) {
    const auto units = static_cast<int64_t>(random() >> (64 - bits));
    values.push_back(random() % 8 == 0 ? -units : units);
  }
  const ValueCounts counts = of(values);
  RC_ASSERT(counts.estimated());
  std::vector<Int128> magnitudes = values;
  std::sort(magnitudes.begin(), magnitudes.end());
  for (Int128& value : magnitudes) value = value < 0 ? -value : value;
  const auto q = *rc::gen::inRange<int64_t>(0, kNanosPerUnit + 1);
  const Rational actual = value_of(counts.quantile(q, 1));
  const Rational exact = naive_quantile(values, q);
  // The same position on the line between the two magnitudes: neither end is off by more.
  const Int128 position = Int128{q} * (values.size() - 1);
  const auto below = static_cast<size_t>(position / kNanosPerUnit);
  const Rational part = Rational(Int128{position % kNanosPerUnit}) / kNanosPerUnit;
  const Rational scale = Rational(magnitudes[below]) * (1 - part) +
                         Rational(magnitudes[std::min(below + 1, values.size() - 1)]) * part;
  RC_ASSERT(abs(actual - exact) * 128 <= scale);
}

TEST(Estimates, AreTheQuantilesOfTheRepresentatives) {
  std::vector<Int128> values = different(5000);
  std::vector<Int128> middles;
  for (const Int128 value : values) middles.push_back(representative(value));
  for (const int64_t q : {int64_t{0}, kHalf, int64_t{333'333'333}, kNanosPerUnit}) {
    EXPECT_EQ(value_of(of(values).quantile(q, 1)), naive_quantile(middles, q)) << q;
  }
}

struct StoredValue {
  Int128 units;
  int64_t count;
};

std::string stored(bool estimated, const std::vector<StoredValue>& values) {
  std::string bytes;
  append_bytes(bytes, static_cast<uint8_t>(estimated));
  append_bytes(bytes, static_cast<uint32_t>(values.size()));
  for (const StoredValue& value : values) {
    append_bytes(bytes, value.units);
    append_bytes(bytes, value.count);
  }
  return bytes;
}

TEST(StoredValueCounts, AreRefusedWhereTheyCannotHaveBeenWritten) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_TRUE(ValueCounts::read(stored(false, {{-1, 1}, {5, kMost - 1}})));
  EXPECT_FALSE(ValueCounts::read(stored(false, {{-1, 1}, {5, kMost}}))) << "too many values";
  EXPECT_FALSE(ValueCounts::read(stored(false, {{5, 1}, {5, 1}}))) << "a value twice";
  EXPECT_FALSE(ValueCounts::read(stored(false, {{5, 1}, {4, 1}}))) << "descending";
  EXPECT_FALSE(ValueCounts::read(stored(false, {{5, 0}}))) << "no such value";
  EXPECT_FALSE(ValueCounts::read(stored(false, {{5, -1}})));
  EXPECT_FALSE(ValueCounts::read(stored(false, {{kSummaryLimit, 1}}))) << "out of range";
  EXPECT_TRUE(ValueCounts::read(stored(true, {{129, 1}})));
  EXPECT_FALSE(ValueCounts::read(stored(true, {{128, 1}}))) << "not the middle of a bucket";
  std::vector<StoredValue> many;
  for (int i = 0; i < 2048; ++i) many.push_back({i, 1});
  EXPECT_TRUE(ValueCounts::read(stored(false, many)));
  many.push_back({2048, 1});
  EXPECT_FALSE(ValueCounts::read(stored(false, many))) << "more than are kept";
}

TEST(ValueCounts, TakeLittleForFewValues) {
  const ValueCounts counts = of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_LE(sizeof(counts) + counts.heap_bytes(), 300U);
}

}  // namespace
}  // namespace kpid
