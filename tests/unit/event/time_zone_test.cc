#include "pipeline/event/time_zone.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace kpid {
namespace {

TimeZone zone(std::string_view name) {
  const std::optional<TimeZone> found = TimeZone::find(name);
  EXPECT_TRUE(found.has_value()) << name;
  return *found;
}

EventTime utc(int year, unsigned month, unsigned day, std::chrono::milliseconds clock = {}) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) /
                               static_cast<int>(day)} +
         clock;
}

/// What the clock of a zone shows, as text.
std::string shown(std::string_view name, EventTime time) {
  ZoneClock clock(zone(name));
  const auto reading = clock.read(time).time_since_epoch();
  std::string text = format_rfc3339(EventTime{reading});
  text.pop_back();
  return text;
}

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct ReadingCase {
  EventTime time;
  std::string_view zone;
  std::string_view reading;
};

void check(const std::vector<ReadingCase>& cases) {
  for (const auto& [time, name, reading] : cases) {
    EXPECT_EQ(shown(name, time), reading) << name << " at " << format_rfc3339(time);
  }
}

TEST(ZoneClock, ChangesAtTheInstantOfTheChange) {
  const EventTime spring = utc(2026, 3, 29, hours{1});
  const EventTime autumn = utc(2026, 10, 25, hours{1});
  check({
      {spring - milliseconds{1}, "Europe/London", "2026-03-29T00:59:59"},
      {spring, "Europe/London", "2026-03-29T02:00:00"},
      {autumn - milliseconds{1}, "Europe/London", "2026-10-25T01:59:59"},
      {autumn, "Europe/London", "2026-10-25T01:00:00"},
      {autumn + hours{1}, "Europe/London", "2026-10-25T02:00:00"},
      {spring, "UTC", "2026-03-29T01:00:00"},
      {utc(2026, 3, 8, hours{10}) - milliseconds{1}, "America/Los_Angeles", "2026-03-08T01:59:59"},
      {utc(2026, 3, 8, hours{10}), "America/Los_Angeles", "2026-03-08T03:00:00"},
  });
}

TEST(ZoneClock, KnowsOffsetsOfHalvesAndQuartersOfAnHour) {
  check({
      {utc(2026, 1, 1, hours{18} + minutes{30}) - milliseconds{1}, "Asia/Kolkata",
       "2026-01-01T23:59:59"},
      {utc(2026, 1, 1, hours{18} + minutes{30}), "Asia/Kolkata", "2026-01-02T00:00:00"},
      {utc(2026, 1, 1), "Asia/Kathmandu", "2026-01-01T05:45:00"},
      {utc(2026, 1, 1), "Australia/Lord_Howe", "2026-01-01T11:00:00"},
      {utc(2026, 4, 4, hours{15}), "Australia/Lord_Howe", "2026-04-05T01:30:00"},
      {utc(2026, 7, 1), "Australia/Lord_Howe", "2026-07-01T10:30:00"},
  });
}

TEST(ZoneClock, ReadsTheRulesOfThePast) {
  check({
      {utc(1969, 12, 31, hours{23}), "Europe/London", "1970-01-01T00:00:00"},
      {utc(1969, 12, 31, hours{23}), "Europe/Berlin", "1970-01-01T00:00:00"},
      {EventTime{milliseconds{-1}}, "UTC", "1969-12-31T23:59:59"},
      {utc(1944, 7, 1), "Europe/London", "1944-07-01T02:00:00"},
      {utc(2011, 12, 30, hours{10}) - milliseconds{1}, "Pacific/Apia", "2011-12-29T23:59:59"},
      {utc(2011, 12, 30, hours{10}), "Pacific/Apia", "2011-12-31T00:00:00"},
  });
}

TEST(ZoneClock, GoesOnByTheRulesWhereTheFilesEnd) {
  // The last Sundays of March and October, in years whose changes no file lists.
  check({
      {utc(2099, 3, 29, hours{1}) - milliseconds{1}, "Europe/London", "2099-03-29T00:59:59"},
      {utc(2099, 3, 29, hours{1}), "Europe/London", "2099-03-29T02:00:00"},
      {utc(2099, 10, 25, hours{1}) - milliseconds{1}, "Europe/London", "2099-10-25T01:59:59"},
      {utc(2099, 10, 25, hours{1}), "Europe/London", "2099-10-25T01:00:00"},
      {utc(2096, 2, 29, hours{12}), "Europe/London", "2096-02-29T12:00:00"},
      {utc(2037, 7, 1), "Europe/London", "2037-07-01T01:00:00"},
      {utc(2038, 1, 19), "Australia/Sydney", "2038-01-19T11:00:00"},
      {utc(2038, 7, 19), "Australia/Sydney", "2038-07-19T10:00:00"},
  });
}

