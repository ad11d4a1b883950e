#include "pipeline/window/calendar.h"

#include <gtest/gtest.h>

#include <string>

#include "pipeline/window/window_spec.h"

namespace kpid {
namespace {

using std::chrono::April;
using std::chrono::day;
using std::chrono::Sunday;

EventTime utc(int year, unsigned month, unsigned day_of_month, int hour = 0, int minute = 0) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) /
                               static_cast<int>(day_of_month)} +
         std::chrono::hours{hour} + std::chrono::minutes{minute};
}

/// "start end" of the unit around `time`, after checking that every instant of it agrees.
std::string unit_around(const Calendar& calendar, EventTime time) {
  const EventTime start = calendar.start_of(time);
  const EventTime end = calendar.next_start(time);
  EXPECT_LE(start, time);
  EXPECT_LT(time, end);
  EXPECT_EQ(calendar.start_of(start), start);
  EXPECT_EQ(calendar.next_start(start), end);
  EXPECT_EQ(calendar.start_of(end - Duration{1}), start);
  EXPECT_EQ(calendar.next_start(end - Duration{1}), end);
  EXPECT_EQ(calendar.start_of(end), end);
  EXPECT_LT(calendar.next_start(start - Duration{1}), end);
  EXPECT_LE(end - start, calendar.longest());
  return format_rfc3339(start) + " " + format_rfc3339(end);
}

struct Case {
  const char* zone;
  CalendarUnit unit;
  EventTime time;
  const char* expected;
};

TEST(Calendar, CutsDaysOf23And24And25HoursAtTheMidnightsOfItsZone) {
  const Case cases[] = {
      {"UTC", CalendarUnit::kDay, utc(2026, 3, 29, 12),
       "2026-03-29T00:00:00Z 2026-03-30T00:00:00Z"},
      {"Europe/London", CalendarUnit::kDay, utc(2026, 3, 29, 12),
       "2026-03-29T00:00:00Z 2026-03-29T23:00:00Z"},
      {"Europe/London", CalendarUnit::kDay, utc(2026, 10, 25, 12),
       "2026-10-24T23:00:00Z 2026-10-26T00:00:00Z"},
      {"Europe/London", CalendarUnit::kDay, utc(2026, 7, 1, 22, 59),
       "2026-06-30T23:00:00Z 2026-07-01T23:00:00Z"},
      {"Europe/London", CalendarUnit::kDay, utc(2026, 7, 1, 23),
       "2026-07-01T23:00:00Z 2026-07-02T23:00:00Z"},
      {"Asia/Kolkata", CalendarUnit::kDay, utc(2026, 1, 1, 18, 29),
       "2025-12-31T18:30:00Z 2026-01-01T18:30:00Z"},
      {"Asia/Kolkata", CalendarUnit::kDay, utc(2026, 1, 1, 18, 30),
       "2026-01-01T18:30:00Z 2026-01-02T18:30:00Z"},
      // Half an hour forward and back.
      {"Australia/Lord_Howe", CalendarUnit::kDay, utc(2026, 4, 5, 2),
       "2026-04-04T13:00:00Z 2026-04-05T13:30:00Z"},
      // The clock is set forward at midnight: the day begins at 01:00.
      {"Asia/Beirut", CalendarUnit::kDay, utc(2022, 3, 27, 12),
       "2022-03-26T22:00:00Z 2022-03-27T21:00:00Z"},
      // The clock is set back at midnight: 23:00 to 24:00 comes twice.
      {"America/Sao_Paulo", CalendarUnit::kDay, utc(2018, 2, 18, 2, 30),
       "2018-02-17T02:00:00Z 2018-02-18T03:00:00Z"},
      // Samoa left out the 30th of December.
      {"Pacific/Apia", CalendarUnit::kDay, utc(2011, 12, 30, 9, 59),
       "2011-12-29T10:00:00Z 2011-12-30T10:00:00Z"},
      {"Pacific/Apia", CalendarUnit::kDay, utc(2011, 12, 30, 10),
       "2011-12-30T10:00:00Z 2011-12-31T10:00:00Z"},
      // Behind what the zone's own file lists.
      {"Europe/London", CalendarUnit::kDay, utc(2050, 7, 1, 12),
       "2050-06-30T23:00:00Z 2050-07-01T23:00:00Z"},
      {"Europe/London", CalendarUnit::kDay, utc(2199, 12, 31, 12),
       "2199-12-31T00:00:00Z 2200-01-01T00:00:00Z"},
      {"UTC", CalendarUnit::kDay, utc(1969, 12, 31, 12),
       "1969-12-31T00:00:00Z 1970-01-01T00:00:00Z"},
  };
  for (const Case& c : cases) {
    const Calendar calendar(c.unit, {.time_zone = c.zone});
    EXPECT_EQ(unit_around(calendar, c.time), c.expected) << c.zone << " " << c.expected;
  }
}

