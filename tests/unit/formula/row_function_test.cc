#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/row_functions.h"
#include "tests/unit/formula/shop.h"

namespace kpid {
namespace {

/// An expression over one event of `sales` and its value (see shop::row_value).
struct FunctionCase {
  std::string expression;
  std::string event;
  std::string_view value;
};

void check(const std::vector<FunctionCase>& cases) {
  for (const auto& [expression, event, value] : cases) {
    // A field of the source makes it known whose fields the bare names are.
    EXPECT_EQ(shop::row_value("if(sales.type == 'never', null, " + expression + ")", event), value)
        << expression << " of " << event;
  }
}

TEST(RowFunction, LengthCountsCodePoints) {
  check({
      {"length(type)", "type=order", "5"},
      {"length(type)", "type=Größe", "5"},
      {"length(type)", "type=日本語", "3"},
      {"length(type)", "type=😀", "1"},
      {"length(type)", "type=e\u0301", "2"},  // a letter and its accent
      {"length(type)", "type=", "0"},
      {"length('')", "", "0"},
      {"length(type)", "", "null"},
      {"length(type) * 2 + 1", "type=ab", "5"},
      {"length(trim('  a '))", "", "1"},
  });
}

TEST(RowFunction, LowerAndUpperMapLetterByLetter) {
  check({
      {"lower(type)", "type=OrDeR-7_[", "'order-7_['"},
      {"upper(type)", "type=OrDeR-7_{", "'ORDER-7_{'"},
      {"lower(type)", "type=GRÖẞE", "'größe'"},
      {"upper(type)", "type=größe", "'GRÖßE'"},
      {"lower(type)", "type=ΟΔΟΣ", "'οδοσ'"},
      {"upper(type)", "type=οδος", "'ΟΔΟΣ'"},
      {"lower(type)", "type=МОСКВА", "'москва'"},
      {"upper(type)", "type=москва", "'МОСКВА'"},
      {"lower(type)", "type=ȺȺȺȺ", "'ⱥⱥⱥⱥ'"},  // grows by half
      {"lower(type)", "type=日本😀", "'日本😀'"},
      {"lower(type)", "type=", "''"},
      {"lower(type)", "", "null"},
      {"upper(type)", "", "null"},
      {"lower('A''B')", "", "'a'b'"},
      {"lower(type) == 'order'", "type=ORDER", "true"},
      {"upper(type) in ['ORDER', 'VISIT']", "type=Visit", "true"},
      {"lower(type) starts_with lower(region)", "type=Order region=OR", "true"},
      {"coalesce(lower(type), upper(region), 'none')", "region=east", "'EAST'"},
      {"if(paid, lower(type), upper(type))", "type=Mixed paid=true", "'mixed'"},
      {"upper(lower(type))", "type=aB", "'AB'"},
      {"lower(date_of(ordered_at))", "ordered_at=0", "'1970-01-01'"},
  });
}

TEST(RowFunction, LowerLeavesBytesThatAreNoTextAsTheyAre) {
  check({
      {"lower(type)",
       "type=A\xFF"
       "B\xC3",
       "'a\xFF"
       "b\xC3'"},
      {"trim(type)",
       "type=\xA0"
       "A\x80\x80",
       "'\xA0"
       "A\x80\x80'"},
  });
}

TEST(RowFunction, TrimTakesTheBlanksAtBothEnds) {
  check({
      {"trim('  a b  ')", "", "'a b'"},
      {"trim('a')", "", "'a'"},
      {"trim('')", "", "''"},
      {"trim('   ')", "", "''"},
      {"trim('\t\r\n\v\fa\t\r\n\v\f')", "", "'a'"},
      {"trim(type)", "type=\u00A0\u3000a\u00A0b\u2009\u00A0", "'a\u00A0b'"},
      {"trim(type)", "type=\u200Ba\u200B", "'\u200Ba\u200B'"},  // of no width: no blank
      {"trim(type)", "type=à", "'à'"},                          // ends in the byte of U+00A0
      {"trim(type)", "", "null"},
  });
}

TEST(RowFunction, EqualsIgnoringCaseComparesWithoutCaseAlone) {
  check({
      {"equals_ignoring_case(type, 'Order')", "type=oRDER", "true"},
      {"equals_ignoring_case(type, 'Order')", "type=oRDERs", "false"},
      {"equals_ignoring_case('GRÖẞE', type)", "type=größe", "true"},
      {"equals_ignoring_case(type, 'groesse')", "type=größe", "false"},
      {"equals_ignoring_case(type, 'ΟΔΟΣ')", "type=οδος", "true"},
      {"equals_ignoring_case('οδος', type)", "type=ΟΔΟΣ", "true"},
      {"equals_ignoring_case(type, region)", "type=ÉTÉ region=été", "true"},
      {"equals_ignoring_case(type, region)", "type=été", "null"},
      {"equals_ignoring_case(type, '')", "", "null"},
      {"not equals_ignoring_case(type, ' a')", "type=A", "true"},
  });
}

TEST(RowFunction, ClockReadingsChangeAtTheInstant) {
  // London: clocks go forward on 2026-03-29 at 01:00Z = 1774746000 s, back on 2026-10-25 at 01:00Z.
  const std::string forward = "ordered_at=1774746000000";
  const std::string before_forward = "ordered_at=1774745999999";
  const std::string back = "ordered_at=1792890000000";
  const std::string before_back = "ordered_at=1792889999999";
  check({
      {"hour_of(ordered_at, 'Europe/London')", before_forward, "0"},
      {"hour_of(ordered_at, 'Europe/London')", forward, "2"},
      {"hour_of(ordered_at)", forward, "1"},
      {"hour_of(ordered_at, 'Europe/London')", before_back, "1"},
      {"hour_of(ordered_at, 'Europe/London')", back, "1"},
      {"hour_of(ordered_at)", before_back, "0"},
      {"hour_of(ordered_at)", "ordered_at=0", "0"},
      {"hour_of(ordered_at)", "ordered_at=-1", "23"},
      {"hour_of(ordered_at, 'Asia/Kolkata')", "ordered_at=1799999", "5"},
      {"hour_of(ordered_at, 'Asia/Kolkata')", "ordered_at=1800000", "6"},
      {"hour_of(ordered_at)", "", "null"},
      {"hour_of(ordered_at) in [9, 17]", "ordered_at=32400000", "true"},
      {"hour_of(ordered_at + 1h)", "ordered_at=82800000", "0"},
  });
}

TEST(RowFunction, WeekdaysAreNumberedFromMonday) {
  check({
      {"weekday_of(ordered_at)", "ordered_at=0", "4"},  // a Thursday
      {"weekday_of(ordered_at)", "ordered_at=-1", "3"},
      {"weekday_of(ordered_at)", "ordered_at=259199999", "6"},
      {"weekday_of(ordered_at)", "ordered_at=259200000", "7"},
      {"weekday_of(ordered_at)", "ordered_at=345599999", "7"},
      {"weekday_of(ordered_at)", "ordered_at=345600000", "1"},
      {"weekday_of(ordered_at)", "ordered_at=-259200000", "1"},
      {"weekday_of(ordered_at)", "ordered_at=-259200001", "7"},
      {"weekday_of(ordered_at, 'Pacific/Auckland')", "ordered_at=43200000", "5"},
      {"weekday_of(ordered_at) >= 6", "ordered_at=259200000", "true"},
      {"weekday_of(ordered_at)", "", "null"},
  });
}

TEST(RowFunction, DatesAreTextsThatOrderLikeTime) {
  check({
      {"date_of(ordered_at)", "ordered_at=0", "'1970-01-01'"},
      {"date_of(ordered_at)", "ordered_at=-1", "'1969-12-31'"},
      {"date_of(ordered_at)", "ordered_at=1709164800000", "'2024-02-29'"},
      {"date_of(ordered_at)", "ordered_at=1709251199999", "'2024-02-29'"},
      {"date_of(ordered_at)", "ordered_at=1709251200000", "'2024-03-01'"},
      {"date_of(ordered_at, 'America/New_York')", "ordered_at=1709251200000", "'2024-02-29'"},
      {"date_of(ordered_at, 'Europe/London')", "ordered_at=1774825199999", "'2026-03-29'"},
      {"date_of(ordered_at, 'Europe/London')", "ordered_at=1774825200000", "'2026-03-30'"},
      {"date_of(ordered_at)", "ordered_at=-62167219200000", "'0000-01-01'"},
      {"date_of(ordered_at)", "ordered_at=9223372036854775807", "'292278994-08-17'"},
      {"date_of(ordered_at)", "ordered_at=-9223372036854775808", "'-292275055-05-16'"},
      {"date_of(ordered_at) >= '2024-02-29'", "ordered_at=1709164799999", "false"},
      {"date_of(ordered_at) >= '2024-02-29'", "ordered_at=1709164800000", "true"},
      {"date_of(ordered_at) == date_of(shipped_at)", "ordered_at=0 shipped_at=86399999", "true"},
      {"date_of(ordered_at) == date_of(shipped_at)", "ordered_at=0 shipped_at=86400000", "false"},
      {"date_of(ordered_at)", "", "null"},
  });
}

TEST(RowFunction, TimeBetweenIsAnExactDecimalFromTheFirstToTheSecond) {
  check({
      {"minutes_between(ordered_at, shipped_at)", "ordered_at=0 shipped_at=90000", "1.5"},
      {"minutes_between(shipped_at, ordered_at)", "ordered_at=0 shipped_at=90000", "-1.5"},
      {"minutes_between(ordered_at, shipped_at)", "ordered_at=0 shipped_at=1", "0.000016667"},
      {"seconds_between(ordered_at, shipped_at)", "ordered_at=1 shipped_at=2", "0.001"},
      {"hours_between(ordered_at, shipped_at)", "ordered_at=0 shipped_at=5400000", "1.5"},
      {"days_between(ordered_at, shipped_at)", "ordered_at=0 shipped_at=129600000", "1.5"},
      {"days_between(ordered_at, ordered_at)", "ordered_at=5", "0"},
      {"days_between('1970-01-01T00:00:00Z', ordered_at)", "ordered_at=86400000", "1"},
      {"seconds_between(ordered_at, shipped_at)",
       "ordered_at=-9223372036854775808 shipped_at=9223372036854775807", "18446744073709551.615"},
      {"minutes_between(ordered_at, shipped_at)", "ordered_at=0", "null"},
      {"minutes_between(ordered_at, shipped_at)", "shipped_at=0", "null"},
  });
}

TEST(RowFunction, GivesEachRowATextOfItsOwn) {
  const Formula formula = shop::compile("count(lower(sales.type))");
  RowEvaluator evaluator(formula.terms()[0].argument);
  const std::vector<std::string> events = {"type=ȺȺȺȺ", "type=ȺBȺB", "type=A", "type=Ⱥ"};
  const EventBatch batch = shop::batch_of(events);
  const Column& column = evaluator.evaluate(batch, {0, 1, 2, 3});
  EXPECT_EQ(column.strings, (std::vector<std::string_view>{"ⱥⱥⱥⱥ", "ⱥbⱥb", "a", "ⱥ"}));
  const char* const where = column.strings[3].data();
  evaluator.evaluate(batch, {0, 1, 2, 3});
  EXPECT_EQ(column.strings[3].data(), where) << "the memory is not used again";
}

/// The identity of the condition of a formula that counts.
std::string identity(std::string_view condition, const std::string& time_zone = "UTC") {
  FormulaScope scope = shop::scope();
  scope.time_zone = time_zone;
  const auto formula = compile_formula("count(sales where " + std::string(condition) + ")", scope);
  return formula ? canonical(*formula->terms()[0].predicate) : "wrong";
}

TEST(RowFunction, HasTheZoneOfItsClockInItsIdentity) {
  const std::string in_utc = identity("hour_of(ordered_at) == 9");
  EXPECT_EQ(in_utc, identity("hour_of(ordered_at, 'UTC') == 9", "Europe/London"));
  EXPECT_EQ(identity("hour_of(ordered_at) == 9", "Europe/London"),
            identity("hour_of(ordered_at, 'Europe/London') == 9"));
  EXPECT_NE(in_utc, identity("hour_of(ordered_at) == 9", "Europe/London"));
  EXPECT_NE(in_utc, identity("weekday_of(ordered_at) == 9"));
}

TEST(RowFunction, OfTimeBetweenIsTheSameTermAsItsLongForm) {
  EXPECT_EQ(identity("minutes_between(ordered_at, shipped_at) > 5.0"),
            identity("(shipped_at - ordered_at) / 1m > 5.0"));
}

TEST(RowFunction, ReadsTheClockOfTheScopesZone) {
  FormulaScope scope = shop::scope();
  scope.time_zone = "Asia/Kolkata";
  const auto formula = compile_formula("sum(hour_of(ordered_at))", scope);
  ASSERT_TRUE(formula.has_value());
  const std::vector<std::string> events = {"ordered_at=1800000"};
  EXPECT_EQ(shop::aggregate(*formula, shop::batch_of(events))[0].units, 6);
}

TEST(RowFunction, GivesTextsThatLiveUntilTheNextCall) {
  const Formula formula = shop::compile("count(lower(if(paid, type, upper(sales.region))))");
  RowEvaluator evaluator(formula.terms()[0].argument);
  for (size_t rows = 1; rows < 5'000; rows *= 3) {
    std::vector<std::string> events;
    Selection all;
    for (uint32_t row = 0; row < rows; ++row) {
      const std::string number = std::to_string(row);
      events.push_back("type=Type" + number + " region=" + std::string(40, 'R') + number +
                       (row % 2 == 0 ? " paid=true" : ""));
      all.push_back(row);
    }
    const EventBatch batch = shop::batch_of(events);
    const Column& column = evaluator.evaluate(batch, all);
    for (uint32_t row = 0; row < rows; ++row) {
      EXPECT_EQ(column.strings[row],
                (row % 2 == 0 ? "type" : std::string(40, 'r')) + std::to_string(row));
    }
  }
}

TEST(RowFunction, IsFoundByItsNameAlone) {
  for (const RowFunction& function : row_functions()) {
    ASSERT_NE(find_row_function(function.name), nullptr) << function.name;
    EXPECT_EQ(find_row_function(function.name)->name, function.name);
  }
  EXPECT_EQ(find_row_function("Lower"), nullptr);
  EXPECT_EQ(find_row_function(""), nullptr);
  EXPECT_EQ(row_function_names().size(), row_functions().size());
}

}  // namespace
}  // namespace kpid
