#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/aggregate/distinct_keys.h"
#include "pipeline/aggregate/key_set.h"
#include "pipeline/aggregate/key_sums.h"

namespace kpid {
namespace {

constexpr uint32_t kLimit = 100'000;

/// A key like those of values: any number has one of its own.
Key key(uint64_t number) {
  std::mt19937_64 random(number);
  const uint64_t high = random();
  return {.high = high, .low = number + 1};
}

KeySet set_of(const std::vector<uint64_t>& numbers, uint32_t max_keys = kLimit) {
  KeySet set;
  for (const uint64_t number : numbers) set.add(key(number), max_keys);
  return set;
}

std::vector<uint64_t> numbers(uint64_t from, uint64_t to) {
  std::vector<uint64_t> list;
  for (uint64_t number = from; number < to; ++number) list.push_back(number);
  return list;
}

bool is_fraction(const TermValue& value, int64_t numerator, int64_t denominator) {
  return value.present && value.known && !value.estimated &&
         value.units * denominator == value.denominator * numerator && value.denominator > 0;
}

struct ComparisonCase {
  const char* name;
  std::vector<uint64_t> window;
  std::vector<uint64_t> before;
  int64_t common;
};

TEST(KeySets, TellRetainedNewAndReturningKeys) {
  const ComparisonCase cases[] = {
      {"half of two", {1, 3}, {1, 2}, 1},
      {"all", {1, 2}, {1, 2}, 2},
      {"none", {3, 4}, {1, 2}, 0},
      {"an empty window", {}, {1, 2}, 0},
      {"one of many", {7}, numbers(0, 1000), 1},
      {"many of few", numbers(0, 1000), {7, 8, 5000}, 2},
      {"many and many", numbers(0, 2000), numbers(1500, 2500), 500},
  };
  for (const ComparisonCase& c : cases) {
    const KeySet window = set_of(c.window);
    const KeySet before = set_of(c.before);
    const auto size = static_cast<int64_t>(c.window.size());
    EXPECT_TRUE(
        is_fraction(retained(window, before), c.common, static_cast<int64_t>(c.before.size())))
        << c.name;
    EXPECT_TRUE(is_fraction(new_keys(window, before), size - c.common, 1)) << c.name;
    EXPECT_TRUE(is_fraction(returning(window, before), c.common, 1)) << c.name;
  }
}

TEST(KeySets, RetainedOfNothingIsAbsentAndTheOthersAreZero) {
  const KeySet nothing;
  EXPECT_FALSE(retained(set_of({1}), nothing).present);
  EXPECT_TRUE(retained(set_of({1}), nothing).known);
  EXPECT_TRUE(is_fraction(new_keys(nothing, nothing), 0, 1));
  EXPECT_TRUE(is_fraction(returning(nothing, nothing), 0, 1));
  EXPECT_TRUE(is_fraction(new_keys(set_of({1, 2}), nothing), 2, 1));
}

TEST(KeySets, AreUnknownFromOneKeyBeyondTheLimitOn) {
  KeySet set = set_of({1, 2, 3}, 3);
  set.add(key(2), 3);
  EXPECT_FALSE(set.over_limit()) << "a key again is no new one";
  EXPECT_EQ(set.size(), 3U);
  set.add(key(4), 3);
  EXPECT_TRUE(set.over_limit());
  EXPECT_EQ(set.heap_bytes(), 0U);
  set.add(key(1), 3);
  EXPECT_TRUE(set == set_of({9, 8, 7, 6, 5, 4}, 3)) << "nothing of the keys is left";
  for (const auto& compare : {retained, new_keys, returning}) {
    EXPECT_FALSE(compare(set, set_of({1})).known);
    EXPECT_FALSE(compare(set_of({1}), set).known);
    EXPECT_FALSE(compare(set, KeySet{}).known);
  }
}

TEST(KeySets, ArePastTheLimitWhenOnlyBothTogetherAre) {
  KeySet set = set_of({1, 2}, 3);
  set.merge(set_of({2, 3}, 3), 3);
  EXPECT_FALSE(set.over_limit());
  set.merge(set_of({4}, 3), 3);
  EXPECT_TRUE(set.over_limit());
  KeySet other = set_of({1}, 3);
  other.merge(set, 3);
  EXPECT_TRUE(other.over_limit());
}

struct KeyedValue {
  uint64_t number;
  Int128 units;
};

KeySums sums_of(const std::vector<KeyedValue>& values, uint32_t max_keys = kLimit) {
  KeySums sums;
  for (const KeyedValue& value : values) sums.add(key(value.number), value.units, max_keys);
  return sums;
}

struct ShareCase {
  const char* name;
  std::vector<KeyedValue> values;
  int64_t n;
  int64_t top;
  int64_t total;
};

TEST(TopShare, IsThatOfTheLargestSums) {
  const ShareCase cases[] = {
      {"one key", {{1, 5}}, 1, 5, 5},
      {"the largest", {{1, 5}, {2, 10}, {3, 5}}, 1, 10, 20},
      {"sums, not values", {{1, 6}, {2, 10}, {1, 6}, {3, 5}}, 1, 12, 27},
      {"two", {{1, 5}, {2, 10}, {3, 7}}, 2, 17, 22},
      {"more than there are", {{1, 5}, {2, 10}}, 5, 15, 15},
      {"as many as there are", {{1, 5}, {2, 10}}, 2, 15, 15},
      {"ties", {{1, 5}, {2, 5}, {3, 5}}, 2, 10, 15},
      {"returns among them", {{1, 5}, {2, -2}}, 1, 5, 3},
      {"a negative total", {{1, -5}, {2, -10}}, 1, -5, -15},
      {"the largest is below zero, the total too", {{1, 5}, {2, -10}}, 1, 5, -5},
  };
  for (const ShareCase& c : cases) {
    const int sign = c.total < 0 ? -1 : 1;
    EXPECT_TRUE(is_fraction(sums_of(c.values).top_share(c.n), sign * c.top, sign * c.total))
        << c.name;
  }
}

TEST(TopShare, IsAbsentOfNothingAndWhereTheTotalIsZero) {
  EXPECT_FALSE(KeySums{}.top_share(1).present);
  EXPECT_FALSE(sums_of({{1, 5}, {2, -5}}).top_share(1).present);
  EXPECT_FALSE(sums_of({{1, 0}}).top_share(1).present);
  EXPECT_TRUE(sums_of({{1, 0}}).top_share(1).known);
}

TEST(TopShare, IsUnknownFromOneKeyBeyondTheLimitOn) {
  KeySums sums = sums_of({{1, 5}, {2, 5}, {1, 5}}, 2);
  EXPECT_TRUE(is_fraction(sums.top_share(1), 10, 15));
  sums.add(key(3), 0, 2);
  EXPECT_FALSE(sums.top_share(1).known);
  EXPECT_EQ(sums.heap_bytes(), 0U);
}

TEST(TopShare, OfTheLargestDecimalsIsExact) {
  const Int128 largest = kDecimalLimit - 1;
  KeySums sums;
  for (int i = 0; i < 1000; ++i) sums.add(key(1), largest, kLimit);
  sums.add(key(2), 1, kLimit);
  const TermValue share = sums.top_share(1);
  EXPECT_TRUE(share.units == largest * 1000 && share.denominator == largest * 1000 + 1);
}

DistinctKeys distinct_of(uint64_t from, uint64_t to, uint32_t max_distinct) {
  DistinctKeys distinct;
  for (uint64_t number = from; number < to; ++number) distinct.add(key(number), max_distinct);
  return distinct;
}

TEST(Distinct, CountsExactlyUpToItsLimit) {
  EXPECT_TRUE(is_fraction(DistinctKeys{}.count(), 0, 1));
  DistinctKeys distinct = distinct_of(0, 16'384, 16'384);
  for (uint64_t number = 0; number < 100; ++number) distinct.add(key(number), 16'384);
  EXPECT_FALSE(distinct.estimated());
  EXPECT_TRUE(is_fraction(distinct.count(), 16'384, 1));
  distinct.add(key(16'384), 16'384);
  EXPECT_TRUE(distinct.estimated());
  EXPECT_TRUE(distinct.count().present && distinct.count().estimated);
  EXPECT_LE(distinct.heap_bytes(), 16'384U) << "the keys are let go";
}

TEST(Distinct, IsPastTheLimitWhenOnlyBothTogetherAre) {
  DistinctKeys distinct = distinct_of(0, 60, 100);
  distinct.merge(distinct_of(40, 100, 100), 100);
  EXPECT_TRUE(is_fraction(distinct.count(), 100, 1));
  distinct.merge(distinct_of(0, 101, 1000), 100);
  EXPECT_TRUE(distinct.estimated());
  EXPECT_TRUE(distinct == distinct_of(0, 101, 100));
}

// The standard error is 1.04 / sqrt(2^14).
TEST(Distinct, EstimatesWithinThreeStandardErrors) {
  for (const uint64_t count : {20'000, 100'000, 1'000'000}) {
    const TermValue value = distinct_of(0, count, 0).count();
    const double error = static_cast<double>(value.units) / static_cast<double>(count) - 1;
    EXPECT_LE(std::abs(error), 3 * 1.04 / 128) << count << ": " << error;
    EXPECT_NE(error, 0) << count;
  }
}

TEST(Distinct, EstimatesFewKeysNearlyExactly) {
  for (const uint64_t count : {1, 10, 100, 1000}) {
    const TermValue value = distinct_of(0, count, 0).count();
    EXPECT_NEAR(static_cast<double>(value.units), static_cast<double>(count),
                0.01 * static_cast<double>(count))
        << count;
  }
}

TEST(Distinct, EstimatesAreNotOffToOneSide) {
  constexpr int kRuns = 40;
  constexpr uint64_t kKeys = 30'000;
  double errors = 0;
  for (uint64_t run = 0; run < kRuns; ++run) {
    HyperLogLog sketch;
    std::mt19937_64 random(run);
    for (uint64_t i = 0; i < kKeys; ++i) sketch.add({.high = random(), .low = 1});
    errors += static_cast<double>(sketch.estimate()) / kKeys - 1;
  }
  EXPECT_LE(std::abs(errors / kRuns), 3 * 1.04 / 128 / std::sqrt(kRuns));
}

TEST(HyperLogLog, OfNothingIsZeroAndOfTheHighestRanksTheMostThereIs) {
  EXPECT_EQ(HyperLogLog{}.estimate(), 0);
  HyperLogLog full;
  for (uint64_t index = 0; index < HyperLogLog::kRegisters; ++index) {
    full.add({.high = index << 50, .low = 1});
  }
  EXPECT_EQ(full.estimate(), int64_t{1} << 62);
}

// A store may move to another machine: the same keys give the same number there.
TEST(HyperLogLog, EstimatesTheSameForEver) {
  HyperLogLog sketch;
  for (uint64_t number = 0; number < 50'000; ++number) sketch.add(key(number));
  EXPECT_EQ(sketch.estimate(), 49'770);
}

TEST(HyperLogLog, CountsRegistersThatCanGoNoHigherForWhatTheyMayHide) {
  // Half of the registers at rank 51, the highest, half of them at 47.
  HyperLogLog sketch;
  for (uint64_t index = 0; index < HyperLogLog::kRegisters; ++index) {
    sketch.add({.high = index << 50 | (index % 2 == 0 ? 0 : 8), .low = 1});
  }
  // tau(1/2) as its sum is written.
  long double hidden = 0.5L;
  for (int k = 1; k < 60; ++k) {
    hidden -= std::pow(1 - std::pow(0.5L, std::ldexp(1.0L, -k)), 2) * std::ldexp(1.0L, -k);
  }
  const long double weight = std::ldexp(8192.0L, -47) + std::ldexp(16384 * hidden / 3, -50);
  const long double expected = std::ldexp(1.0L, 28) / (2 * std::log(2.0L) * weight);
  EXPECT_NEAR(static_cast<double>(sketch.estimate()) / static_cast<double>(expected), 1, 1e-12);
}

TEST(HyperLogLog, ReadsTheIndexAndTheRankFromTheUpperHalf) {
  struct RankCase {
    uint64_t high;
    size_t index;
    uint8_t rank;
  };
  const RankCase cases[] = {
      {uint64_t{1} << 49, 0, 1},
      {(uint64_t{1} << 50) - 1, 0, 1},
      {uint64_t{1} << 48, 0, 2},
      {1, 0, 50},
      {0, 0, 51},
      {~uint64_t{0}, 16'383, 1},
      {uint64_t{5} << 50 | 1, 5, 50},
  };
  for (const RankCase& c : cases) {
    HyperLogLog sketch;
    sketch.add({.high = c.high, .low = ~uint64_t{0}});
    std::string expected(HyperLogLog::kRegisters, '\0');
    expected[c.index] = static_cast<char>(c.rank);
    std::string actual;
    sketch.append_to(actual);
    EXPECT_TRUE(actual == expected) << c.high;
  }
}

std::string stored(bool beyond, uint32_t entries, const std::vector<uint64_t>& words) {
  std::string bytes;
  append_bytes(bytes, static_cast<uint8_t>(beyond));
  append_bytes(bytes, entries);
  for (const uint64_t word : words) append_bytes(bytes, word);
  return bytes;
}

TEST(StoredKeys, AreRefusedWhereTheyCannotHaveBeenWritten) {
  EXPECT_TRUE(KeySet::read(stored(false, 2, {1, 5, 2, 4})));
  EXPECT_FALSE(KeySet::read(stored(false, 2, {1, 5, 1, 5}))) << "a key twice";
  EXPECT_FALSE(KeySet::read(stored(false, 2, {2, 5, 1, 5}))) << "descending";
  EXPECT_FALSE(KeySet::read(stored(false, 1, {0, 0}))) << "the key of nothing";
  EXPECT_FALSE(KeySet::read(stored(true, 1, {1, 5}))) << "keys that were dropped";
  EXPECT_FALSE(KeySet::read(stored(false, 1, {1, 5, 2, 4}))) << "more than announced";
  EXPECT_FALSE(KeySet::read(stored(false, ~uint32_t{0}, {1, 5}))) << "fewer than announced";
  EXPECT_TRUE(KeySet::read(stored(true, 0, {})));
  EXPECT_TRUE(KeySums::read(stored(false, 1, {1, 5, 7, 0})));
  EXPECT_FALSE(KeySums::read(stored(true, 1, {1, 5, 7, 0}))) << "sums that were dropped";
  EXPECT_FALSE(KeySums::read(stored(false, 2, {1, 5, 7, 0, 1, 5, 7, 0}))) << "a key twice";
  EXPECT_TRUE(DistinctKeys::read(stored(false, 1, {1, 5})));
  EXPECT_FALSE(DistinctKeys::read(stored(true, 1, {1, 5}))) << "no registers";
}

TEST(StoredKeys, AreRefusedWithARankThatNoKeyHas) {
  std::string bytes;
  DistinctKeys distinct;
  distinct.add({.high = 0, .low = 1}, 0);
  distinct.append_to(bytes);
  const size_t first_register = bytes.size() - HyperLogLog::kRegisters;
  ASSERT_EQ(bytes[first_register], 51);
  EXPECT_TRUE(DistinctKeys::read(bytes));
  bytes[first_register] = 52;
  EXPECT_FALSE(DistinctKeys::read(bytes));
}

TEST(Collections, OfTenKeysAreSmall) {
  const KeySet set = set_of(numbers(0, 10));
  EXPECT_LE(sizeof(set) + set.heap_bytes(), 230U);
  const DistinctKeys distinct = distinct_of(0, 10, 16'384);
  EXPECT_LE(sizeof(distinct) + distinct.heap_bytes(), 250U);
}

}  // namespace
}  // namespace kpid
