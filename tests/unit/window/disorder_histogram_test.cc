#include "pipeline/window/disorder_histogram.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace kpid {
namespace {

DisorderHistogram histogram_of(const std::vector<int64_t>& millis) {
  DisorderHistogram histogram;
  for (const int64_t one : millis) histogram.add(Duration{one});
  return histogram;
}

/// The least of them that so many percent do not exceed.
int64_t exact_quantile(std::vector<int64_t> millis, unsigned percent) {
  std::sort(millis.begin(), millis.end());
  return millis[(millis.size() * percent + 99) / 100 - 1];
}

/// Up to 1,000 durations of any magnitude: as many short ones as long ones.
std::vector<int64_t> random_bag(std::mt19937_64& random) {
  std::vector<int64_t> millis(std::uniform_int_distribution<size_t>(1, 1'000)(random));
  const int widest = std::uniform_int_distribution<int>(0, 42)(random);
  for (int64_t& one : millis) {
    const int bits = std::uniform_int_distribution<int>(0, widest)(random);
    one = std::uniform_int_distribution<int64_t>(0, (int64_t{1} << bits) - 1)(random);
  }
  return millis;
}

TEST(DisorderHistogram, OfNothingIsZero) {
  const DisorderHistogram nothing;
  EXPECT_EQ(nothing.events(), 0U);
  EXPECT_EQ(nothing.total(), Duration{0});
  EXPECT_EQ(nothing.maximum(), Duration{0});
  EXPECT_EQ(nothing.quantile(99), Duration{0});
}

TEST(DisorderHistogram, OfOneIsThatOneExactly) {
  for (const int64_t millis : {0, 1, 127, 128, 129, 1'000'003}) {
    const DisorderHistogram one = histogram_of({millis});
    for (const unsigned percent : {1U, 50U, 99U, 100U}) {
      EXPECT_EQ(one.quantile(percent), Duration{millis}) << percent;
    }
    EXPECT_EQ(one.maximum(), Duration{millis});
  }
}

TEST(DisorderHistogram, TakesTheRankRoundedUp) {
  std::vector<int64_t> hundred;
  for (int64_t i = 1; i <= 100; ++i) hundred.push_back(i);
  EXPECT_EQ(histogram_of(hundred).quantile(1), Duration{1});
  EXPECT_EQ(histogram_of(hundred).quantile(50), Duration{50});
  EXPECT_EQ(histogram_of(hundred).quantile(99), Duration{99});
  hundred.push_back(101);
  EXPECT_EQ(histogram_of(hundred).quantile(50), Duration{51});
  EXPECT_EQ(histogram_of(hundred).quantile(99), Duration{100});
}

TEST(DisorderHistogram, KnowsEveryMillisecondBelow128AndNoneApartJustAbove) {
  struct Case {
    int64_t millis;
    int64_t said;
  };
  // Of 1,000 events the 500th is the one that is asked for; one further behind hides no maximum.
  for (const Case& c : {Case{127, 127},
                        {128, 129},
                        {129, 129},
                        {130, 131},
                        {255, 255},
                        {256, 259},
                        {259, 259},
                        {260, 263},
                        {8'191, 8'191},
                        {8'192, 8'319}}) {
    const DisorderHistogram histogram = histogram_of({c.millis, 1'000'000});
    EXPECT_EQ(histogram.quantile(50), Duration{c.said}) << c.millis;
  }
}

TEST(DisorderHistogram, NeverSaysLessThanIsTrueNorASixtyFourthMore) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<int64_t> bag = random_bag(random);
    const DisorderHistogram histogram = histogram_of(bag);
    EXPECT_EQ(histogram.maximum().count(), *std::max_element(bag.begin(), bag.end()));
    for (unsigned percent = 1; percent <= 100; ++percent) {
      const int64_t exact = exact_quantile(bag, percent);
      const int64_t said = histogram.quantile(percent).count();
      ASSERT_GE(said, exact) << fmt::format("seed {}, {} %", seed, percent);
      ASSERT_LE(said * 64, exact * 65) << fmt::format("seed {}, {} %", seed, percent);
    }
  }
}

TEST(DisorderHistogram, MergesToTheSameBitsInAnyOrderAndGrouping) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<int64_t> bags[] = {random_bag(random), random_bag(random),
                                         random_bag(random)};
    const DisorderHistogram a = histogram_of(bags[0]);
    const DisorderHistogram b = histogram_of(bags[1]);
    const DisorderHistogram c = histogram_of(bags[2]);
    const auto merged = [](DisorderHistogram left, const DisorderHistogram& right) {
      left.merge(right);
      return left;
    };
    std::vector<int64_t> all;
    for (const auto& bag : bags) all.insert(all.end(), bag.begin(), bag.end());
    ASSERT_EQ(merged(merged(a, b), c), histogram_of(all)) << seed;
    ASSERT_EQ(merged(a, merged(b, c)), histogram_of(all)) << seed;
    ASSERT_EQ(merged(merged(c, b), a), histogram_of(all)) << seed;
    ASSERT_EQ(merged(a, DisorderHistogram()), a) << seed;
    ASSERT_EQ(merged(DisorderHistogram(), a), a) << seed;
  }
}

TEST(DisorderHistogram, HasRoomForTheWholeOfEventTime) {
  const int64_t longest = (kEndOfEventTime - kEarliestEventTime).count();
  for (const int64_t millis : {longest - 1, longest, longest + 1, 2 * longest}) {
    EXPECT_EQ(histogram_of({0, millis}).maximum(), Duration{millis});
    EXPECT_GE(histogram_of({0, millis}).quantile(99), Duration{std::min(millis, longest)});
  }
}

}  // namespace
}  // namespace kpid
