#include "pipeline/window/look_back.h"

#include <gtest/gtest.h>

#include <string>

namespace kpid {
namespace {

using Unit = LookBack::Unit;
using std::chrono::April;
using std::chrono::day;
using std::chrono::Sunday;

constexpr int64_t kDayMs = 86'400'000;

constexpr LookBack windows(int64_t amount) { return {Unit::kWindow, amount}; }
constexpr LookBack milliseconds(int64_t amount) { return {Unit::kMillisecond, amount}; }
constexpr LookBack hours(int64_t amount) { return milliseconds(amount * 3'600'000); }
constexpr LookBack days(int64_t amount) { return {Unit::kDay, amount}; }
constexpr LookBack weeks(int64_t amount) { return {Unit::kWeek, amount}; }
constexpr LookBack months(int64_t amount) { return {Unit::kMonth, amount}; }
constexpr LookBack quarters(int64_t amount) { return {Unit::kQuarter, amount}; }
constexpr LookBack years(int64_t amount) { return {Unit::kYear, amount}; }

EventTime utc(int year, unsigned month, unsigned day_of_month, int hour = 0, int minute = 0) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) /
                               static_cast<int>(day_of_month)} +
         std::chrono::hours{hour} + std::chrono::minutes{minute};
}

WindowSpec window(const char* text, const CalendarRules& rules = {}) {
  return parse_window(text, rules).value();
}

CalendarRules zone(const char* name) { return {.time_zone = name}; }

/// The window of `spec` that has `time` in it; the earliest of several.
Window around(const WindowSpec& spec, EventTime time) {
  return spec.ending_at(spec.next_end(time));
}

std::string text_of(const Window& window) {
  return format_rfc3339(window.start) + " " + format_rfc3339(window.end);
}

/// What looking `span` back from the window around `time` finds.
std::string earlier_text(const WindowSpec& spec, EventTime time, const LookBack& span) {
  EXPECT_FALSE(check_earlier(spec, span).has_value()) << spec.name() << " " << to_string(span);
  return text_of(earlier(spec, around(spec, time), span));
}

std::string memory_text(const WindowSpec& spec, EventTime time, const LookBack& span) {
  EXPECT_FALSE(check_memory(spec, span).has_value()) << spec.name() << " " << to_string(span);
  return text_of(memory_before(spec, around(spec, time), span));
}

std::string said(const std::optional<LookBackMistake>& mistake) {
  return mistake ? mistake->text + "; " + mistake->hint : "";
}

