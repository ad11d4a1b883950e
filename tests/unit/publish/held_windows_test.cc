#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/unit/publish/shop.h"

// What is held until its sources have caught up, and what is known of it meanwhile.

namespace kpid {
namespace {

/// A KPI of two sources.
Definitions sales_and_stock(const std::string& window) {
  Definitions definitions;
  definitions.sources = {small_source("sales"), small_source("stock")};
  add_kpi(definitions, {.formula = "count(sales) + count(stock)", .windows = {window}});
  return definitions;
}

TEST(Publisher, HoldsAKpiBeforeItsFirstEvent) {
  Shop shop(small_definitions());
  EXPECT_EQ(shop.shown(0), "kpi 1m held: no_events");
}

TEST(Publisher, HoldsAKpiForTheReasonThatItsSourceIsHeld) {
  Shop shop(small_definitions());
  shop.event(30, "a");
  shop.access[0].held = kHeldCatchingUp;
  EXPECT_EQ(shop.shown(31), "kpi 1m held: catching_up");
  shop.access[0].held = {};
  EXPECT_EQ(shop.shown(31), "kpi 1m final [-60, 0) is final 1.00: ");
}

TEST(Publisher, KnowsWhileItIsHeldBeforeWhichWindowItWillNotBegin) {
  Shop shop(sales_and_stock("1m every 20s"));
  shop.access[0].held = shop.access[1].held = kHeldCatchingUp;
  shop.access[0].all_found = true;
  shop.event(30, "a");
  shop.event(59, "a");
  EXPECT_EQ(shop.shown_until(60), "any") << "stock may have older events";
  shop.event(21, "a", "1", 1);
  EXPECT_EQ(shop.shown_until(60), "any") << "so may partitions of it that are not found yet";
  shop.access[1].all_found = true;
  EXPECT_EQ(shop.shown_until(60), "39.999")
      << "the window that ends at 20 s may still be the first";
  shop.event(40, "a", "1", 1);
  EXPECT_EQ(shop.shown_until(60), "59.999");
  shop.access[0].held = shop.access[1].held = {};
  EXPECT_EQ(shop.shown(60), "kpi 1m every 20s final [-20, 40) is final 1.00: =2 of 1");
}

TEST(Publisher, WaitsWhileItIsHeldForNoSourceThatIsNotAndHasNoEvents) {
  Shop shop(sales_and_stock("1m"));
  shop.access[0].held = kHeldCatchingUp;
  shop.access[0].all_found = true;
  shop.event(70, "a");
  EXPECT_EQ(shop.shown_until(71), "119.999");
}

/// A backlog of ten minutes in one partition of a source that is held, of which nothing is kept
/// finer than it will be shown; `before` and `meanwhile` are what the other partition has.
std::string shown_after_a_backlog(const std::function<void(Shop&)>& before,
                                  const std::function<void(Shop&)>& meanwhile) {
  Shop shop(small_definitions({{.windows = {"1m", "1h"}}}), 2);
  shop.access[0].held = kHeldCatchingUp;
  shop.access[0].all_found = true;
  before(shop);
  for (int minute = 0; minute <= 10; ++minute) shop.event(60 * minute + 30, "a");
  shop.snapshot(700);
  if (const auto until = shop.publisher().shown_until().at(0)) shop.engine().coarsen(0, *until);
  meanwhile(shop);
  shop.access[0].held = {};
  return shop.shown(701);
}

TEST(Publisher, ShowsTheWindowOfAnIdlePartitionThatSpokeAgainWhileItsSourceWasHeld) {
  EXPECT_EQ(shown_after_a_backlog([](Shop& shop) { shop.event(70, "a", "1", 0, 1); },
                                  [](Shop& shop) { shop.event(130, "a", "1", 0, 1, 570); }),
            "kpi 1m final [60, 120) is final 1.00: =2 of 2\n"
            "kpi 1h final [-3600, 0) is final 1.00: ");
}

/// Such a partition is known to be at its end, but what it will have may be of any time.
TEST(Publisher, ShowsAWindowOfAnEmptyPartitionThatBeganToSpeakWhileItsSourceWasHeld) {
  EXPECT_EQ(
      shown_after_a_backlog([](Shop&) {}, [](Shop& shop) { shop.event(130, "a", "1", 0, 1, 570); })
          .find("record_begins"),
      std::string::npos);
}

TEST(Publisher, KnowsAfterACatchUpBeforeWhichWindowItWillNotGoBack) {
  Shop shop(small_definitions());
  shop.access[0] = {
      .held = kHeldCatchingUp, .all_found = true, .unreachable_since = {}, .begins = {}};
  shop.event(70, "a");
  EXPECT_EQ(shop.shown_until(71), "119.999");
  shop.access[0].held = {};
  shop.event(190, "a");
  EXPECT_EQ(shop.shown_until(191), "239.999");
  shop.event(250, "a");
  EXPECT_EQ(shop.shown_until(251), "299.999");
}

TEST(Publisher, KnowsBetweenPublicationsWhatTheNextOneWouldSay) {
  Shop shop(small_definitions());
  shop.access[0] = {
      .held = kHeldCatchingUp, .all_found = true, .unreachable_since = {}, .begins = {}};
  shop.event(70, "a");
  shop.follow(71);
  EXPECT_EQ(shop.shown_until(), "119.999");
  shop.event(119.999, "a");
  shop.follow(121);
  EXPECT_EQ(shop.shown_until(), "119.999");
  shop.event(120, "a");
  shop.follow(121);
  EXPECT_EQ(shop.shown_until(), "179.999");
  EXPECT_EQ(shop.shown_until(121), "179.999");
}

/// A producer whose clock is fast.
TEST(Publisher, MovesNoHeldLiveWindowAheadOfTheClock) {
  Shop shop(small_definitions({{.show = Show::kLive}}), 2);
  shop.access[0] = {
      .held = kHeldCatchingUp, .all_found = true, .unreachable_since = {}, .begins = {}};
  shop.event(90, "a");
  shop.event(400, "a", "1", 0, 1);
  shop.snapshot(100);
  shop.access[0].held = {};
  EXPECT_EQ(shop.shown(100), "kpi 1m live [60, 120) is not 0.50: =1 of 1");
}

}  // namespace
}  // namespace kpid
