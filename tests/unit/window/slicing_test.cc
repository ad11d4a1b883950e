#include "pipeline/window/slicing.h"

#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace kpid {
namespace {

constexpr Duration kDay = std::chrono::days{1};

Window seconds(double start, double end) { return {at(start), at(end)}; }

TEST(Slicing, CutsAtEveryBoundaryOfEveryWindowAndNowhereElse) {
  struct Case {
    std::vector<std::string> windows;
    double time;
    Window slice;
  };
  const Case cases[] = {
      {{"1m"}, 0, seconds(0, 60)},
      {{"1m"}, 59.999, seconds(0, 60)},
      {{"1m"}, 60, seconds(60, 120)},
      {{"1m every 20s"}, 19.999, seconds(0, 20)},
      {{"1m every 20s"}, 20, seconds(20, 40)},
      {{"1m every 20s", "30s"}, 25, seconds(20, 30)},
      {{"1m every 20s", "30s"}, 30, seconds(30, 40)},
      {{"1m every 20s", "30s"}, 45, seconds(40, 60)},
      {{"1d", "1h"}, 3'599.999, seconds(0, 3'600)},
      {{"1m"}, -0.001, seconds(-60, 0)},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Slicing(needed_windows_of(c.windows), kDay).slice_at(at(c.time)), c.slice) << c.time;
  }
}

TEST(Slicing, NeedsASliceUntilTheEndOfTheLastWindowThatHasIt) {
  struct Case {
    std::vector<std::string> windows;
    Window slice;
    double last_end;
  };
  const Case cases[] = {
      {{"1m"}, seconds(0, 60), 60},
      {{"1m every 20s"}, seconds(0, 20), 60},
      {{"1m every 20s"}, seconds(20, 40), 80},
      {{"1m every 20s", "30s"}, seconds(30, 40), 80},
      {{"10s", "1h"}, seconds(0, 10), 3'600},
      {{"10s", "1h"}, seconds(3'590, 3'600), 3'600},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Slicing(needed_windows_of(c.windows), kDay).needed_until(c.slice), at(c.last_end));
  }
}

TEST(Slicing, KeepsASliceOfAnEarlierConfigurationAtLeastToItsOwnEnd) {
  EXPECT_EQ(Slicing(needed_windows_of({"10s"}), kDay).needed_until(seconds(0, 60)), at(60));
}

TEST(Slicing, NeedsASliceWhileItsLastWindowIsShownAlthoughTheRetentionIsOver) {
  const Slicing ten_minutes(needed_windows_of({"10m"}), std::chrono::minutes{3});
  // Shown until the next one is final, at 1200 s: 3 minutes after 1020 s.
  EXPECT_EQ(ten_minutes.needed_until(seconds(0, 600)), at(1'020));
  const Slicing hopping(needed_windows_of({"10m every 2m"}), std::chrono::minutes{3});
  EXPECT_EQ(hopping.needed_until(seconds(0, 120)), at(600)) << "the successor is final in time";
}

}  // namespace
}  // namespace kpid
