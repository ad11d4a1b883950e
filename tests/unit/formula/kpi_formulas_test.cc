#include "pipeline/formula/kpi_formulas.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/formula/shop.h"

namespace kpid {
namespace {

std::string repeated(const std::string& part, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += part;
  return text;
}

/// Names and formulas of KPIs over the sources of the shop.
using Kpis = std::vector<std::pair<std::string, std::string>>;

/// KPIs k0, k1, ..., each with what `formula` makes of its number.
template <class Make>
Kpis numbered(size_t count, const Make& formula) {
  Kpis kpis;
  for (size_t i = 0; i < count; ++i) kpis.emplace_back("k" + std::to_string(i), formula(i));
  return kpis;
}

std::string k(size_t i) { return "k" + std::to_string(i); }

/// Mistakes of all KPIs, "NAME TEXT" each, in the order of the KPIs.
std::vector<std::string> mistakes_of(const Kpis& kpis) {
  std::vector<NamedFormula> named;
  for (const auto& [name, text] : kpis) named.push_back({.name = name, .text = text});
  KpiFormulas formulas(shop::sources(), named);
  formulas.compile_all();
  std::vector<std::string> mistakes;
  for (size_t i = 0; i < kpis.size(); ++i) {
    if (formulas.formula(i)) continue;
    for (const TextError& mistake : formulas.formula(i).error()) {
      mistakes.push_back(kpis[i].first + " " + mistake.text);
    }
  }
  return mistakes;
}

using Mistakes = std::vector<std::string>;

TEST(KpiFormulas, AreComputedThroughAtMostFiftyOthers) {
  const auto one_more = [](size_t i) { return i == 0 ? "sum(amount)" : k(i - 1) + " + 1"; };
  EXPECT_EQ(mistakes_of(numbered(51, one_more)), Mistakes());
  EXPECT_EQ(mistakes_of(numbered(52, one_more)),
            Mistakes{"k51 'k50' is computed through too many other KPIs"});
}

TEST(KpiFormulas, MayBeWrittenInAnyOrder) {
  EXPECT_EQ(mistakes_of({{"c", "b + a"}, {"b", "a * 2"}, {"a", "sum(amount)"}}), Mistakes());
}

TEST(KpiFormulas, ThatUseAWrongOneAreNotWrongThemselves) {
  EXPECT_EQ(mistakes_of({{"a", "b + 1"}, {"b", "sum(amuont)"}, {"c", "a + b"}}),
            Mistakes{"b no source has a field named 'amuont'"});
}

TEST(KpiFormulas, NameTheirShortestCircle) {
  EXPECT_EQ(mistakes_of({{"a", "b + c"}, {"b", "c"}, {"c", "a"}, {"d", "a + count(sales)"}}),
            (Mistakes{"a the KPI 'a' is computed from itself: a -> b -> c -> a",
                      "b the KPI 'b' is computed from itself: b -> c -> a -> b",
                      "c the KPI 'c' is computed from itself: c -> a -> c"}));
}

TEST(KpiFormulas, ShortenALongCircle) {
  const Mistakes mistakes =
      mistakes_of(numbered(2'000, [](size_t i) { return k((i + 1) % 2'000); }));
  ASSERT_EQ(mistakes.size(), 2'000U);
  EXPECT_EQ(mistakes[0],
            "k0 the KPI 'k0' is computed from itself: "
            "k0 -> k1 -> k2 -> k3 -> k4 -> k5 -> k6 -> k7 -> k8 -> k9 -> ... -> k0");
}

// A megabyte of each of these took minutes, or all memory, when every use was compiled anew.

TEST(KpiFormulas, OfAChainOfTenThousandAreRefusedInNoTime) {
  const auto one_more = [](size_t i) { return i == 0 ? "sum(amount)" : k(i - 1) + " + 1"; };
  EXPECT_EQ(mistakes_of(numbered(10'000, one_more)).size(), 10'000U - 51U);
}

TEST(KpiFormulas, ThatUseOneOfThousandsTogetherSayOnceThatItIsTooMuch) {
  Kpis kpis = numbered(3'000, [](size_t i) { return "sum(amount) + " + std::to_string(i); });
  std::string all = "coalesce(k0";
  for (size_t i = 1; i < 3'000; ++i) all += ", " + k(i);
  kpis.emplace_back("all", all + ")");
  for (size_t i = 0; i < 3'000; ++i) kpis.emplace_back("user" + std::to_string(i), "all");
  const Mistakes mistakes = mistakes_of(kpis);
  ASSERT_EQ(mistakes.size(), 1U);
  EXPECT_EQ(
      mistakes[0].substr(mistakes[0].find(' ')),
      " with this one the formulas would compute with more than 250000 numbers for each group "
      "and window");
}

TEST(KpiFormulas, ThatDoubleEachOtherAreRefused) {
  const auto twice = [](size_t i) {
    return i == 0 ? std::string("sum(amount)") : k(i - 1) + " + " + k(i - 1);
  };
  EXPECT_EQ(mistakes_of(numbered(50, twice)),
            Mistakes{"k14 the formula would compute with more than 20000 numbers for each value"});
}

TEST(KpiFormulas, LookBackAtMostTwentyTimesInARow) {
  const std::string twenty = repeated("previous(", 20) + "sum(amount)" + repeated(", 7d)", 20);
  EXPECT_EQ(mistakes_of({{"a", twenty}}), Mistakes());
  const std::string text =
      "the formula would look back more than 20 times, each from where it looked back to";
  EXPECT_EQ(mistakes_of({{"a", twenty}, {"b", "previous(a)"}, {"c", "growth(a, 1 year)"}}),
            (Mistakes{"b " + text, "c " + text}));
  EXPECT_EQ(mistakes_of({{"a", twenty}, {"b", "moving_average(a, 2)"}}), Mistakes{"b " + text});
}

TEST(KpiFormulas, AreRefusedWhoseExactValuesWouldBeTooLong) {
  const std::string too_long = "the exact value of the formula would take too long to compute";
  const Kpis averages = {{"a", "avg(amount)"},
                         {"b", "moving_average(a, 1000)"},
                         {"c", "moving_average(moving_average(a, 50), 60)"},
                         {"d", "moving_average(moving_average(sum(amount), 100), 100)"}};
  EXPECT_EQ(mistakes_of(averages), Mistakes());
  const Kpis products = {{"a", "sum(amount)" + repeated(" * sum(amount)", 399)},
                         {"b", "a" + repeated(" * a", 9)},
                         {"c", "a" + repeated(" * a", 24)},
                         {"d", "if(b in [1" + repeated(", 1", 9'000) + "], 1, 0)"},
                         {"e", "b / (b + 1)"},
                         {"f", "if(b > 1, b, 0)"}};
  EXPECT_EQ(mistakes_of(products), (Mistakes{"c " + too_long, "d " + too_long, "e " + too_long}));
}

}  // namespace
}  // namespace kpid
