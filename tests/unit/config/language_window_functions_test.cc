// Formulas over several windows, over all groups, and by the length of a window, from the
// configuration to the values.

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "tests/unit/config/story.h"

namespace kpid {
namespace {

TEST(Language, PreviousIsTheSameOfAnEarlierWindow) {
  const std::vector<std::string_view> events = {
      "2026-03-01T00:00:00Z - 1", "2026-03-01T01:00:00Z - 2", "2026-03-01T01:59:59.999Z - 3",
      "2026-03-01T03:00:00Z - 7"};
  check(
      {{"previous(sum(v))",
        "1h",
        events,
        {"2026-03-01T01:00:00Z 0", "2026-03-01T02:00:00Z 1", "2026-03-01T04:00:00Z 0"}},
       {"previous(sum(v), 2h)",
        "1h",
        events,
        {"2026-03-01T01:00:00Z 0", "2026-03-01T02:00:00Z 0", "2026-03-01T04:00:00Z 5"}},
       {"previous(previous(sum(v)))",
        "1h",
        events,
        {"2026-03-01T01:00:00Z 0", "2026-03-01T02:00:00Z 0", "2026-03-01T04:00:00Z 5"}},
       {"previous(sum(v), 90m)",
        "1h",
        events,
        {"2026-03-01T01:00:00Z 0", "2026-03-01T02:00:00Z 1", "2026-03-01T04:00:00Z 3"}},
       {"sum(v) - previous(sum(v))",
        "2h every 1h",
        events,
        {"2026-03-01T01:00:00Z 1", "2026-03-01T02:00:00Z 6", "2026-03-01T03:00:00Z 4",
         "2026-03-01T04:00:00Z 1", "2026-03-01T05:00:00Z 2"}},
       {"previous(avg(v))",
        "1h",
        events,
        {"2026-03-01T01:00:00Z absent", "2026-03-01T02:00:00Z 1", "2026-03-01T04:00:00Z absent"}}});
}

TEST(Language, PreviousGoesByTheDateInCalendarWindows) {
  const std::vector<std::string_view> events = {
      "2023-02-28T12:00:00Z - 1", "2024-01-31T12:00:00Z - 2", "2024-02-29T12:00:00Z - 3",
      "2024-03-31T12:00:00Z - 4"};
  check({{"previous(sum(v), 1 year)",
          "day",
          events,
          {"2023-03-01T00:00:00Z 0", "2024-02-01T00:00:00Z 0", "2024-03-01T00:00:00Z 1",
           "2024-04-01T00:00:00Z 0"}},
         {"previous(sum(v), 1 month)",
          "day",
          events,
          {"2023-03-01T00:00:00Z 0", "2024-02-01T00:00:00Z 0", "2024-03-01T00:00:00Z 0",
           "2024-04-01T00:00:00Z 3"}},
         {"previous(sum(v))",
          "month",
          events,
          {"2023-03-01T00:00:00Z 0", "2024-02-01T00:00:00Z 0", "2024-03-01T00:00:00Z 2",
           "2024-04-01T00:00:00Z 3"}},
         {"previous(sum(v), 1 year)",
          "month",
          events,
          {"2023-03-01T00:00:00Z 0", "2024-02-01T00:00:00Z 0", "2024-03-01T00:00:00Z 1",
           "2024-04-01T00:00:00Z 0"}}});
}

TEST(Language, WhatTheWindowItselfHasDoesNotMatterToPreviousAlone) {
  const std::vector<std::string_view> events = {"2026-03-01T00:00:00Z a", "2026-03-01T01:00:00Z a",
                                                "2026-03-01T01:00:00Z b", "2026-03-01T02:00:00Z a"};
  check({{.formula = "previous(distinct(g))",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z 0", "2026-03-01T02:00:00Z 1",
                     "2026-03-01T03:00:00Z 2 (estimated)"},
          .top = "limits: {max_distinct: 1}"},
         {.formula = "previous(new(g))",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z 0", "2026-03-01T02:00:00Z 1",
                     "2026-03-01T03:00:00Z absent (over max_keys)"},
          .top = "limits: {max_keys: 1}"}});
}

