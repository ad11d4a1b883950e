#include "daemon/load/load_start.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include "daemon/load/generate_load.h"

namespace kpid {
namespace {

using namespace std::chrono_literals;

const EventTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 3 / 29}};

GenerateLoadOptions load_of(uint64_t events, double rate, double events_per_second) {
  GenerateLoadOptions options;
  options.events = events;
  options.rate = rate;
  options.shape.events_per_second = events_per_second;
  return options;
}

TEST(LoadStart, IsAsLateAsTheLastEventIsNotAheadOfTheClock) {
  struct Case {
    uint64_t events;
    double rate;
    double events_per_second;
    Duration before_now;
    const char* why;
  };
  const Case cases[] = {
      {180'000, 0, 100, 30min, "as fast as it goes: it ends now"},
      {180'000, 100, 100, 0s, "as fast as its event time: it begins now"},
      {180'000, 1'000, 100, 27min, "ten times as fast: the last is sent after three minutes"},
      {180'000, 50, 100, 0s, "half as fast: event time falls behind the clock by itself"},
      {0, 100, 100, 0s, "without end"},
      {0, 0, 100, 0s, "without end, as fast as it goes"},
      {1, 0, 100, 10ms, "a single event"},
  };
  for (const Case& c : cases) {
    const auto options = load_of(c.events, c.rate, c.events_per_second);
    EXPECT_EQ(start_of_load(options, kNow), kNow - c.before_now) << c.why;
  }
}

TEST(LoadStart, IsWhatIsGivenOrNowWhereThatIsAsked) {
  GenerateLoadOptions options = load_of(180'000, 0, 100);
  options.start = LoadStart::kNow;
  EXPECT_EQ(start_of_load(options, kNow), kNow);
  options.start = LoadStart::kGiven;
  options.shape.start = kNow + 1h;
  EXPECT_EQ(start_of_load(options, kNow), kNow + 1h);
}

TEST(LoadStart, IsRefusedWhereEventTimesWouldBeOutOfTheirBounds) {
  GenerateLoadOptions options = load_of(100, 0, 100);
  options.shape.disorder = 1s;
  options.shape.lateness = 2s;
  EXPECT_TRUE(fits_event_time(options, kEarliestEventTime + 3s));
  EXPECT_FALSE(fits_event_time(options, kEarliestEventTime + 3s - 1ms));
  EXPECT_TRUE(fits_event_time(options, kEndOfEventTime - 1s));
  EXPECT_FALSE(fits_event_time(options, kEndOfEventTime - 1s + 1ms));
  EXPECT_FALSE(fits_event_time(load_of(UINT64_MAX, 0, 1e-9), kNow));
}

TEST(LoadStart, EndsTheCommandAsWrongUsageWhereItIsRefused) {
  GenerateLoadOptions options = load_of(1'000'000, 0, 0.0001);
  options.output = "-";
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::tmpfile(), close);
  EXPECT_EQ(generate_load(options, file.get(), file.get()), kExitUsage);
}

}  // namespace
}  // namespace kpid
