// Formulas over several windows, groups and sources, from the configuration to the values: what an
// analyst types, and every window that comes out.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/configured_engine.h"

namespace kpid {
namespace {

/// Events are lines `TIME GROUP AMOUNT NAME` of the source `s`, with the fields at, g, v and n; `-`
/// is null. A line `---` begins a further partition. Each window is a line `END VALUES`, a value
/// with its group before it where there is one.
struct Story {
  std::string_view formula;
  std::string_view windows;
  std::vector<std::string_view> events;
  std::vector<std::string> values;
  std::string_view by = "";
  std::string_view top = "";   ///< further lines of the configuration
  std::string_view kpis = "";  ///< further KPIs
};

std::string quoted(std::string_view formula) {
  std::string text = "'";
  for (const char c : formula) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

std::string configuration_of(const Story& story) {
  return fmt::format(
      "{}\n"
      "sources:\n"
      "  s:\n"
      "    topic: s\n"
      "    format: json\n"
      "    time: {{field: at, format: rfc3339}}\n"
      "    disorder: 5d\n"
      "    fields: {{g: string, v: decimal, n: string, at: time}}\n"
      "kpis:\n"
      "  told: {{help: h, windows: [{}], by: [{}], formula: {}}}\n"
      "{}",
      story.top, story.windows, story.by, quoted(story.formula), story.kpis);
}

void read(const Story& story, ConfiguredEngine& engine) {
  std::vector<PartitionLog> logs(1);
  for (const std::string_view event : story.events) {
    if (event == "---") {
      logs.emplace_back();
      continue;
    }
    std::istringstream words{std::string(event)};
    std::string time, group, amount, name;
    words >> time >> group >> amount >> name;
    const auto text = [](const std::string& word) {
      return word == "-" || word.empty() ? std::string("null") : '"' + word + '"';
    };
    logs.back().add(fmt::format(R"({{"at":"{}","g":{},"v":{},"n":{}}})", time, text(group),
                                amount == "-" || amount.empty() ? "null" : amount, text(name)));
  }
  for (size_t i = 0; i < logs.size(); ++i) engine.read("s", static_cast<int32_t>(i), logs[i]);
}

std::vector<std::string> told(const Story& story) {
  const auto plan = plan_of_text(configuration_of(story));
  if (plan == nullptr) return {};
  ConfiguredEngine engine(plan);
  read(story, engine);
  std::vector<std::string> lines;
  for (const WindowReport& window : engine.windows_of("told")) {
    std::string line = format_rfc3339(window.window.end);
    for (const Sample& sample : window.samples) {
      for (const std::string& label : *sample.group) line += " " + label;
      line += " " + (sample.value ? sample.value->to_string() : "absent");
      if (sample.estimated) line += " (estimated)";
      if (sample.over_max_keys) line += " (over max_keys)";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void check(const std::vector<Story>& stories) {
  for (const Story& story : stories) {
    EXPECT_EQ(told(story), story.values) << story.formula << " in " << story.windows;
  }
}

constexpr std::string_view kOneHour = "1h";

/// Values of one window, in one hour.
void check_values(const std::vector<std::string_view>& events,
                  const std::vector<std::pair<std::string_view, std::string>>& cases) {
  for (const auto& [formula, value] : cases) {
    check({{formula, kOneHour, events, {"2026-03-01T01:00:00Z " + value}}});
  }
}

TEST(Language, FirstAndLastGoByEventTimeThenPartitionThenOffset) {
  check_values({"2026-03-01T00:00:02Z - 2", "2026-03-01T00:00:01Z - 1", "2026-03-01T00:00:03Z - 3"},
               {{"first(v)", "1"}, {"last(v)", "3"}, {"last(v) - first(v)", "2"}});
  check_values({"2026-03-01T00:00:01Z - 1", "2026-03-01T00:00:01Z - 2", "---",
                "2026-03-01T00:00:01Z - 3", "2026-03-01T00:00:01Z - 4"},
               {{"first(v)", "1"}, {"last(v)", "4"}});
  check_values({"2026-03-01T00:00:01Z - -", "2026-03-01T00:00:02Z - 5 x",
                "2026-03-01T00:00:03Z - 6 y", "2026-03-01T00:00:04Z - -"},
               {{"first(v)", "5"},
                {"last(v)", "6"},
                {"first(v where n == 'y')", "6"},
                {"last(v where n == 'z')", "absent"},
                {"last(at) - first(at)", "3"}});
}

TEST(Language, StddevIsTheSamples) {
  check_values({"2026-03-01T00:00:00Z - 2", "2026-03-01T00:00:00Z - 4", "2026-03-01T00:00:00Z - 4",
                "2026-03-01T00:00:00Z - -", "2026-03-01T00:00:00Z - 6"},
               {{"stddev(v)", "1.632993161855452"},
                {"stddev(v where v == 4)", "0"},
                {"stddev(v where v == 2)", "absent"},
                {"stddev(v where v > 100)", "absent"},
                {"stddev(v) / 2", "0.816496580927726"},
                {"coalesce(stddev(v where v == 2), 7)", "7"}});
}

TEST(Language, QuantilesInterpolateAsSqlDoes) {
  check_values(
      {"2026-03-01T00:00:00Z - 40", "2026-03-01T00:00:00Z - 10", "2026-03-01T00:00:00Z - -",
       "2026-03-01T00:00:00Z - 20", "2026-03-01T00:00:00Z - 30 x"},
      {{"median(v)", "25"},
       {"quantile(0, v)", "10"},
       {"quantile(1, v)", "40"},
       {"quantile(0.5, v)", "25"},
       {"quantile(95%, v)", "38.5"},
       {"quantile(0.333333333, v)", "19.99999999"},
       {"median(v where n == 'x')", "30"},
       {"median(v where n == 'y')", "absent"},
       {"median(v) / 3", "8.333333333333334"}});
}

TEST(Language, DistinctCountsDifferentValuesOfAnyType) {
  check_values({"2026-03-01T00:00:00Z a 1 x", "2026-03-01T00:00:00Z a 1.0 X",
                "2026-03-01T00:00:01Z b 2 x", "2026-03-01T00:00:00Z - -"},
               {{"distinct(g)", "2"},
                {"distinct(v)", "2"},
                {"distinct(n)", "2"},
                {"distinct(lower(n))", "1"},
                {"distinct(at)", "2"},
                {"distinct(v > 1)", "2"},
                {"distinct(g where n == 'z')", "0"},
                {"count(s) / distinct(g)", "2"}});
}

TEST(Language, DistinctIsAnEstimateAboveItsLimitAndSaysSo) {
  const std::vector<std::string_view> events = {"2026-03-01T00:00:00Z a", "2026-03-01T00:00:00Z b",
                                                "2026-03-01T00:00:00Z c", "2026-03-01T01:00:00Z a",
                                                "2026-03-01T01:00:00Z b"};
  check({{.formula = "distinct(g)",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z 3 (estimated)", "2026-03-01T02:00:00Z 2"},
          .top = "limits: {max_distinct: 2}"}});
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

TEST(Language, TopShareIsThatOfTheLargestSums) {
  check_values(
      {"2026-03-01T00:00:00Z a 5 x", "2026-03-01T00:00:00Z b 3 x", "2026-03-01T00:00:00Z a 1 y",
       "2026-03-01T00:00:00Z c 1 y", "2026-03-01T00:00:00Z - 90", "2026-03-01T00:00:00Z a -"},
      {{"top_share(1, v, by: g)", "0.6"},
       {"top_share(2, v, by: g)", "0.9"},
       {"top_share(3, v, by: g)", "1"},
       {"top_share(9, v, by: g)", "1"},
       {"top_share(1, v, by: g where n == 'y')", "0.5"},
       {"top_share(1, v, by: g where n == 'z')", "absent"},
       {"top_share(1, v - v, by: g)", "absent"}});
}

TEST(Language, RetainedNewAndReturningCompareWithTheMemoryBeforeTheWindow) {
  const std::vector<std::string_view> events = {"2026-03-01T00:00:00Z a", "2026-03-01T00:10:00Z b",
                                                "2026-03-01T00:20:00Z -", "2026-03-01T01:00:00Z b",
                                                "2026-03-01T01:10:00Z c", "2026-03-01T01:20:00Z b",
                                                "2026-03-01T02:00:00Z a"};
  check({{"retained(g)",
          "1h",
          events,
          {"2026-03-01T01:00:00Z absent", "2026-03-01T02:00:00Z 0.5", "2026-03-01T03:00:00Z 0"}},
         {"new(g)",
          "1h",
          events,
          {"2026-03-01T01:00:00Z 2", "2026-03-01T02:00:00Z 1", "2026-03-01T03:00:00Z 1"}},
         {"new(g, 2h)",
          "1h",
          events,
          {"2026-03-01T01:00:00Z 2", "2026-03-01T02:00:00Z 1", "2026-03-01T03:00:00Z 0"}},
         {"returning(g)",
          "1h",
          events,
          {"2026-03-01T01:00:00Z 0", "2026-03-01T02:00:00Z 1", "2026-03-01T03:00:00Z 0"}},
         {"returning(g, 2 windows)",
          "1h",
          events,
          {"2026-03-01T01:00:00Z 0", "2026-03-01T02:00:00Z 1", "2026-03-01T03:00:00Z 1"}},
         {"retained(g, 90m)",
          "1h",
          events,
          {"2026-03-01T01:00:00Z absent", "2026-03-01T02:00:00Z 0.5", "2026-03-01T03:00:00Z 0"}}});
}

TEST(Language, WhatHasMoreKeysThanItsLimitIsAbsentAndCounted) {
  const std::vector<std::string_view> events = {
      "2026-03-01T00:00:00Z a 1", "2026-03-01T00:00:00Z b 1", "2026-03-01T01:00:00Z a 1"};
  for (const std::string_view formula : {"returning(g)", "top_share(1, v, by: g)"}) {
    const bool top = formula.starts_with("top");
    check({{.formula = formula,
            .windows = "1h",
            .events = events,
            .values = {"2026-03-01T01:00:00Z absent (over max_keys)",
                       top ? "2026-03-01T02:00:00Z 1"
                           : "2026-03-01T02:00:00Z absent (over max_keys)"},
            .top = "limits: {max_keys: 1}"}});
  }
}

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

TEST(Language, KpisStandForTheirFormulas) {
  const std::vector<std::string_view> events = {
      "2026-03-01T00:00:00Z a 4", "2026-03-01T00:30:00Z a 2", "2026-03-01T01:00:00Z b 8"};
  constexpr std::string_view kKpis =
      "  orders: {help: h, windows: [1h], formula: count(s)}\n"
      "  mean: {help: h, windows: [1h, 1d], formula: sum(v) / orders_alike}\n"
      "  orders_alike: {help: h, windows: [1h, 1d], formula: count(s)}\n"
      "  early: {help: h, windows: [1h], time_zone: Asia/Kolkata, formula: count(s where "
      "hour_of(at) == 5)}\n";
  check({{.formula = "mean + 1",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z 4", "2026-03-01T02:00:00Z 9"},
          .kpis = kKpis},
         {.formula = "growth(mean) + orders - orders",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z absent", "2026-03-01T02:00:00Z 1.6666666666666667"},
          .kpis = kKpis},
         {.formula = "mean",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z a 3", "2026-03-01T02:00:00Z b 8"},
          .by = "g",
          .kpis = kKpis},
         {.formula = "early",
          .windows = "1h",
          .events = events,
          .values = {"2026-03-01T01:00:00Z 1", "2026-03-01T02:00:00Z 0"},
          .kpis = kKpis}});
}

TEST(Language, AKpiThatIsAQuotientIsOneByItsNameToo) {
  const auto plan = plan_of_text(
      configuration_of({.formula = "mean",
                        .windows = "1h",
                        .events = {},
                        .values = {},
                        .kpis = "  mean: {help: h, windows: [1h], formula: (sum(v) / count(g))}\n"
                                "  other: {help: h, windows: [1h], formula: mean * 2}\n"}));
  ASSERT_NE(plan, nullptr);
  const auto& kpis = plan->definitions->kpis;
  EXPECT_TRUE(kpis[0].formula.is_quotient());
  EXPECT_FALSE(kpis[2].formula.is_quotient());
  EXPECT_EQ(kpis[0].formula.terms()[1].canonical(), "count(s: g:string)");
}

}  // namespace
}  // namespace kpid
