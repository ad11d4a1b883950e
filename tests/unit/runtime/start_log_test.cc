#include "daemon/run/start_log.h"

#include <gtest/gtest.h>

#include "daemon/logging.h"

namespace kpid {
namespace {

using Progress = SourceReadiness::Progress;
using std::chrono::seconds;
using std::chrono::steady_clock;

SourceReadiness source(Progress progress, int64_t read = 0, int64_t left = 0) {
  return {.source = "sales",
          .topic = "sales",
          .progress = progress,
          .records_read = read,
          .records_left = left,
          .detail = progress == Progress::kFault ? "not authorized" : ""};
}

uint64_t lines(LogLevel level) { return log_line_counts()[static_cast<size_t>(level)]; }

TEST(ProgressLine, AddsUpAllSources) {
  const Readiness readiness{
      .sources = {source(Progress::kCatchingUp, 30, 60), source(Progress::kCaughtUp, 10, 0)},
      .notes = {}};
  EXPECT_EQ(progress_line(readiness), "catching up: 40 of 100 records read (40 %)");
}

TEST(ProgressLine, SaysHowManySourcesWaitForKafka) {
  EXPECT_EQ(progress_line({.sources = {source(Progress::kStarting)}, .notes = {}}),
            "waiting for Kafka: 1 source not begun");
  EXPECT_EQ(progress_line({.sources = {source(Progress::kStarting), source(Progress::kStarting)},
                           .notes = {}}),
            "waiting for Kafka: 2 sources not begun");
}

TEST(ProgressLine, IsEmptyWhenNothingIsWaitedFor) {
  EXPECT_EQ(progress_line({.sources = {source(Progress::kCaughtUp, 10, 0)}, .notes = {}}), "");
  EXPECT_EQ(progress_line({.sources = {source(Progress::kMissingTopic)}, .notes = {}}), "");
}

TEST(ProgressLine, HasNoPercentageOfNothing) {
  EXPECT_EQ(progress_line({.sources = {source(Progress::kCatchingUp)}, .notes = {}}),
            "catching up: 0 of 0 records read (0 %)");
}

TEST(StartLog, SaysReadyOnce) {
  StartLog log;
  const uint64_t before = lines(LogLevel::kInfo);
  const Readiness ready{.sources = {source(Progress::kCaughtUp)}, .notes = {}};
  EXPECT_FALSE(log.was_ready());
  for (int times = 0; times < 3; ++times) log.update(ready, steady_clock::time_point{});
  EXPECT_TRUE(log.was_ready());
  EXPECT_EQ(lines(LogLevel::kInfo) - before, 1U);
}

TEST(StartLog, SaysEveryFiveSecondsHowFarItIs) {
  if (log_is_terminal()) GTEST_SKIP() << "a terminal has the line that moves instead";
  StartLog log;
  const uint64_t before = lines(LogLevel::kInfo);
  const Readiness behind{.sources = {source(Progress::kCatchingUp, 1, 9)}, .notes = {}};
  const steady_clock::time_point start{std::chrono::hours{1}};
  log.update(behind, start);
  log.update(behind, start + std::chrono::milliseconds{4'999});
  EXPECT_EQ(lines(LogLevel::kInfo) - before, 1U);
  log.update(behind, start + seconds{5});
  EXPECT_EQ(lines(LogLevel::kInfo) - before, 2U);
}

TEST(StartLog, LogsALastingFaultOnceAndAgainWhenItComesBack) {
  StartLog log;
  const uint64_t before = lines(LogLevel::kError);
  const Readiness fault{.sources = {source(Progress::kFault)}, .notes = {}};
  const Readiness well{.sources = {source(Progress::kCaughtUp)}, .notes = {}};
  for (int times = 0; times < 3; ++times) log.update(fault, steady_clock::time_point{});
  EXPECT_EQ(lines(LogLevel::kError) - before, 1U);
  log.update(well, steady_clock::time_point{});
  log.update(fault, steady_clock::time_point{});
  EXPECT_EQ(lines(LogLevel::kError) - before, 2U);
}

}  // namespace
}  // namespace kpid
