#include "daemon/load/zipf.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kpid {
namespace {

constexpr int kDraws = 1'000'000;

/// Each rank's probability by its definition.
std::vector<double> probabilities(uint64_t ranks, double exponent) {
  std::vector<double> weights;
  double sum = 0;
  for (uint64_t rank = 1; rank <= ranks; ++rank) {
    weights.push_back(std::pow(static_cast<double>(rank), -exponent));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// Pearson's statistic of many draws, over cells of at least ten expected draws, in standard
/// deviations above its mean.
double surprise(uint64_t ranks, double exponent) {
  const Zipf zipf(ranks, exponent);
  Random random(7);
  std::vector<int> drawn(ranks);
  for (int draw = 0; draw < kDraws; ++draw) drawn[zipf.draw(random) - 1] += 1;
  double statistic = 0;
  int cells = 0;
  double expected = 0;
  double seen = 0;
  const std::vector<double> probability = probabilities(ranks, exponent);
  for (size_t i = 0; i < ranks; ++i) {
    expected += probability[i] * kDraws;
    seen += drawn[i];
    if (expected < 10) continue;  // the tail's last cell is left out if it is too small
    statistic += (seen - expected) * (seen - expected) / expected;
    ++cells;
    expected = seen = 0;
  }
  if (cells < 2) return 0;
  return (statistic - (cells - 1)) / std::sqrt(2.0 * (cells - 1));
}

// The seed is fixed, so this is no gamble: a wrong probability of one rank in a thousand moves the
// statistic by tens of deviations.
TEST(Zipf, DrawsEveryRankWithItsProbability) {
  for (const double exponent : {0.0, 0.5, 0.99, 1.0, 1.01, 1.5, 3.0}) {
    for (const uint64_t ranks : {2u, 3u, 10u, 1'000u, 10'000u}) {
      EXPECT_LT(surprise(ranks, exponent), 4) << ranks << " ranks, exponent " << exponent;
    }
  }
}

TEST(Zipf, DrawsEvenlyWithExponentZero) {
  const Zipf zipf(4, 0);
  Random random(1);
  std::vector<int> drawn(4);
  for (int draw = 0; draw < 40'000; ++draw) drawn[zipf.draw(random) - 1] += 1;
  for (const int count : drawn) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Zipf, OfOneRankDrawsThatOne) {
  const Zipf zipf(1, 1.2);
  Random random(1);
  for (int draw = 0; draw < 1'000; ++draw) EXPECT_EQ(zipf.draw(random), 1u);
}

TEST(Zipf, StaysWithinItsRanksWhereTheyAreMany) {
  for (const double exponent : {0.0, 0.5, 1.0, 2.0, 20.0}) {
    const Zipf zipf(9'999'999, exponent);
    Random random(3);
    for (int draw = 0; draw < 10'000; ++draw) {
      const uint64_t rank = zipf.draw(random);
      ASSERT_GE(rank, 1u);
      ASSERT_LE(rank, 9'999'999u);
    }
  }
}

}  // namespace
}  // namespace kpid
