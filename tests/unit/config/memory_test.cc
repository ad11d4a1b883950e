#include "config/memory.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/config/loaded_text.h"

namespace kpid {
namespace {

TEST(Memory, MoreThanAMillionSlicesOfAGroupAreRefusedWhereTheyAreCut) {
  const auto text = [](std::string_view windows, std::string_view formula) {
    return "max_drift: 1m\nsources:\n  s:\n    topic: t\n    format: json\n    retention: 1000s\n"
           "    fields: {a: int}\nkpis:\n  k:\n    help: h\n    windows: [" +
           std::string(windows) + "]\n    formula: " + std::string(formula) + "\n";
  };
  EXPECT_TRUE(load(text("999000s every 1s", "count(s)")).usable());
  const Loaded refused = load(text("999001s every 1s", "count(s)"));
  ASSERT_EQ(refused.errors.size(), 1U);
  EXPECT_EQ(refused.errors[0].line, 11U);
  EXPECT_EQ(refused.errors[0].text,
            "a group of source 's' keeps up to 1000001 slices, at most 1000000 are possible");
  EXPECT_FALSE(load(text("1h", "previous(count(s), 1ms)")).usable());
}

TEST(Memory, OfManySlicesIsBlamedOnTheWindowThatIsLookedBackFromInTheFinestSteps) {
  EXPECT_EQ(mistakes_of("  coarse: {help: h, windows: [1h every 1m], formula: 'count(s)'}\n"
                        "  fine: {help: h, windows: [1h], formula: 'previous(count(s), 7ms)'}\n"),
            std::vector<std::string>{
                "5 a group of source 's' keeps up to 93600008 slices, at most 1000000 are "
                "possible"});
}

TEST(Memory, CountsTheSlicesOfWindowsThatDoNotNest) {
  const auto slices_of_first = [](const std::string& windows, const std::string& top) {
    const Loaded loaded = load(top +
                               "\nsources:\n  s: {topic: s, format: json, fields: {v: int}}\n"
                               "kpis:\n  k: {help: h, formula: count(s), windows: [" +
                               windows + "]}\n");
    EXPECT_EQ(rendered(loaded.errors), "");
    const auto plan = make_plan(std::make_shared<const Definitions>(loaded.settings.definitions));
    return memory_of(*plan).at(0).slices;
  };
  EXPECT_EQ(slices_of_first("month", ""), 2) << "32 days, rounded up";
  EXPECT_EQ(slices_of_first("month, week", ""), 8)
      << "a month may end in each of two weeks, and weeks wait";
  EXPECT_EQ(slices_of_first("week, month", ""), 3) << "a month may end in a week";
  EXPECT_EQ(slices_of_first("month, day", ""), 14) << "days wait for three others";
  EXPECT_EQ(slices_of_first("year, quarter", ""), 8) << "quarters wait for the year to end";
  EXPECT_EQ(slices_of_first("quarter, month", ""), 7);
  EXPECT_EQ(slices_of_first("quarter, month", "year_starts: 04-06"), 8)
      << "fiscal quarters cut months";
  EXPECT_EQ(slices_of_first("day, 1d", ""), 2) << "both begin at midnight in UTC";
  EXPECT_EQ(slices_of_first("day, 1d", "time_zone: Asia/Tokyo"), 4);
}

}  // namespace
}  // namespace kpid
