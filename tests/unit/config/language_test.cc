// Formulas of aggregates and of other KPIs, from the configuration to the values: what an analyst
// types, and every window that comes out.

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "tests/support/configured_engine.h"
#include "tests/unit/config/story.h"

namespace kpid {
namespace {

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