TEST(Language, GrowthFromNothingIsAbsent) {
  const std::vector<std::string_view> events = {
      "2026-03-01T00:00:00Z - 4", "2026-03-01T01:00:00Z - 5", "2026-03-01T03:00:00Z - 2"};
  check({{"growth(sum(v))",
          "1h",
          events,
          {"2026-03-01T01:00:00Z absent", "2026-03-01T02:00:00Z 0.25",
           "2026-03-01T04:00:00Z absent"}},
         {"growth(sum(v), 3h) * 100",
          "1h",
          events,
          {"2026-03-01T01:00:00Z absent", "2026-03-01T02:00:00Z absent",
           "2026-03-01T04:00:00Z -50"}}});
}

TEST(Language, RatesGoByTheLengthOfTheWindow) {
  const std::vector<std::string_view> events = {
      "2026-03-28T12:00:00Z - 24", "2026-03-29T12:00:00Z - 23", "2026-10-25T12:00:00Z - 25"};
  check({{.formula = "per_hour(sum(v))",
          .windows = "day",
          .events = events,
          .values = {"2026-03-29T00:00:00Z 1", "2026-03-29T23:00:00Z 1", "2026-10-26T00:00:00Z 1"},
          .top = "time_zone: Europe/London"},
         {.formula = "previous(per_hour(sum(v)))",
          .windows = "day",
          .events = events,
          .values = {"2026-03-29T00:00:00Z 0", "2026-03-29T23:00:00Z 1", "2026-10-26T00:00:00Z 0"},
          .top = "time_zone: Europe/London"}});
  check_values({"2026-03-01T00:00:00Z - 7200"},
               {{"per_second(sum(v))", "2"},
                {"per_minute(sum(v))", "120"},
                {"per_hour(sum(v))", "7200"},
                {"per_day(sum(v))", "172800"},
                {"per_second(count(s))", "0.0002777777777777778"}});
}

TEST(Language, SharesOfTheTotalAddUpToOne) {
  const std::vector<std::string_view> events = {
      "2026-03-01T00:00:00Z a 3", "2026-03-01T00:00:00Z b 1", "2026-03-01T01:00:00Z a 5",
      "2026-03-01T02:00:00Z a 1", "2026-03-01T02:00:00Z b -1"};
  check({{.formula = "share_of_total(sum(v))",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z a 0.75 b 0.25", "2026-03-01T02:00:00Z a 1",
                     "2026-03-01T03:00:00Z a absent b absent"},
          .by = "g"},
         {.formula = "share_of_total(2 * sum(v) - count(s) / 4)",
          .windows = "1h",
          .events = {"2026-03-01T00:00:00Z a 3", "2026-03-01T00:00:00Z b 1"},
          .values = {"2026-03-01T01:00:00Z a 0.7666666666666667 b 0.23333333333333334"},
          .by = "g"},
         {.formula = "share_of_total(sum(v)) - previous(share_of_total(sum(v)))",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z a absent b absent", "2026-03-01T02:00:00Z a 0.25",
                     "2026-03-01T03:00:00Z a absent b absent"},
          .by = "g"},
         {.formula = "share_of_total(per_hour(sum(v)))",
          .windows = "1h",
          .events = {"2026-03-01T00:00:00Z a 3"},
          .values = {"2026-03-01T01:00:00Z 1"}}});
}

TEST(Language, MovingAveragesLeaveOutWhatIsAbsent) {
  const std::vector<std::string_view> events = {
      "2026-03-01T00:00:00Z - 4", "2026-03-01T01:00:00Z - 2", "2026-03-01T04:00:00Z - 8"};
  check(
      {{"moving_average(sum(v), 2)",
        "1h",
        events,
        {"2026-03-01T01:00:00Z 2", "2026-03-01T02:00:00Z 3", "2026-03-01T05:00:00Z 4"}},
       {"moving_average(avg(v), 3)",
        "1h",
        events,
        {"2026-03-01T01:00:00Z 4", "2026-03-01T02:00:00Z 3", "2026-03-01T05:00:00Z 8"}},
       {"moving_average(avg(v where v > 5), 4)",
        "1h",
        events,
        {"2026-03-01T01:00:00Z absent", "2026-03-01T02:00:00Z absent", "2026-03-01T05:00:00Z 8"}}});
}

}  // namespace
}  // namespace kpid
