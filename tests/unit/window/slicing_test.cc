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

/// Windows and a slice of them, what it becomes, and when.
struct FoldCase {
  std::vector<NeededWindow> windows;
  Window slice;
  Window into;
  double at_seconds;
};

TEST(Slicing, FoldsASliceOnceNobodyNeedsItSoFine) {
  const auto windows = [](const std::vector<std::string>& texts) {
    return needed_windows_of(texts);
  };
  std::vector<NeededWindow> looked_back_at = windows({"10s", "1h"});
  looked_back_at[0].look_back = std::chrono::seconds{30};
  const FoldCase cases[] = {
      // Four minutes become one slice when the last of them, which ends at 240 s, has a successor.
      {windows({"1m", "1h"}), seconds(0, 60), seconds(0, 240), 300},
      {windows({"1m", "1h"}), seconds(0, 240), seconds(0, 960), 1'020},
      // The last step of an hour is shorter.
      {windows({"1m", "1h"}), seconds(3'540, 3'600), seconds(3'360, 3'600), 3'660},
      {windows({"1m", "1h"}), seconds(3'360, 3'600), seconds(2'880, 3'600), 3'660},
      {windows({"1m every 20s", "1h"}), seconds(0, 20), seconds(0, 80), 140},
      {windows({"10s", "1m", "1h"}), seconds(10, 20), seconds(0, 40), 50},
      {windows({"10s", "1m", "1h"}), seconds(0, 60), seconds(0, 240), 300},
      {looked_back_at, seconds(0, 10), seconds(0, 40), 80},
  };
  for (const FoldCase& c : cases) {
    const Slicing::Fold fold = Slicing(c.windows, kDay).fold_of(c.slice);
    EXPECT_EQ(fold.into, c.into);
    EXPECT_EQ(fold.at, at(c.at_seconds)) << (fold.at - kStart).count();
  }
}

TEST(Slicing, TakesAllStepsThatAreDueAtOnce) {
  const Slicing slicing(needed_windows_of({"10s", "1m", "1h"}), kDay);
  const Slicing::Fold first = slicing.fold_of(seconds(10, 20));
  EXPECT_EQ(slicing.folded_by(first, at(50)), seconds(0, 40));
  EXPECT_EQ(slicing.folded_by(first, at(69.999)), seconds(0, 40));
  EXPECT_EQ(slicing.folded_by(first, at(70)), seconds(0, 60));
  EXPECT_EQ(slicing.folded_by(first, at(300)), seconds(0, 240));
  EXPECT_EQ(slicing.folded_by(first, at(86'400)), seconds(0, 3'600));
}

TEST(Slicing, NeverFoldsTheSlicesOfTheCoarsestWindows) {
  EXPECT_EQ(Slicing(needed_windows_of({"1h"}), kDay).fold_of(seconds(0, 3'600)).at,
            EventTime::max());
  EXPECT_EQ(Slicing(needed_windows_of({"1m", "1h"}), kDay).fold_of(seconds(0, 3'600)).at,
            EventTime::max());
  // Hours are needed no longer than the days of whose slides they are whole numbers.
  EXPECT_EQ(Slicing(needed_windows_of({"1h", "1d every 10m"}), kDay).fold_of(seconds(0, 600)).at,
            EventTime::max());
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
