#include "pipeline/formula/formula.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/formula/shop.h"

namespace kpid {
namespace {

std::vector<std::string> terms_of(std::string_view formula) {
  const Formula compiled = shop::compile(formula);
  std::vector<std::string> texts;
  for (const Term& term : compiled.terms()) texts.push_back(term.canonical());
  return texts;
}

/// The value of a formula whose terms have these units, in order.
std::string value_of_units(std::string_view formula, const std::vector<Int128>& units) {
  const Formula compiled = shop::compile(formula);
  std::vector<TermValue> values;
  for (size_t i = 0; i < units.size(); ++i) {
    const Term& term = compiled.terms()[compiled.readings()[i].term];
    values.push_back(TermValue::of(units[i], term.units_per_one()));
  }
  const std::optional<Number> value = compiled.value(values);
  return value ? value->to_string() : "absent";
}

const std::vector<std::string>& events() {
  static const std::vector<std::string> kEvents = {
      "type=order amount=10.5 quantity=2 ordered_at=1000 shipped_at=4000",
      "type=order amount=0.2 quantity=3 ordered_at=2000 shipped_at=2500",
      "type=visit quantity=-1",
      "type=visit amount=-3",
      "region=north",
  };
  return kEvents;
}

struct ValueCase {
  std::string_view formula;
  std::string_view value;
};

void check(const std::vector<ValueCase>& cases) {
  for (const auto& [formula, value] : cases) {
    EXPECT_EQ(shop::value_of(formula, events()), value) << formula;
  }
}

TEST(FormulaValue, OfEachAggregate) {
  check({
      {"count(sales)", "5"},
      {"count(sales.amount)", "3"},
      {"count(sales where type == 'order')", "2"},
      {"count(amount where type == 'visit')", "1"},
      {"count(sales where type != 'order')", "2"},
      {"sum(amount)", "7.7"},
      {"sum(quantity)", "4"},
      {"sum(amount where type == 'order')", "10.7"},
      {"avg(amount)", "2.566666666666667"},
      {"avg(quantity where type == 'order')", "2.5"},
      {"min(amount)", "-3"},
      {"max(amount)", "10.5"},
      {"min(quantity)", "-1"},
      {"max(ordered_at)", "2"},
      {"avg(shipped_at - ordered_at)", "1.75"},
      {"sum(amount * quantity)", "21.6"},
  });
}

TEST(FormulaValue, OfNothing) {
  for (const auto& [formula, value] : std::vector<ValueCase>{{"count(sales)", "0"},
                                                             {"sum(amount)", "0"},
                                                             {"avg(amount)", "absent"},
                                                             {"min(amount)", "absent"},
                                                             {"max(quantity)", "absent"}}) {
    EXPECT_EQ(shop::value_of(formula, {}), value) << formula;
  }
}

TEST(FormulaValue, OfAbsentParts) {
  const std::string absent = "min(amount where type == 'none')";
  for (const auto& [formula, value] : std::vector<ValueCase>{
           {"count(sales) + ABSENT", "absent"},
           {"-ABSENT", "absent"},
           {"abs(ABSENT)", "absent"},
           {"round(ABSENT)", "absent"},
           {"min(count(sales), ABSENT)", "absent"},
           {"coalesce(ABSENT, 3)", "3"},
           {"coalesce(ABSENT, ABSENT)", "absent"},
           {"coalesce(count(sales), ABSENT)", "5"},
           {"if(ABSENT > 1, 1, 2)", "absent"},
           {"if(ABSENT == null, 1, 2)", "1"},
           {"if(ABSENT != null, 1, 2)", "2"},
           {"if(count(sales) == null, 1, 2)", "2"},
           {"if(count(sales) > 1, ABSENT, 2)", "absent"},
           {"if(count(sales) > 9, ABSENT, 2)", "2"},
           {"if(count(sales) > 9, 1, null)", "absent"},
           {"if(count(sales) > 9 and ABSENT > 1, 1, 2)", "2"},
           {"if(ABSENT > 1 and count(sales) > 9, 1, 2)", "2"},
           {"if(count(sales) > 1 and ABSENT > 1, 1, 2)", "absent"},
           {"if(count(sales) > 1 or ABSENT > 1, 1, 2)", "1"},
           {"if(ABSENT > 1 or count(sales) > 9, 1, 2)", "absent"},
           {"if(not ABSENT > 1, 1, 2)", "absent"},
           {"if(ABSENT in [1, 2], 1, 2)", "absent"},
           {"if(ABSENT not in [1, 2], 1, 2)", "absent"},
           {"count(sales) / 0", "absent"},
           {"count(sales) / (count(sales) - 5)", "absent"},
           {"coalesce(count(sales) / 0, 7)", "7"},
       }) {
    std::string text(formula);
    for (size_t at = text.find("ABSENT"); at != std::string::npos; at = text.find("ABSENT")) {
      text.replace(at, 6, absent);
    }
    EXPECT_EQ(shop::value_of(text, events()), value) << text;
  }
}

TEST(FormulaValue, OfOperatorsBetweenAggregates) {
  check({
      {"count(sales) + count(sales.amount) * 2", "11"},
      {"(count(sales) + count(sales.amount)) * 2", "16"},
      {"count(sales) - 1 - 1", "3"},
      {"count(sales) / 2 / 5", "0.5"},
      {"-count(sales) * 2", "-10"},
      {"count(sales) * 50%", "2.5"},
      {"count(sales) * 1h", "18000"},
      {"avg(shipped_at - ordered_at) / 1s", "1.75"},
      {"abs(min(amount))", "3"},
      {"min(count(sales), 3)", "3"},
      {"max(count(sales), 3)", "5"},
      {"max(count(sales), count(sales.quantity))", "5"},
      {"round(avg(amount))", "3"},
      {"round(avg(amount), 2)", "2.57"},
      {"round(count(sales) / 2)", "2"},
      {"round(7 / 2 * count(sales) / 5)", "4"},
      {"round(-count(sales) / 2)", "-2"},
      {"round(-7 * count(sales) / 10)", "-4"},
      {"if(count(sales) > 5, 1, 0)", "0"},
      {"if(count(sales) >= 5, 1, 0)", "1"},
      {"if(count(sales) < 5, 1, 0)", "0"},
      {"if(count(sales) <= 5, 1, 0)", "1"},
      {"if(count(sales) == 5, 1, 0)", "1"},
      {"if(count(sales) != 5, 1, 0)", "0"},
      {"if(count(sales) in [4, 5], 1, 0)", "1"},
      {"if(count(sales) not in [4, 5], 1, 0)", "0"},
      {"if(sum(amount) / 3 == 7.7 / 3, 1, 0)", "1"},
      {"if((count(sales) > 1) == true, 1, 0)", "1"},
      {"if((count(sales) > 1) != (count(sales) > 9), 1, 0)", "1"},
  });
}

TEST(FormulaValue, IsExactAndRoundedOnce) {
  struct Case {
    std::string_view formula;
    std::vector<Int128> units;
    std::string_view value;
  };
  const Int128 largest = std::numeric_limits<int64_t>::max();
  const std::string_view percent = "count(sales) / count(feedback) * 100";
  for (const auto& [formula, units, value] : std::vector<Case>{
           {percent, {7, 25}, "28"},
           {percent, {1, 3}, "33.333333333333336"},
           {percent, {2, 3}, "66.66666666666667"},
           {percent, {0, 3}, "0"},
           {percent, {3, 0}, "absent"},
           {"sum(amount) * 3%", {700'000'000}, "0.021"},
           {"sum(amount) + 0.1 + 0.2", {0}, "0.3"},
           {"sum(amount) / 3 * 3", {100'000'000}, "0.1"},
           {"sum(amount)", {1'005'730'000'000}, "1005.73"},
           {"-sum(amount)", {0}, "0"},
           {"sum(amount) / 1000000000", {1}, "1e-18"},
           {"sum(quantity)", {largest * 1'000'000'000}, "9223372036854775807000000000"},
           {"sum(quantity) * sum(quantity)",
            {largest * largest},
            "7237005577332262210834635695349653859421902880380109739573089701262786560001"},
           {"sum(quantity) * sum(quantity) / 10",
            {-largest * largest},
            "723700557733226221083463569534965385942190288038010973957308970126278656000.1"},
           {"sum(quantity) / (sum(quantity) + 1)", {largest * largest}, "1"},
           {"sum(quantity) / 3", {largest * largest}, "2.8356863910078204e+37"},
       }) {
    EXPECT_EQ(value_of_units(formula, units), value) << formula;
  }
}

TEST(FormulaValue, IsAbsentBeyondTheRangeOfDoubles) {
  std::string formula = "sum(quantity)";
  for (int i = 0; i < 10; ++i) formula += " * sum(quantity)";
  const Int128 large = Int128{1} << 100;
  EXPECT_EQ(value_of_units(formula, {large}), "absent");
  EXPECT_EQ(value_of_units("1 / (" + formula + ")", {large}), "0");
}

TEST(FormulaTerms, AreSharedAndWithoutRepeats) {
  EXPECT_EQ(terms_of("count( sales )/count(sales) + (count(sales))"),
            (std::vector<std::string>{"count(sales)"}));
  EXPECT_EQ(
      terms_of("avg(amount) + sum(sales.amount) + count(amount)"),
      (std::vector<std::string>{"sum(sales: amount:decimal)", "count(sales: amount:decimal)"}));
  struct Case {
    std::string_view one;
    std::string_view other;
    bool same;
  };
  for (const auto& [one, other, same] : std::vector<Case>{
           {"where type == 'a'", "where ((type) == \"a\")", true},
           {"where amount > 3%", "where amount>0.03", true},
           {"where amount > 3", "where amount > 3.0", true},
           {"where quantity > 3", "where quantity > 3.0", false},
           {"where type in ['a', 'b']", "where type in ['b', 'a', 'b']", true},
           {"where 60s < 1h", "where 1m < 60m", true},
           {"where paid", "where gift", false},
           {"where quantity - 1 - 2 == 0", "where (quantity - 1) - 2 == 0", true},
           {"where quantity - 1 - 2 == 0", "where quantity - (1 - 2) == 0", false},
           {"where type == null", "where type == 'null'", false},
       }) {
    const std::string both =
        "count(sales " + std::string(one) + ") - count(sales " + std::string(other) + ")";
    EXPECT_EQ(terms_of(both).size(), same ? 1u : 2u) << both;
  }
}

TEST(FormulaReadings, OfOneWindowAreOneHoweverTheStepsToItAreWritten) {
  const auto readings = [](std::string_view formula) {
    return shop::compile(formula).readings().size();
  };
  EXPECT_EQ(readings("previous(previous(count(sales))) + previous(count(sales), 2 windows)"), 2u)
      << "that window, and the one at hand for the samples";
  EXPECT_EQ(readings("moving_average(moving_average(count(sales), 100), 100)"), 199u);
  EXPECT_EQ(readings("previous(previous(count(sales), 1 day))"), 2u);
}

TEST(FormulaTerms, NameFieldsByPathTypeAndTimeFormat) {
  std::vector<SourceDefinition> sources = {shop::sources()[0]};
  const auto canonical = [&](std::string_view formula) {
    return compile_formula(formula, {sources, {}})->terms()[0].canonical();
  };
  const std::string before = canonical("sum(amount where ordered_at != null)");
  sources[0].fields[2].name = "total";
  EXPECT_EQ(canonical("sum(total where ordered_at != null)"), before);
  sources[0].fields[2].path = {"shop", "a.b"};
  EXPECT_EQ(canonical("sum(total)"), "sum(sales: shop.'a.b':decimal)");
  sources[0].fields[8].time_format = {TimeFormat::Kind::kPattern, "%d'%m", "Europe/London"};
  EXPECT_EQ(canonical("max(ordered_at)"), "max(sales: ordered_at:time('%d''%m' 'Europe/London'))");
}

TEST(FormulaTerms, HaveTheUnitsOfTheirAccumulators) {
  struct Case {
    std::string_view formula;
    int64_t units;
  };
  for (const auto& [formula, units] :
       std::vector<Case>{{"count(sales)", 1},
                         {"count(amount)", 1},
                         {"sum(quantity)", 1},
                         {"max(amount)", 1'000'000'000},
                         {"sum(shipped_at - ordered_at)", 1'000'000'000},
                         {"min(ordered_at)", 1'000}}) {
    EXPECT_EQ(shop::compile(formula).terms()[0].units_per_one(), units) << formula;
  }
}

TEST(FormulaSources, AreInTheOrderOfFirstUse) {
  EXPECT_EQ(shop::compile("count(feedback) / count(sales) + avg(score)").sources(),
            (std::vector<std::string>{"feedback", "sales"}));
}

TEST(FormulaSamples, CountTheFirstAggregateOfAQuotientsRightSideElseOfTheFormula) {
  struct Case {
    std::string_view formula;
    bool quotient;
    std::string_view samples;
  };
  for (const auto& [formula, quotient, samples] : std::vector<Case>{
           {"count(sales where paid) / count(sales)", true, "count(sales)"},
           {"(count(sales where paid) / count(sales))", true, "count(sales)"},
           {"count(sales where paid) / count(sales) * 100", false, "count(sales where paid:bool)"},
           {"sum(amount) / 3", false, "count(sales: amount:decimal)"},
           {"3 / sum(amount)", true, "count(sales: amount:decimal)"},
           {"avg(quantity where paid)", false, "count(sales: quantity:int where paid:bool)"},
           {"1 / (1 + max(score) + count(sales))", true, "count(feedback: score:int)"},
           {"count(sales) / count(feedback) / avg(score)", true, "count(feedback: score:int)"},
       }) {
    const Formula compiled = shop::compile(formula);
    EXPECT_EQ(compiled.is_quotient(), quotient) << formula;
    EXPECT_EQ(compiled.terms()[compiled.readings()[compiled.samples_reading()].term].canonical(),
              samples)
        << formula;
  }
}

TEST(FormulaSides, AreRoundedEachOnItsOwn) {
  const Formula formula = shop::compile("(sum(amount) * 2) / (count(sales) / 3)");
  const std::vector<TermValue> values = {TermValue::of(1'500'000'000, kNanosPerUnit),
                                         TermValue::of(1)};
  EXPECT_EQ(formula.numerator(values)->to_string(), "3");
  EXPECT_EQ(formula.denominator(values)->to_string(), "0.3333333333333333");
  EXPECT_EQ(formula.value(values)->to_string(), "9");
}

TEST(Number, ComparesByValue) {
  EXPECT_TRUE(Number(Decimal{1}) < Number(Decimal{2}));
  EXPECT_TRUE(Number(Decimal{1'500'000'000}) == Number(1.5));
  EXPECT_TRUE(Number("9" + std::string(40, '9'), 1e41) > Number(Decimal{5}));
}

}  // namespace
}  // namespace kpid
