#include "pipeline/aggregate/accumulator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace kpid {
namespace {

// Values up to the largest decimal field, and both ends of a 64-bit integer.
rc::Gen<Int128> any_units() {
  return rc::gen::map(rc::gen::pair(rc::gen::arbitrary<int64_t>(), rc::gen::inRange<int64_t>(0, 3)),
                      [](const std::pair<int64_t, int64_t>& parts) {
                        return Int128{parts.first} * (parts.second == 2 ? kNanosPerUnit / 10 : 1);
                      });
}

template <class A>
A of(const std::vector<Int128>& values) {
  A accumulator;
  for (const Int128 value : values) accumulator.add(value);
  return accumulator;
}

template <class A>
A merged(A into, const A& from) {
  into.merge(from);
  return into;
}

template <class A>
class AccumulatorLaws : public testing::Test {};

using Accumulators = testing::Types<Count, Sum, Min, Max>;
TYPED_TEST_SUITE(AccumulatorLaws, Accumulators);

/// Three bags of values.
template <class Law>
void check_law(const char* name, Law law) {
  EXPECT_TRUE(rc::check(name, [&] {
    const auto bag = rc::gen::container<std::vector<Int128>>(any_units());
    law(*bag, *bag, *bag);
  }));
}

using Bag = const std::vector<Int128>&;

TYPED_TEST(AccumulatorLaws, MergeIsAssociative) {
  check_law("associative", [](Bag a, Bag b, Bag c) {
    const auto x = of<TypeParam>(a);
    const auto y = of<TypeParam>(b);
    const auto z = of<TypeParam>(c);
    RC_ASSERT(merged(merged(x, y), z) == merged(x, merged(y, z)));
  });
}

TYPED_TEST(AccumulatorLaws, TheNarrowFormGivesBackWhatFitsIntoIt) {
  check_law("narrow", [](Bag a, Bag b, Bag) {
    const auto wide = merged(of<TypeParam>(a), of<TypeParam>(b));
    using Narrow = NarrowForm<TypeParam>;
    RC_CLASSIFY(Narrow::fits(wide));
    if (Narrow::fits(wide)) RC_ASSERT(Narrow::wide(Narrow::of(wide)) == wide);
  });
}

TYPED_TEST(AccumulatorLaws, MergeIsCommutative) {
  check_law("commutative", [](Bag a, Bag b, Bag) {
    RC_ASSERT(merged(of<TypeParam>(a), of<TypeParam>(b)) ==
              merged(of<TypeParam>(b), of<TypeParam>(a)));
  });
}

TYPED_TEST(AccumulatorLaws, TheEmptyBagIsTheIdentity) {
  check_law("identity", [](Bag a, Bag, Bag) {
    RC_ASSERT(merged(of<TypeParam>(a), TypeParam{}) == of<TypeParam>(a));
    RC_ASSERT(merged(TypeParam{}, of<TypeParam>(a)) == of<TypeParam>(a));
  });
}

TYPED_TEST(AccumulatorLaws, MergingTwoBagsIsAddingBoth) {
  check_law("homomorphism", [](Bag a, Bag b, Bag) {
    auto both = of<TypeParam>(a);
    for (const Int128 value : b) both.add(value);
    RC_ASSERT(merged(of<TypeParam>(a), of<TypeParam>(b)) == both);
  });
}

TYPED_TEST(AccumulatorLaws, TheOrderOfValuesDoesNotMatter) {
  check_law("order", [](Bag a, Bag, Bag) {
    RC_ASSERT(of<TypeParam>(a) == of<TypeParam>({a.rbegin(), a.rend()}));
  });
}

template <class A>
class InvertibleLaws : public testing::Test {};

using Invertibles = testing::Types<Count, Sum>;
TYPED_TEST_SUITE(InvertibleLaws, Invertibles);

TYPED_TEST(InvertibleLaws, UnmergeUndoesMerge) {
  check_law("inverse", [](Bag a, Bag b, Bag) {
    auto both = merged(of<TypeParam>(a), of<TypeParam>(b));
    both.unmerge(of<TypeParam>(b));
    RC_ASSERT(both == of<TypeParam>(a));
  });
}

TEST(Accumulators, SayWhatIsInThem) {
  EXPECT_TRUE(of<Count>({5, 7}).result(1).units == 2);
  EXPECT_TRUE(of<Sum>({5, -7}).result(1).units == -2);
  EXPECT_TRUE(of<Min>({5, -7, 6}).result(1).units == -7);
  EXPECT_TRUE(of<Max>({-5, -7, -6}).result(1).units == -5);
}

TEST(Accumulators, OfNothingCountAndSumAreZeroAndTheOthersAbsent) {
  EXPECT_TRUE(Count{}.result(1).present && Count{}.result(1).units == 0);
  EXPECT_TRUE(Sum{}.result(1).present && Sum{}.result(1).units == 0);
  EXPECT_FALSE(Min{}.result(1).present);
  EXPECT_FALSE(Max{}.result(1).present);
}

TEST(Accumulators, HoldTheLargestSumThatIsPromised) {
  Sum sum;
  sum.units = (kDecimalLimit - 1) * Int128{100'000'000'000};
  EXPECT_TRUE(sum.units > 0);
  EXPECT_TRUE(sum.units / Int128{100'000'000'000} == kDecimalLimit - 1);
}

template <class A>
void expect_narrow(const A& accumulator, bool fits) {
  EXPECT_EQ(NarrowForm<A>::fits(accumulator), fits);
  if (fits) {
    EXPECT_EQ(NarrowForm<A>::wide(NarrowForm<A>::of(accumulator)), accumulator);
  }
}

TEST(NarrowForm, HoldsEveryNumberUpToItsBounds) {
  constexpr Int128 kMost = INT64_MAX;
  constexpr Int128 kLeast = INT64_MIN;
  expect_narrow(Count{0}, true);
  expect_narrow(Count{UINT32_MAX}, true);
  expect_narrow(Count{int64_t{UINT32_MAX} + 1}, false);
  expect_narrow(Sum{0}, true);
  expect_narrow(Sum{kMost}, true);
  expect_narrow(Sum{kMost + 1}, false);
  expect_narrow(Sum{kLeast}, true);
  expect_narrow(Sum{kLeast - 1}, false);
  expect_narrow(Min{}, true);
  expect_narrow(Min{kMost - 1}, true);
  expect_narrow(Min{kMost}, false);  // stands for nothing
  expect_narrow(Min{kLeast}, true);
  expect_narrow(Min{kLeast - 1}, false);
  expect_narrow(Max{}, true);
  expect_narrow(Max{kMost}, true);
  expect_narrow(Max{kMost + 1}, false);
  expect_narrow(Max{kLeast + 1}, true);
  expect_narrow(Max{kLeast}, false);  // stands for nothing
}

/// That narrow bytes are merged as accumulators are, or stay as they are where that is too much.
template <class A>
void expect_merged_narrow(const A& a, const A& b) {
  using Narrow = NarrowForm<A>;
  A merged = a;
  merged.merge(b);
  auto into = Narrow::of(a);
  EXPECT_EQ(Narrow::merge(into, Narrow::of(b)), Narrow::fits(merged));
  EXPECT_EQ(Narrow::wide(into), Narrow::fits(merged) ? merged : a);
}

TEST(NarrowForm, IsMergedAsItIsWide) {
  const int64_t counts[] = {0, 1, UINT32_MAX - 1, UINT32_MAX};
  for (const int64_t a : counts) {
    for (const int64_t b : counts) expect_merged_narrow(Count{a}, Count{b});
  }
  const int64_t units[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
  for (const int64_t a : units) {
    for (const int64_t b : units) {
      expect_merged_narrow(Sum{a}, Sum{b});
      if (a < INT64_MAX && b < INT64_MAX) expect_merged_narrow(Min{a}, Min{b});
      if (a > INT64_MIN && b > INT64_MIN) expect_merged_narrow(Max{a}, Max{b});
    }
    if (a < INT64_MAX) expect_merged_narrow(Min{a}, Min{});
    if (a > INT64_MIN) expect_merged_narrow(Max{}, Max{a});
  }
  expect_merged_narrow(Min{}, Min{});
  expect_merged_narrow(Max{}, Max{});
}

}  // namespace
}  // namespace kpid
