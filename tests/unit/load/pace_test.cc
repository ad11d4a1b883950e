#include "daemon/load/pace.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

using namespace std::chrono_literals;

TEST(Pace, HasTheFirstEventDueAtOnceAndTheNextOneStepLater) {
  const Pace pace(10);
  EXPECT_EQ(pace.due(0ns), 1u);
  EXPECT_EQ(pace.due(100ms - 1ns), 1u);
  EXPECT_EQ(pace.due(100ms), 2u);
  EXPECT_EQ(pace.due_at(0), 0ns);
  EXPECT_EQ(pace.due_at(1), 100ms);
}

TEST(Pace, NeverDriftsHoweverLongItLasts) {
  const Pace pace(50'000);
  EXPECT_EQ(pace.due_at(50'000ull * 86'400), 24h);
  EXPECT_EQ(pace.due(24h), 50'000ull * 86'400 + 1);
}

TEST(Pace, OwesAllThatWasDueDuringAStall) {
  const Pace pace(1'000);
  EXPECT_EQ(pace.due(10s) - pace.due(2s), 8'000u);
}

TEST(Pace, TakesRatesBelowOneASecond) {
  const Pace pace(0.25);
  EXPECT_EQ(pace.due(3'999ms), 1u);
  EXPECT_EQ(pace.due(4s), 2u);
}

TEST(Pace, HasAnEventDueAtTheInstantItNames) {
  const Pace pace(3);
  for (uint64_t event = 0; event < 1'000; ++event) {
    EXPECT_GE(pace.due(pace.due_at(event)), event + 1) << event;
  }
}

}  // namespace
}  // namespace kpid