TEST(LookBack, ReadsAsAUserWouldWriteIt) {
  const std::pair<LookBack, const char*> cases[] = {
      {windows(1), "1 window"},      {windows(2), "2 windows"},
      {hours(24 * 7), "7d"},         {hours(36), "36h"},
      {milliseconds(90'000), "90s"}, {milliseconds(1'500), "1500ms"},
      {milliseconds(120'000), "2m"}, {days(1), "1 day"},
      {weeks(52), "52 weeks"},       {months(3), "3 months"},
      {quarters(1), "1 quarter"},    {years(1), "1 year"},
  };
  for (const auto& [span, text] : cases) EXPECT_EQ(to_string(span), text);
}

struct Case {
  WindowSpec spec;
  EventTime time;
  LookBack span;
  const char* expected;
};

TEST(LookBack, MovesFixedWindowsByFixedLengths) {
  const Case cases[] = {
      {window("1h"), utc(2026, 3, 29, 1), {}, "2026-03-29T00:00:00Z 2026-03-29T01:00:00Z"},
      {window("1h"), utc(2026, 3, 29, 1), windows(3), "2026-03-28T22:00:00Z 2026-03-28T23:00:00Z"},
      {window("1h"), utc(2026, 3, 29, 1), hours(24 * 7),
       "2026-03-22T01:00:00Z 2026-03-22T02:00:00Z"},
      {window("1h"), utc(2026, 3, 29, 1), days(7), "2026-03-22T01:00:00Z 2026-03-22T02:00:00Z"},
      {window("1h"), utc(2026, 3, 29, 1), weeks(1), "2026-03-22T01:00:00Z 2026-03-22T02:00:00Z"},
      {window("1h"), utc(2026, 3, 29, 1), milliseconds(30 * 60'000),
       "2026-03-29T00:30:00Z 2026-03-29T01:30:00Z"},
      // One that hops goes back by its size, not by its slide.
      {window("1h every 10m"),
       utc(2026, 3, 29, 1, 5),
       {},
       "2026-03-28T23:10:00Z 2026-03-29T00:10:00Z"},
      {window("1d"), utc(1970, 1, 1), {}, "1969-12-31T00:00:00Z 1970-01-01T00:00:00Z"},
  };
  for (const Case& c : cases) EXPECT_EQ(earlier_text(c.spec, c.time, c.span), c.expected);
}

TEST(LookBack, MovesDaysByTheDateThroughDaysOf23And25Hours) {
  const WindowSpec london = window("day", zone("Europe/London"));
  const WindowSpec new_york = window("day", zone("America/New_York"));
  const WindowSpec lord_howe = window("day", zone("Australia/Lord_Howe"));
  const Case cases[] = {
      // March 29 has 23 hours in London, October 25 has 25.
      {london, utc(2026, 3, 30, 12), {}, "2026-03-29T00:00:00Z 2026-03-29T23:00:00Z"},
      {london, utc(2026, 3, 29, 12), {}, "2026-03-28T00:00:00Z 2026-03-29T00:00:00Z"},
      {london, utc(2026, 10, 26, 12), days(1), "2026-10-24T23:00:00Z 2026-10-26T00:00:00Z"},
      {london, utc(2026, 4, 4, 12), hours(24 * 7), "2026-03-28T00:00:00Z 2026-03-29T00:00:00Z"},
      {london, utc(2026, 4, 5, 12), weeks(1), "2026-03-29T00:00:00Z 2026-03-29T23:00:00Z"},
      {new_york, utc(2026, 3, 9, 12), {}, "2026-03-08T05:00:00Z 2026-03-09T04:00:00Z"},
      {new_york, utc(2026, 11, 2, 12), days(1), "2026-11-01T04:00:00Z 2026-11-02T05:00:00Z"},
      {window("day", zone("Asia/Kolkata")), utc(2026, 1, 1, 18, 30), days(1),
       "2025-12-31T18:30:00Z 2026-01-01T18:30:00Z"},
      // Half an hour back, and half an hour forward.
      {lord_howe, utc(2026, 4, 5, 20), {}, "2026-04-04T13:00:00Z 2026-04-05T13:30:00Z"},
      {lord_howe, utc(2026, 10, 5, 2), days(1), "2026-10-03T13:30:00Z 2026-10-04T13:00:00Z"},
  };
  for (const Case& c : cases) EXPECT_EQ(earlier_text(c.spec, c.time, c.span), c.expected);
}

TEST(LookBack, TakesTheLastOfAMonthForADayThatItDoesNotHave) {
  const WindowSpec day = window("day");
  const Case cases[] = {
      {day, utc(2024, 2, 29), years(1), "2023-02-28T00:00:00Z 2023-03-01T00:00:00Z"},
      {day, utc(2024, 2, 29), years(4), "2020-02-29T00:00:00Z 2020-03-01T00:00:00Z"},
      {day, utc(2025, 2, 28), years(1), "2024-02-28T00:00:00Z 2024-02-29T00:00:00Z"},
      {day, utc(2025, 3, 1), years(1), "2024-03-01T00:00:00Z 2024-03-02T00:00:00Z"},
      {day, utc(2026, 3, 31), months(1), "2026-02-28T00:00:00Z 2026-03-01T00:00:00Z"},
      {day, utc(2024, 3, 31), months(1), "2024-02-29T00:00:00Z 2024-03-01T00:00:00Z"},
      {day, utc(2026, 3, 28), months(1), "2026-02-28T00:00:00Z 2026-03-01T00:00:00Z"},
      {day, utc(2026, 1, 31), months(1), "2025-12-31T00:00:00Z 2026-01-01T00:00:00Z"},
      {day, utc(2026, 5, 31), quarters(1), "2026-02-28T00:00:00Z 2026-03-01T00:00:00Z"},
      {window("day", zone("Europe/London")), utc(2026, 4, 29, 12), months(1),
       "2026-03-29T00:00:00Z 2026-03-29T23:00:00Z"},
  };
  for (const Case& c : cases) EXPECT_EQ(earlier_text(c.spec, c.time, c.span), c.expected);
}

TEST(LookBack, MovesWeeksMonthsQuartersAndYearsAsTheBusinessCountsThem) {
  const CalendarRules fiscal{
      .time_zone = "Europe/London", .week_starts = Sunday, .year_starts = April / day{6}};
  const Case cases[] = {
      {window("week", fiscal), utc(2026, 4, 7), {}, "2026-03-29T00:00:00Z 2026-04-04T23:00:00Z"},
      {window("week", fiscal), utc(2026, 4, 7), hours(24 * 14),
       "2026-03-22T00:00:00Z 2026-03-29T00:00:00Z"},
      {window("week", fiscal), utc(2026, 4, 7), weeks(52),
       "2025-04-05T23:00:00Z 2025-04-12T23:00:00Z"},
      {window("month", fiscal), utc(2026, 4, 7), months(1),
       "2026-03-01T00:00:00Z 2026-03-31T23:00:00Z"},
      {window("month", fiscal), utc(2026, 4, 7), quarters(1),
       "2026-01-01T00:00:00Z 2026-02-01T00:00:00Z"},
      {window("month"), utc(2024, 2, 10), years(1), "2023-02-01T00:00:00Z 2023-03-01T00:00:00Z"},
      {window("quarter", fiscal), utc(2026, 4, 6), months(3),
       "2026-01-06T00:00:00Z 2026-04-05T23:00:00Z"},
      {window("quarter", fiscal), utc(2026, 4, 6), years(1),
       "2025-04-05T23:00:00Z 2025-07-05T23:00:00Z"},
      {window("year", fiscal), utc(2026, 4, 6), {}, "2025-04-05T23:00:00Z 2026-04-05T23:00:00Z"},
      {window("year", fiscal), utc(2026, 4, 5), quarters(8),
       "2023-04-05T23:00:00Z 2024-04-05T23:00:00Z"},
      {window("year"), utc(2026, 4, 5), months(24), "2024-01-01T00:00:00Z 2025-01-01T00:00:00Z"},
      {window("year"), utc(2026, 4, 5), years(100), "1926-01-01T00:00:00Z 1927-01-01T00:00:00Z"},
  };
  for (const Case& c : cases) EXPECT_EQ(earlier_text(c.spec, c.time, c.span), c.expected);
}

TEST(LookBack, TakesTheDayBeforeForOneThatTheZoneLeftOut) {
  // Samoa went from December 29 to December 31.
  const WindowSpec day = window("day", zone("Pacific/Apia"));
  const char* const the_29th = "2011-12-29T10:00:00Z 2011-12-30T10:00:00Z";
  EXPECT_EQ(earlier_text(day, utc(2011, 12, 30, 10), {}), the_29th);
  EXPECT_EQ(earlier_text(day, utc(2011, 12, 30, 10), days(1)), the_29th);
  EXPECT_EQ(earlier_text(day, utc(2011, 12, 30, 10), days(2)), the_29th);
  EXPECT_EQ(earlier_text(day, utc(2012, 1, 1), windows(2)), the_29th);
  EXPECT_EQ(earlier_text(day, utc(2012, 1, 29, 12), months(1)), the_29th);
  EXPECT_EQ(memory_text(day, utc(2011, 12, 30, 10), days(1)), the_29th);
  // Years of windows, with that day in the first of them, in the last, and in none.
  EXPECT_EQ(earlier_text(day, utc(2013, 1, 1), windows(368)), the_29th);
  EXPECT_EQ(earlier_text(day, utc(2013, 12, 31, 12), windows(733)), the_29th);
  EXPECT_EQ(earlier_text(day, utc(2012, 12, 31, 12), windows(366)),
            "2011-12-31T10:00:00Z 2012-01-01T10:00:00Z");
}

TEST(LookBack, RemembersTheStretchThatEndsWhereTheWindowStarts) {
  const WindowSpec london = window("day", zone("Europe/London"));
  const WindowSpec month = window("month", zone("Europe/London"));
  const Case cases[] = {
      {window("1h"), utc(2026, 1, 1, 1), {}, "2026-01-01T00:00:00Z 2026-01-01T01:00:00Z"},
      {window("1h every 10m"),
       utc(2026, 1, 1, 1, 5),
       {},
       "2025-12-31T23:10:00Z 2026-01-01T00:10:00Z"},
      {window("1h"), utc(2026, 1, 1, 1), days(1), "2025-12-31T01:00:00Z 2026-01-01T01:00:00Z"},
      {window("1h"), utc(2026, 1, 1, 1), milliseconds(1),
       "2026-01-01T00:59:59.999Z 2026-01-01T01:00:00Z"},
      {london, utc(2026, 4, 1), days(3), "2026-03-29T00:00:00Z 2026-03-31T23:00:00Z"},
      {london, utc(2026, 4, 1), months(1), "2026-03-01T00:00:00Z 2026-03-31T23:00:00Z"},
      {month, utc(2026, 4, 7), {}, "2026-03-01T00:00:00Z 2026-03-31T23:00:00Z"},
      {month, utc(2026, 4, 7), weeks(1), "2026-03-25T00:00:00Z 2026-03-31T23:00:00Z"},
      {month, utc(2026, 4, 7), hours(24 * 2), "2026-03-29T23:00:00Z 2026-03-31T23:00:00Z"},
      {month, utc(2026, 4, 7), years(1), "2025-03-31T23:00:00Z 2026-03-31T23:00:00Z"},
      {window("week"), utc(2026, 4, 7), months(1), "2026-03-06T00:00:00Z 2026-04-06T00:00:00Z"},
  };
  for (const Case& c : cases) EXPECT_EQ(memory_text(c.spec, c.time, c.span), c.expected);
}

struct Refusal {
  const char* window;
  LookBack span;
  const char* expected;
};

TEST(LookBack, SaysWhatToWriteWhereWindowsDoNotMoveThatFar) {
  const Refusal cases[] = {
      {"1h", months(1),
       "'1h' is a fixed window, and a month has no fixed length; "
       "write 30d, or use a calendar window such as 'day' or 'month'"},
      {"1h every 10s", quarters(1),
       "'1h every 10s' is a fixed window, and a quarter has no fixed length; "
       "write 91d, or use a calendar window such as 'day' or 'month'"},
      {"30d", years(1),
       "'30d' is a fixed window, and a year has no fixed length; "
       "write 365d, or use a calendar window such as 'day' or 'month'"},
      {"day", hours(36), "the window 'day' moves by whole days, not by 36h; write 2 days"},
      {"day", hours(1), "the window 'day' moves by whole days, not by 1h; write 1 day"},
      {"week", days(10), "the window 'week' moves by whole weeks, not by 10 days; write 1 week"},
      {"week", years(1), "the window 'week' moves by whole weeks, not by 1 year; write 52 weeks"},
      {"week", years(100),
       "the window 'week' moves by whole weeks, not by 100 years; write 5217 weeks"},
      {"month", hours(24 * 30),
       "the window 'month' moves by whole months, not by 30d; write 1 month"},
      {"month", weeks(4),
       "the window 'month' moves by whole months, not by 4 weeks; write 1 month"},
      {"quarter", months(4),
       "the window 'quarter' moves by whole quarters, not by 4 months; write 1 quarter"},
      {"year", months(18),
       "the window 'year' moves by whole years, not by 18 months; write 2 years"},
      {"year", quarters(3),
       "the window 'year' moves by whole years, not by 3 quarters; write 1 year"},
      {"year", hours(24 * 365),
       "the window 'year' moves by whole years, not by 365d; write 1 year"},
      {"day", milliseconds(0), "'0d' is no time to look back; write a length of time above 0"},
      {"1h", days(-1), "'-1 days' is no time to look back; write a length of time above 0"},
  };
  for (const Refusal& c : cases) {
    EXPECT_EQ(said(check_earlier(window(c.window), c.span)), c.expected);
  }
}

TEST(LookBack, RemembersWholeDaysBeforeCalendarWindowsAndFixedLengthsBeforeFixedOnes) {
  EXPECT_EQ(said(check_memory(window("month"), hours(36))),
            "the memory of the window 'month' is whole days, not 36h; write 2 days");
  EXPECT_EQ(said(check_memory(window("1h"), years(2))),
            "'1h' is a fixed window, and a year has no fixed length; "
            "write 730d, or use a calendar window such as 'day' or 'month'");
  EXPECT_EQ(said(check_memory(window("week"), years(1))), "");
  EXPECT_EQ(said(check_memory(window("year"), days(1))), "");
}

TEST(LookBack, GoesBackAHundredYearsAndNotFurther) {
  struct Most {
    const char* window;
    Unit unit;
    int64_t amount;
    const char* expected;
  };
  const Most cases[] = {
      {"1h", Unit::kMillisecond, 36'525 * kDayMs,
       "'3155760000001ms' is longer than a hundred years; write at most 36525d"},
      {"day", Unit::kDay, 36'525,
       "'36526 days' is longer than a hundred years; write at most 36525 days"},
      {"week", Unit::kWeek, 5'217,
       "'5218 weeks' is longer than a hundred years; write at most 5217 weeks"},
      {"month", Unit::kMonth, 1'200,
       "'1201 months' is longer than a hundred years; write at most 1200 months"},
      {"quarter", Unit::kQuarter, 400,
       "'401 quarters' is longer than a hundred years; write at most 400 quarters"},
      {"year", Unit::kYear, 100,
       "'101 years' is longer than a hundred years; write at most 100 years"},
      {"year", Unit::kWindow, 100,
       "101 windows of 'year' are longer than a hundred years; write at most 100 windows"},
      {"365d", Unit::kWindow, 100,
       "101 windows of '365d' are longer than a hundred years; write at most 100 windows"},
  };
  for (const Most& c : cases) {
    EXPECT_EQ(said(check_earlier(window(c.window), {c.unit, c.amount})), "");
    EXPECT_EQ(said(check_memory(window(c.window), {c.unit, c.amount})), "");
    EXPECT_EQ(said(check_earlier(window(c.window), {c.unit, c.amount + 1})), c.expected);
    EXPECT_EQ(said(check_memory(window(c.window), {c.unit, c.amount + 1})), c.expected);
  }
  const LookBack farthest{Unit::kYear, INT64_MAX};
  EXPECT_NE(said(check_earlier(window("year"), farthest)), "");
  EXPECT_NE(said(check_memory(window("1h"), farthest)), "");
}

TEST(LookBack, CutsFixedWindowsAtWhatTheirSlideAndTheSpanHaveInCommon) {
  struct Cut {
    const char* window;
    LookBack span;
    const char* expected;  ///< empty: none
  };
  const Cut cases[] = {
      {"1h", {}, ""},
      {"1h every 10m", windows(7), ""},
      {"1h", days(1), ""},
      {"1h every 10m", milliseconds(30 * 60'000), ""},
      {"1h", milliseconds(30 * 60'000), "30m"},
      {"1h every 10m", milliseconds(25 * 60'000), "5m"},
      {"7d", days(1), "1d"},
      {"7d", weeks(3), ""},
      {"10s", milliseconds(3), "1ms"},
  };
  for (const Cut& c : cases) {
    for (const auto& cuts :
         {cuts_of_earlier(window(c.window), c.span), cuts_of_memory(window(c.window), c.span)}) {
      EXPECT_EQ(cuts ? cuts->name() : "", c.expected) << c.window << " " << to_string(c.span);
      if (cuts) {
        EXPECT_TRUE(cuts->same_windows(window(c.expected)));
      }
    }
  }
}

TEST(LookBack, CutsSeveralStepsAtWhatAllOfThemHaveInCommon) {
  const WindowSpec spec = window("10s");
  const auto first = cuts_of_earlier(spec, milliseconds(5'000));
  ASSERT_TRUE(first.has_value());
  const auto second = cuts_of_earlier(*first, milliseconds(4'000));
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->slide(), std::chrono::seconds{1});  // 9 s back from a multiple of 10 s
}

TEST(LookBack, CutsAMemoryBeforeCalendarWindowsAtMidnightsUnlessItIsWholeUnits) {
  const CalendarRules rules{.time_zone = "Europe/London", .year_starts = April / day{6}};
  struct Cut {
    const char* window;
    LookBack span;
    bool at_midnights;
  };
  const Cut cases[] = {
      {"day", days(30), false},      {"day", months(1), false},    {"week", {}, false},
      {"week", weeks(4), false},     {"week", days(14), false},    {"week", days(10), true},
      {"week", months(1), true},     {"month", years(1), false},   {"month", days(30), true},
      {"quarter", months(3), false}, {"quarter", months(2), true}, {"year", quarters(4), false},
      {"year", quarters(1), true},   {"year", hours(24), true},
  };
  for (const Cut& c : cases) {
    const auto cuts = cuts_of_memory(window(c.window, rules), c.span);
    EXPECT_EQ(cuts.has_value(), c.at_midnights) << c.window << " " << to_string(c.span);
    if (cuts) {
      EXPECT_EQ(*cuts, window("day", rules));
    }
    EXPECT_FALSE(cuts_of_earlier(window(c.window, rules), c.span).has_value());
  }
}

}  // namespace
}  // namespace kpid
