#include <gtest/gtest.h>

#include "tests/unit/publish/shop.h"

// Groups beyond what is shown, and beyond what is kept.

namespace kpid {
namespace {

TEST(Publisher, MergesTheGroupsThatDoNotFitSoThatNothingIsMissing) {
  Definitions definitions = grouped("sum(sales.v)");
  definitions.limits.max_series = 2;
  Shop shop(std::move(definitions));
  shop.event(1, "a", "1.5");
  for (int i = 0; i < 2; ++i) shop.event(2, "b", "2.5");
  for (int i = 0; i < 3; ++i) shop.event(3, "c", "0.1");
  shop.event(4, "other", "7");
  shop.event(60, "a");
  EXPECT_EQ(shop.shown(60),
            "kpi 1m final [0, 60) is final 1.00: b=5 of 2 c=0.3 of 3 other=8.5 of 2");
  EXPECT_EQ(shop.snapshot(60)->groups[0].groups, 4U);
  EXPECT_EQ(shop.snapshot(60)->groups[0].groups_shown, 2U);
}

TEST(Publisher, FillsAllPlacesWhenALongerWindowIsTheFirstThatIsCrowded) {
  Definitions definitions =
      small_definitions({{.windows = {"1m", "2m"}, .by = {"g"}, .show = Show::kLive}});
  definitions.limits.max_series = 2;
  definitions.limits.group_expiry = Duration{0};
  Shop shop(std::move(definitions));
  shop.event(10, "a");
  shop.event(20, "b");
  shop.event(30, "c");
  shop.event(70, "a");
  EXPECT_EQ(shop.shown(70),
            "kpi 1m live [60, 120) is not 0.17: a=1 of 1\n"
            "kpi 2m live [0, 120) is not 0.58: a=2 of 2 b=1 of 1 other=1 of 1");
}

TEST(Publisher, RanksAnewWhenAWindowBecomesFinalAndByTheFormulaThatIsAskedFor) {
  Definitions definitions =
      small_definitions({{.formula = "count(sales)", .by = {"g"}, .rank_by = "sum(sales.v)"}});
  definitions.limits.max_series = 1;
  Shop shop(std::move(definitions));
  shop.event(1, "a", "10");
  shop.event(2, "b", "5");
  shop.event(2, "b", "1");
  shop.event(60, "a", "1");
  EXPECT_EQ(shop.shown(60), "kpi 1m final [0, 60) is final 1.00: a=1 of 1 other=2 of 2");
  shop.event(61, "b", "50");
  EXPECT_EQ(shop.shown(62), "kpi 1m final [0, 60) is final 1.00: a=1 of 1 other=2 of 2");
  shop.event(120, "c", "1");
  EXPECT_EQ(shop.shown(120), "kpi 1m final [60, 120) is final 1.00: b=1 of 1 other=1 of 1");
}

TEST(Publisher, RanksNoWindowsBetweenPublicationsSoThatNoneIsPassedOver) {
  Definitions definitions = grouped();
  definitions.limits.max_series = 1;
  Shop shop(std::move(definitions));
  for (int i = 0; i < 2; ++i) shop.event(1, "b");
  shop.event(2, "a");
  shop.event(60, "a");
  EXPECT_EQ(shop.shown_until(60), "119.999");
  shop.event(61, "a");
  shop.event(62, "b");
  shop.event(120, "b");
  shop.follow(120);
  EXPECT_EQ(shop.shown_until(), "119.999") << "the window until 120 s has to be ranked";
  EXPECT_EQ(shop.shown(120), "kpi 1m final [60, 120) is final 1.00: a=2 of 2 other=1 of 1");
  EXPECT_EQ(shop.shown_until(), "179.999");
}

TEST(Publisher, KeepsShownWindowsAndRankedGroupsOverARestart) {
  Definitions definitions = grouped();
  definitions.limits.max_series = 1;
  Shop shop(definitions);
  for (int i = 0; i < 2; ++i) shop.event(1, "b");
  shop.event(2, "a");
  shop.event(60, "a");
  const std::string before = shop.shown(60);
  EXPECT_EQ(before, "kpi 1m final [0, 60) is final 1.00: b=2 of 2 other=1 of 1");
  Shop restarted(definitions);
  restarted.publisher().restore(shop.publisher().save());
  for (int i = 0; i < 2; ++i) restarted.event(1, "b");
  restarted.event(2, "a");
  EXPECT_EQ(restarted.shown(3), "kpi 1m final [0, 60) is not 0.03: b=2 of 2 other=1 of 1");
  Shop broken(definitions);
  broken.publisher().restore(shop.publisher().save().substr(0, 20));
  broken.event(2, "a");
  EXPECT_EQ(broken.shown(3), "kpi 1m final [-60, 0) is final 1.00: ");
}

TEST(Publisher, PutsEventsOfGroupsBeyondTheBoundIntoAGroupAndCallsTheWindowIncomplete) {
  Definitions definitions = grouped();
  definitions.limits.max_groups = 2;
  Shop shop(std::move(definitions));
  for (const char* group : {"a", "b", "c", "c", "d"}) shop.event(5, group);
  shop.event(60, "a");
  EXPECT_EQ(shop.shown(60),
            "kpi 1m final [0, 60) is not incomplete: __other__=3 of 3 a=1 of 1 b=1 of 1");
  EXPECT_EQ(shop.snapshot(60)->windows[0].groups_cut, 3);
  shop.event(120, "b");
  EXPECT_EQ(shop.shown(120), "kpi 1m final [60, 120) is final 1.00: a=1 of 1 b=0 of 0");
}

}  // namespace
}  // namespace kpid