TEST(ZoneClock, ReadsTheFirstAndTheLastInstant) {
  const EventTime first{milliseconds{std::numeric_limits<int64_t>::min()}};
  const EventTime last{milliseconds{std::numeric_limits<int64_t>::max()}};
  const auto reading = [](std::string_view name, EventTime time) {
    return ZoneClock(zone(name)).read(time).time_since_epoch().count();
  };
  EXPECT_EQ(reading("UTC", first), -9'223'372'036'854'776);
  EXPECT_EQ(reading("UTC", last), 9'223'372'036'854'775);
  EXPECT_EQ(reading("Asia/Kolkata", last), 9'223'372'036'854'775 + 19'800);
  EXPECT_EQ(reading("Europe/London", last), 9'223'372'036'854'775 + 3'600);  // in August
}

TEST(ZoneClock, ReadsInstantsInAnyOrderAlike) {
  ZoneClock clock(zone("Europe/London"));
  const std::vector<std::pair<EventTime, int>> cases = {
      {utc(2026, 7, 1), 1}, {utc(2026, 1, 1), 0}, {utc(2099, 7, 1), 1},
      {utc(2026, 7, 1), 1}, {utc(2099, 1, 1), 0}, {utc(2026, 12, 1), 0}};
  for (const auto& [time, ahead] : cases) {
    EXPECT_EQ(clock.read(time).time_since_epoch(),
              std::chrono::floor<seconds>(time.time_since_epoch()) + hours{ahead})
        << format_rfc3339(time);
  }
}

TEST(ZoneClock, ChangesInTheMidstOfReadingToo) {
  const EventTime spring = utc(2026, 3, 29, hours{1});
  ZoneClock clock(zone("Europe/London"));
  for (const EventTime time : {spring - milliseconds{1}, spring, spring - milliseconds{1}}) {
    EXPECT_EQ(clock.read(time).time_since_epoch(),
              std::chrono::floor<seconds>(time.time_since_epoch()) + hours{time < spring ? 0 : 1});
  }
}

TEST(ZoneClock, GoesOnByTheRulesForAsLongAsTimeHasNumbers) {
  constexpr std::chrono::days kFourCenturies{146'097};
  for (const int64_t times : {0, 1, 2, 3, 60, 80, 81, 82, 1'000, 730'000}) {
    ZoneClock clock(zone("Europe/London"));
    const EventTime winter = utc(2099, 1, 1) + times * kFourCenturies;
    const EventTime summer = utc(2099, 7, 1) + times * kFourCenturies;
    EXPECT_EQ(clock.read(winter).time_since_epoch(), winter.time_since_epoch()) << times;
    EXPECT_EQ(clock.read(summer).time_since_epoch(), summer.time_since_epoch() + hours{1}) << times;
  }
}

TEST(TimeZone, SaysBetweenWhichInstantsAnOffsetStays) {
  const ZoneOffset offset = zone("Europe/London").offset_at(utc(2026, 7, 1));
  EXPECT_EQ(offset.ahead, hours{1});
  EXPECT_EQ(offset.start, utc(2026, 3, 29, hours{1}));
  EXPECT_EQ(offset.end, utc(2026, 10, 25, hours{1}));
  const ZoneOffset later = zone("Europe/London").offset_at(utc(2099, 7, 1));
  EXPECT_EQ(later.ahead, hours{1});
  EXPECT_EQ(later.start, later.end);  // no file says
}

TEST(TimeZone, FindsBackWhatItsClockShowed) {
  for (const std::string_view name : {"Europe/London", "Asia/Kolkata", "America/New_York"}) {
    ZoneClock clock(zone(name));
    for (EventTime time = utc(2019, 12, 1); time < utc(2045, 1, 1); time += hours{24 * 11 + 7}) {
      EXPECT_EQ(zone(name).to_utc(LocalTime{clock.read(time).time_since_epoch()}), time) << name;
    }
  }
}

}  // namespace
}  // namespace kpid