TEST(Calendar, CutsMonthsQuartersAndYearsWhereverTheirLengthEnds) {
  const Case cases[] = {
      {"UTC", CalendarUnit::kMonth, utc(2024, 2, 29, 23, 59),
       "2024-02-01T00:00:00Z 2024-03-01T00:00:00Z"},
      {"UTC", CalendarUnit::kMonth, utc(2025, 12, 31, 23, 59),
       "2025-12-01T00:00:00Z 2026-01-01T00:00:00Z"},
      {"Europe/London", CalendarUnit::kMonth, utc(2026, 3, 31, 23),
       "2026-03-31T23:00:00Z 2026-04-30T23:00:00Z"},
      {"UTC", CalendarUnit::kQuarter, utc(2026, 3, 31, 23, 59),
       "2026-01-01T00:00:00Z 2026-04-01T00:00:00Z"},
      {"UTC", CalendarUnit::kQuarter, utc(2026, 12, 31),
       "2026-10-01T00:00:00Z 2027-01-01T00:00:00Z"},
      {"UTC", CalendarUnit::kYear, utc(2024, 2, 29), "2024-01-01T00:00:00Z 2025-01-01T00:00:00Z"},
      {"UTC", CalendarUnit::kYear, utc(2026, 1, 1), "2026-01-01T00:00:00Z 2027-01-01T00:00:00Z"},
  };
  for (const Case& c : cases) {
    const Calendar calendar(c.unit, {.time_zone = c.zone});
    EXPECT_EQ(unit_around(calendar, c.time), c.expected) << c.expected;
  }
}

TEST(Calendar, BeginsWeeksOnTheDayThatTheBusinessSays) {
  // 2026-03-01 is a Sunday.
  const Calendar from_monday(CalendarUnit::kWeek, {});
  EXPECT_EQ(unit_around(from_monday, utc(2026, 3, 1)), "2026-02-23T00:00:00Z 2026-03-02T00:00:00Z");
  EXPECT_EQ(unit_around(from_monday, utc(2026, 3, 2)), "2026-03-02T00:00:00Z 2026-03-09T00:00:00Z");
  const Calendar from_sunday(CalendarUnit::kWeek,
                             {.time_zone = "Europe/London", .week_starts = Sunday});
  EXPECT_EQ(unit_around(from_sunday, utc(2026, 3, 29, 12)),
            "2026-03-29T00:00:00Z 2026-04-04T23:00:00Z");
}

TEST(Calendar, BeginsFiscalYearsAndTheirQuartersOnTheirDay) {
  const CalendarRules rules{.time_zone = "UTC", .year_starts = April / day{6}};
  const Calendar year(CalendarUnit::kYear, rules);
  EXPECT_EQ(unit_around(year, utc(2026, 4, 5, 23, 59)),
            "2025-04-06T00:00:00Z 2026-04-06T00:00:00Z");
  EXPECT_EQ(unit_around(year, utc(2026, 4, 6)), "2026-04-06T00:00:00Z 2027-04-06T00:00:00Z");
  const Calendar quarter(CalendarUnit::kQuarter, rules);
  EXPECT_EQ(unit_around(quarter, utc(2026, 1, 5)), "2025-10-06T00:00:00Z 2026-01-06T00:00:00Z");
  EXPECT_EQ(unit_around(quarter, utc(2026, 1, 6)), "2026-01-06T00:00:00Z 2026-04-06T00:00:00Z");
}

TEST(Calendar, CutsEveryDayOfManyYearsWithoutGapOrOverlap) {
  for (const char* zone : {"Europe/London", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo",
                           "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata"}) {
    const Calendar calendar(CalendarUnit::kDay, {.time_zone = zone});
    EventTime start = calendar.start_of(utc(1971, 1, 2));
    while (start < utc(2045, 1, 1)) {
      const EventTime end = calendar.next_start(start);
      ASSERT_LT(start, end);
      ASSERT_EQ(calendar.start_of(end - Duration{1}), start) << zone << format_rfc3339(start);
      ASSERT_EQ(calendar.start_of(end), end) << zone << format_rfc3339(end);
      start = end;
    }
  }
}

TEST(WindowSpec, OfTheCalendarFollowEachOtherWithoutAGap) {
  const auto window = parse_window("month", {.time_zone = "Europe/London"});
  ASSERT_TRUE(window.has_value());
  EXPECT_TRUE(window->is_calendar());
  EXPECT_EQ(window->name(), "month");
  const EventTime inside = utc(2026, 4, 10);
  const EventTime end = window->next_end(inside);
  EXPECT_EQ(end, utc(2026, 4, 30, 23));
  EXPECT_EQ(window->last_end_around(inside), end);
  EXPECT_EQ(window->last_end(inside), utc(2026, 3, 31, 23));
  EXPECT_EQ(window->last_end(end), end);
  EXPECT_EQ(window->end_before(end), utc(2026, 3, 31, 23));
  EXPECT_EQ(window->ending_at(end), (Window{utc(2026, 3, 31, 23), end}));
  EXPECT_FALSE(window->same_windows(*parse_window("month")));
  EXPECT_TRUE(window->same_windows(*parse_window(" month ", {.time_zone = "Europe/London"})));
}

}  // namespace
}  // namespace kpid
