#include "pipeline/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace kpid {
namespace {

using testing::ElementsAre;

Definitions two_sources() {
  Definitions definitions;
  definitions.sources = {small_source("sales"), small_source("visits")};
  return definitions;
}

TEST(Plan, NamesTheStateOfAGroupingByItsSourceAndTheFieldsThatFindTheGroup) {
  Definitions definitions = two_sources();
  add_kpi(definitions, {.name = "listed", .formula = "count(sales)", .by = {"g", "s"}});
  add_kpi(definitions, {.name = "renamed",
                        .formula = "count(visits)",
                        .by = {"place", "s"},
                        .other_fields = {{.label = 0, .source = "visits", .field = "g"}}});
  const auto plan = plan_of(std::move(definitions));
  ASSERT_EQ(plan->groupings.size(), 2U);
  EXPECT_EQ(plan->groupings[0].identity, "source sales by g:string by s:string");
  EXPECT_EQ(plan->groupings[1].identity, "source visits by g:string by s:string");
}

TEST(Plan, SharesAGroupingBetweenLabelsOfTheSameFields) {
  Definitions definitions = two_sources();
  add_kpi(definitions, {.name = "listed", .formula = "count(sales)", .by = {"g"}});
  add_kpi(definitions, {.name = "renamed",
                        .formula = "count(sales) / count(visits)",
                        .by = {"s"},
                        .other_fields = {{.label = 0, .source = "sales", .field = "g"}}});
  const auto plan = plan_of(std::move(definitions));
  ASSERT_EQ(plan->groupings.size(), 2U);
  EXPECT_THAT(plan->kpis[0].groupings, ElementsAre(0U));
  EXPECT_THAT(plan->kpis[1].groupings, ElementsAre(0U, 1U));
  EXPECT_EQ(plan->groupings[1].identity, "source visits by s:string");
}

TEST(Plan, KeepsGroupsOfOtherFieldsApartThoughTheirLabelIsTheSame) {
  Definitions definitions = two_sources();
  add_kpi(definitions, {.name = "listed", .formula = "count(sales)", .by = {"g"}});
  add_kpi(definitions, {.name = "renamed",
                        .formula = "count(sales)",
                        .by = {"g"},
                        .other_fields = {{.label = 0, .source = "sales", .field = "s"}}});
  const auto plan = plan_of(std::move(definitions));
  ASSERT_EQ(plan->groupings.size(), 2U);
  EXPECT_EQ(plan->groupings[1].identity, "source sales by s:string");
}

}  // namespace
}  // namespace kpid
