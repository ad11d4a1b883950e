#include "pipeline/aggregate/first_last.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace kpid {
namespace {

// Rows are copied, stored and compared as bytes: no byte of them may be left to chance.
static_assert(std::is_trivially_copyable_v<First> && std::is_trivially_copyable_v<Last>);
static_assert(std::has_unique_object_representations_v<First>);
static_assert(std::has_unique_object_representations_v<Last>);

Occasion at(int64_t time_ms, int32_t partition = 0, int64_t offset = 0) {
  return {.time_ms = time_ms, .offset = offset, .partition = partition};
}

TEST(Occasions, AreOrderedByTimeThenPartitionThenOffset) {
  EXPECT_LT(at(1, 9, 9), at(2, 0, 0));
  EXPECT_LT(at(1, 2, 9), at(1, 3, 0));
  EXPECT_LT(at(1, 2, 8), at(1, 2, 9));
  EXPECT_LT(at(-1), at(0));
  EXPECT_EQ(at(1, 2, 3), at(1, 2, 3));
}

TEST(FirstAndLast, AreAbsentOfNothing) {
  EXPECT_FALSE(First{}.result(1).present);
  EXPECT_FALSE(Last{}.result(1).present);
  EXPECT_TRUE(First{}.result(1).known);
}

struct OrderCase {
  const char* name;
  Occasion earlier;
  Occasion later;
};

TEST(FirstAndLast, GoByTheOccasionWhateverTheOrderOfTheEvents) {
  const OrderCase cases[] = {
      {"time", at(10, 5, 5), at(11, 0, 0)},
      {"time before 1970", at(-10, 5, 5), at(-9, 0, 0)},
      {"partition", at(10, 0, 99), at(10, 1, 0)},
      {"offset", at(10, 1, 7), at(10, 1, 8)},
  };
  for (const OrderCase& c : cases) {
    for (const bool earlier_first : {true, false}) {
      First first;
      Last last;
      const auto add = [&](const Occasion& when, Int128 units) {
        first.add(when, units);
        last.add(when, units);
      };
      if (earlier_first) add(c.earlier, -1);
      add(c.later, 2);
      if (!earlier_first) add(c.earlier, -1);
      EXPECT_TRUE(first.result(1).units == -1) << c.name;
      EXPECT_TRUE(last.result(1).units == 2) << c.name;
    }
  }
}

TEST(FirstAndLast, KeepZeroAndTheLargestValues) {
  for (const Int128 units : {Int128{0}, kDecimalLimit - 1, 1 - kDecimalLimit}) {
    First first;
    Last last;
    first.add(at(0), units);
    last.add(at(0), units);
    EXPECT_TRUE(first.result(kNanosPerUnit).present && last.result(kNanosPerUnit).present);
    EXPECT_TRUE(first.result(kNanosPerUnit).units == units);
    EXPECT_TRUE(last.result(kNanosPerUnit).units == units);
    EXPECT_TRUE(first.result(kNanosPerUnit).denominator == kNanosPerUnit);
  }
}

}  // namespace
}  // namespace kpid
