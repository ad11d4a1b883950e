#include "daemon/run/disorder_log.h"

#include <gtest/gtest.h>

#include "daemon/logging.h"
#include "pipeline/window/window_spec.h"

namespace kpid {
namespace {

using std::chrono::seconds;

DisorderView seen(uint64_t events, Duration p99) {
  return {.source = "sales",
          .limit = seconds{10},
          .events = events,
          .total = p99,
          .p50 = Duration{0},
          .p99 = p99,
          .maximum = p99 * 2};
}

uint64_t warnings() { return log_line_counts()[static_cast<size_t>(LogLevel::kWarn)]; }

TEST(ShouldWarn, FromOneThousandEventsOn) {
  EXPECT_FALSE(should_warn(seen(0, seconds{60}), std::nullopt));
  EXPECT_FALSE(should_warn(seen(999, seconds{60}), std::nullopt));
  EXPECT_TRUE(should_warn(seen(1'000, seconds{60}), std::nullopt));
}

TEST(ShouldWarn, FromTheFirstMillisecondAboveTheSettingOn) {
  EXPECT_FALSE(should_warn(seen(1'000, seconds{10} - Duration{1}), std::nullopt));
  EXPECT_FALSE(should_warn(seen(1'000, seconds{10}), std::nullopt));
  EXPECT_TRUE(should_warn(seen(1'000, seconds{10} + Duration{1}), std::nullopt));
}

TEST(ShouldWarn, AgainWhenThePercentileHasDoubledSinceTheLastWarning) {
  EXPECT_FALSE(should_warn(seen(1'000, seconds{20}), seconds{20}));
  EXPECT_FALSE(should_warn(seen(1'000, seconds{40} - Duration{1}), seconds{20}));
  EXPECT_TRUE(should_warn(seen(1'000, seconds{40}), seconds{20}));
}

TEST(SuggestedDisorder, IsRoundedUpToTwoDigitsInTheUnitOfASetting) {
  struct Case {
    Duration seen;
    std::string suggested;
  };
  for (const Case& c :
       {Case{Duration{1}, "1ms"}, Case{Duration{99}, "99ms"}, Case{Duration{100}, "100ms"},
        Case{Duration{101}, "110ms"}, Case{Duration{999}, "1s"}, Case{Duration{1'001}, "1100ms"},
        Case{Duration{9'983}, "10s"}, Case{Duration{12'001}, "13s"}, Case{seconds{60}, "1m"},
        Case{seconds{3'601}, "3700s"}}) {
    EXPECT_EQ(format_duration(suggested_disorder(c.seen)), c.suggested) << c.seen.count();
    EXPECT_GE(suggested_disorder(c.seen), c.seen);
  }
}

TEST(DisorderLog, WarnsOnceASourceUntilItGetsMuchWorse) {
  DisorderLog log;
  const uint64_t before = warnings();
  const auto update = [&](Duration p99) {
    DisorderView good = seen(1'000'000, seconds{1});
    good.source = "visits";
    log.update({good, seen(1'000, p99)});
    return warnings() - before;
  };
  EXPECT_EQ(update(seconds{10}), 0U);
  EXPECT_EQ(update(seconds{11}), 1U);
  EXPECT_EQ(update(seconds{11}), 1U);
  EXPECT_EQ(update(seconds{9}), 1U);
  EXPECT_EQ(update(seconds{21}), 1U);
  EXPECT_EQ(update(seconds{22}), 2U);
  DisorderView other = seen(1'000, seconds{11});
  other.source = "returns";
  log.update({other});
  EXPECT_EQ(warnings() - before, 3U) << "every source for itself";
}

}  // namespace
}  // namespace kpid
