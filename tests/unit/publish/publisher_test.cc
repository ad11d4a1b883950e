#include "pipeline/publish/publisher.h"

#include <gtest/gtest.h>

#include "tests/unit/publish/shop.h"

namespace kpid {
namespace {

TEST(Publisher, ShowsAWindowAsFinalFromTheInstantOfItsEnd) {
  Shop shop(small_definitions());
  shop.event(0, "a");
  shop.event(59.999, "a");
  EXPECT_EQ(shop.shown(60), "kpi 1m final [-60, 0) is final 1.00: ");
  shop.event(60, "a");
  EXPECT_EQ(shop.shown(60), "kpi 1m final [0, 60) is final 1.00: =2 of 2");
}

TEST(Publisher, ShowsTheLiveWindowThatEndsFirstAfterTheNewestEventButNotAfterTheClock) {
  Shop shop(small_definitions({{.windows = {"1m every 20s"}, .show = Show::kLive}}));
  shop.event(19.999, "a");
  EXPECT_EQ(shop.shown(20), "kpi 1m every 20s live [-40, 20) is not 1.00: =1 of 1");
  shop.event(20, "a");
  EXPECT_EQ(shop.shown(20), "kpi 1m every 20s live [-20, 40) is not 0.67: =2 of 2");
  shop.event(75, "a");  // a till that is fast
  EXPECT_EQ(shop.shown(30), "kpi 1m every 20s live [-20, 40) is final 1.00: =2 of 2");
  EXPECT_EQ(shop.shown(40), "kpi 1m every 20s live [0, 60) is final 1.00: =2 of 2");
}

TEST(Publisher, MovesAnIdleShopOnByTheClockToZero) {
  Shop shop(small_definitions());
  shop.event(10, "a");
  EXPECT_EQ(shop.shown(119.999), "kpi 1m final [-60, 0) is final 1.00: ");
  EXPECT_EQ(shop.shown(120), "kpi 1m final [0, 60) is final 1.00: =1 of 1")
      << "the clock less idle_timeout has passed the window's end";
  EXPECT_EQ(shop.shown(180), "kpi 1m final [60, 120) is final 1.00: =0 of 0");
}

TEST(Publisher, NeverGoesBackAndMayBecomeProvisionalAgain) {
  Shop shop(small_definitions());
  shop.event(10, "a");
  EXPECT_EQ(shop.shown(200), "kpi 1m final [60, 120) is final 1.00: =0 of 0");
  shop.event(70, "a");
  Shop* const same = &shop;
  EXPECT_EQ(same->shown(129), "kpi 1m final [60, 120) is not 0.17: =1 of 1");
}

TEST(Publisher, SaysWhichPartitionHoldsAProvisionalWindowBackAndSinceWhen) {
  Shop shop(small_definitions());
  shop.event(10, "a");
  EXPECT_EQ(shop.shown(200), "kpi 1m final [60, 120) is final 1.00: =0 of 0");
  EXPECT_EQ(shop.held_back(200), "nobody") << "it is idle: the clock alone is waited for";
  shop.event(70, "a");
  EXPECT_EQ(shop.held_back(129), "sales/0 at 70, 50 behind, since 129");
  shop.event(119.999, "a");
  EXPECT_EQ(shop.shown(130), "kpi 1m final [60, 120) is not 1.00: =2 of 2");
  EXPECT_EQ(shop.held_back(130), "sales/0 at 119.999, 0.001 behind, since 129");
}

TEST(Publisher, SaysWhichPartitionHoldsBackTheWindowAfterAFinalOne) {
  Definitions definitions;
  definitions.sources = {small_source("sales"), small_source("visits")};
  add_kpi(definitions, {.formula = "count(sales) / count(visits)"});
  Shop shop(std::move(definitions));
  shop.event(60, "a", "1", 0);
  shop.event(100, "a", "1", 1);
  EXPECT_EQ(shop.held_back(101), "sales/0 at 60, 60 behind, since 101");
  shop.event(119, "a", "1", 0);
  EXPECT_EQ(shop.held_back(120), "visits/0 at 100, 20 behind, since 120");
  shop.event(120, "a", "1", 1);
  EXPECT_EQ(shop.held_back(121), "sales/0 at 119, 1 behind, since 121");
  shop.event(120, "a", "1", 0);
  EXPECT_EQ(shop.shown(122), "kpi 1m final [60, 120) is final 1.00: =2 of 1");
  EXPECT_EQ(shop.held_back(122), "sales/0 at 120, 60 behind, since 121");
}

TEST(Publisher, SaysThatNobodyHoldsAWindowBackWhoseEndEveryPartitionHasPassed) {
  Shop shop(small_definitions({{.windows = {"1m every 20s"}, .show = Show::kLive}}));
  shop.event(39.999, "a");
  EXPECT_EQ(shop.held_back(30), "sales/0 at 39.999, 0.001 behind, since 30");
  shop.event(59.999, "a");  // a till that is fast
  EXPECT_EQ(shop.shown(30), "kpi 1m every 20s live [-20, 40) is final 1.00: =1 of 1");
  EXPECT_EQ(shop.held_back(30), "sales/0 at 59.999, 0.001 behind, since 30") << "of [0, 60)";
  shop.event(60, "a");
  EXPECT_EQ(shop.held_back(30), "nobody");
}

TEST(Publisher, SaysHowFarEventsCameBehindInEachSource) {
  Definitions definitions;
  definitions.sources = {small_source("sales"), small_source("visits")};
  definitions.sources[0].disorder = std::chrono::seconds{30};
  add_kpi(definitions, {.formula = "count(sales) / count(visits)"});
  Shop shop(std::move(definitions));
  for (const double seconds : {60, 61, 50, 62}) shop.event(seconds, "a");
  const auto snapshot = shop.snapshot(70);
  ASSERT_EQ(snapshot->disorder.size(), 2U);
  const DisorderView& sales = *snapshot->disorder_of("sales");
  EXPECT_EQ(sales.limit, std::chrono::seconds{30});
  EXPECT_EQ(sales.events, 4U);
  EXPECT_EQ(sales.p50, Duration{0});
  EXPECT_EQ(sales.p99, std::chrono::seconds{11});
  EXPECT_EQ(sales.maximum, std::chrono::seconds{11});
  EXPECT_EQ(sales.total, std::chrono::seconds{11});
  EXPECT_EQ(snapshot->disorder_of("visits")->events, 0U);
  EXPECT_EQ(snapshot->disorder_of("returns"), nullptr);
}

TEST(Publisher, AddsUpTheLedgersOfASourceOnceTheyMayBeSeen) {
  Snapshot snapshot;
  for (const bool shown : {true, true, false}) {
    PartitionView view;
    view.state.source = shown ? "sales" : "visits";
    view.state.ledger = {.read = 7, .accepted = 5, .rejected = {1, 1}, .lost = 3, .amending = 2};
    view.shown = shown;
    snapshot.partitions.push_back(view);
  }
  EXPECT_EQ(snapshot.ledger_of("sales"),
            (Ledger{.read = 14, .accepted = 10, .rejected = {2, 2}, .lost = 6, .amending = 4}));
  EXPECT_EQ(snapshot.ledger_of("visits"), std::nullopt);
  EXPECT_EQ(snapshot.ledger_of("returns"), std::nullopt);
}

TEST(Publisher, ShowsASilentGroupAsZeroUntilItExpires) {
  Definitions definitions = grouped("count(sales)");
  definitions.limits.group_expiry = std::chrono::seconds{60};
  Shop shop(std::move(definitions));
  shop.event(60, "quiet");
  shop.event(130, "a");
  shop.event(180, "a");
  EXPECT_EQ(shop.shown(180), "kpi 1m final [120, 180) is final 1.00: a=1 of 1 quiet=0 of 0");
  shop.event(240, "a");
  EXPECT_EQ(shop.shown(240), "kpi 1m final [180, 240) is final 1.00: a=1 of 1");
}

TEST(Publisher, DoesNotShowAGroupWhoseFirstEventIsAfterTheWindow) {
  Shop shop(grouped());
  shop.event(10, "a");
  shop.event(60, "new");
  EXPECT_EQ(shop.shown(60), "kpi 1m final [0, 60) is final 1.00: a=1 of 1");
}

TEST(Publisher, ShowsTheAverageOfNothingAsAbsent) {
  Shop shop(grouped("avg(sales.v)"));
  shop.event(10, "a", "3");
  shop.event(10, "b", "null");
  shop.event(60, "a");
  EXPECT_EQ(shop.shown(60), "kpi 1m final [0, 60) is final 1.00: a=3 of 1 b=- of 0");
}

TEST(Publisher, GivesBothSidesOfAQuotient) {
  Shop shop(small_definitions({{.formula = "sum(sales.v) / count(sales)"}}));
  shop.event(10, "a", "1");
  shop.event(20, "a", "2");
  shop.event(60, "a");
  const auto snapshot = shop.snapshot(60);
  const Sample& sample = snapshot->windows.at(0).samples[0];
  EXPECT_EQ(sample.value->to_string(), "1.5");
  EXPECT_EQ(sample.numerator->to_string(), "3");
  EXPECT_EQ(sample.denominator->to_string(), "2");
  EXPECT_EQ(sample.samples, 2);
}

TEST(Publisher, JoinsSourcesOnTheGroupAndAMissingOneHasNoEvents) {
  Definitions definitions;
  definitions.sources = {small_source("sales"), small_source("visits")};
  add_kpi(definitions, {.formula = "count(sales) / count(visits)", .by = {"g"}});
  Shop shop(std::move(definitions));
  shop.event(10, "both", "1", 0);
  shop.event(10, "sold", "1", 0);
  shop.event(11, "both", "1", 1);
  shop.event(12, "both", "1", 1);
  shop.event(13, "seen", "1", 1);
  shop.event(60, "both", "1", 0);
  EXPECT_EQ(shop.shown(61), "kpi 1m final [-60, 0) is final 1.00: ");
  shop.event(60, "both", "1", 1);
  EXPECT_EQ(shop.shown(61),
            "kpi 1m final [0, 60) is final 1.00: both=0.5 of 2 seen=0 of 1 sold=- of 0");
}

TEST(Publisher, CallsAWindowIncompleteThatLooksBackAtOneWhoseGroupsWereCut) {
  Definitions definitions = grouped("count(sales) + previous(count(sales))");
  definitions.limits.max_groups = 2;
  Shop shop(std::move(definitions));
  for (const char* group : {"a", "b", "c", "c"}) shop.event(5, group);
  shop.event(60, "a");
  shop.event(120, "a");
  EXPECT_EQ(shop.shown(120), "kpi 1m final [60, 120) is not incomplete: a=2 of 1 b=1 of 0")
      << "what a group had before may be in __other__";
  EXPECT_EQ(shop.snapshot(120)->windows[0].groups_cut, 0) << "none in the window itself";
  shop.event(180, "a");
  EXPECT_EQ(shop.shown(180), "kpi 1m final [120, 180) is final 1.00: a=2 of 1 b=0 of 0");
}

TEST(Publisher, CallsWindowsIncompleteThatOverlapALoss) {
  Shop shop(small_definitions({{.windows = {"10s"}}}));
  shop.event(5, "a");
  shop.event(25, "a");
  shop.lose(3);
  EXPECT_EQ(shop.shown(25), "kpi 10s final [10, 20) is final 1.00: =0 of 0");
  shop.event(30, "a");
  EXPECT_EQ(shop.shown(30), "kpi 10s final [20, 30) is not incomplete: =1 of 1");
  shop.event(40, "a");
  EXPECT_EQ(shop.shown(40), "kpi 10s final [30, 40) is not incomplete: =1 of 1")
      << "the first event after the gap is in it";
  shop.event(50, "a");
  EXPECT_EQ(shop.shown(50), "kpi 10s final [40, 50) is final 1.00: =1 of 1");
}

TEST(Publisher, RemembersALossAsLongAsAWindowThatHasItIsShown) {
  Definitions definitions = small_definitions({{.windows = {"10m"}}});
  definitions.sources[0].retention = std::chrono::minutes{1};
  Shop shop(std::move(definitions));
  shop.event(5, "a");
  shop.lose(1);
  shop.event(6, "a");
  shop.event(600, "a");
  shop.forget(540);
  EXPECT_EQ(shop.shown(600), "kpi 10m final [0, 600) is not incomplete: =2 of 2");
  shop.event(1'199, "a");
  shop.forget(1'139);
  EXPECT_EQ(shop.shown(1'199), "kpi 10m final [0, 600) is not incomplete: =2 of 2");
  shop.event(1'200, "a");
  shop.forget(1'140);
  EXPECT_EQ(shop.shown(1'200), "kpi 10m final [600, 1200) is final 1.00: =2 of 2");
  EXPECT_TRUE(shop.engine().partition(0).lost_spans.empty());
}

TEST(Publisher, HoldsAWindowThatBeginsBeforeItsRecord) {
  Shop shop(small_definitions());
  shop.event(10, "a");
  shop.event(60, "a");
  shop.publisher().set_begins(0, at(0.001));
  EXPECT_EQ(shop.shown(60), "kpi 1m held: record_begins");
  shop.publisher().set_begins(0, at(0));
  EXPECT_EQ(shop.shown(60), "kpi 1m final [0, 60) is final 1.00: =1 of 1");
  shop.access[0].begins = at(0.001);
  EXPECT_EQ(shop.shown(60), "kpi 1m held: record_begins");
}

TEST(Publisher, SaysOfAWindowThatWhatItLooksBackAtIsNotOnRecord) {
  Shop shop(small_definitions({{.formula = "count(sales) - previous(count(sales))"}}));
  for (const double seconds : {10, 60, 70, 120}) shop.event(seconds, "a");
  EXPECT_EQ(shop.shown(120), "kpi 1m final [60, 120) is final 1.00: =1 of 2");
  shop.publisher().set_begins(0, at(60));
  EXPECT_EQ(shop.shown(120), "kpi 1m final [60, 120) is final 1.00: =- of 2");
  EXPECT_FALSE(shop.snapshot(120)->windows[0].on_record);
  shop.event(180, "a");
  EXPECT_EQ(shop.shown(180), "kpi 1m final [120, 180) is final 1.00: =-1 of 1");
  EXPECT_TRUE(shop.snapshot(180)->windows[0].on_record);
}

TEST(Publisher, TakesAWindowAwayThatShouldHaveBeenReplacedForStaleAfter) {
  Shop shop(small_definitions());  // stale after five minutes
  shop.event(10, "a");
  shop.event(60, "a");
  const std::string shown = "kpi 1m final [0, 60) is final 1.00: =1 of 1";
  shop.connected[0] = false;
  shop.access[0].unreachable_since = at(61);
  EXPECT_EQ(shop.shown(419.999), shown) << "the next one was due at 120";
  EXPECT_EQ(shop.shown(420), "kpi 1m held: stale");
  shop.access[0].unreachable_since = at(200);
  EXPECT_EQ(shop.shown(499.999), shown) << "away since 200";
  EXPECT_EQ(shop.shown(500), "kpi 1m held: stale");
  shop.access[0].unreachable_since.reset();
  EXPECT_EQ(shop.shown(500), shown);
}

TEST(Publisher, CountsAmendmentsOncePerWindowOfTheKpi) {
  Definitions definitions = small_definitions({{.windows = {"1m", "1m every 20s"}}});
  definitions.sources[0].allowed_lateness = std::chrono::minutes{5};
  Shop shop(std::move(definitions));
  const auto amendments = [&] {
    const auto counts = shop.snapshot(100)->amendments;
    return std::vector<uint64_t>{counts[0].amendments, counts[1].amendments};
  };
  shop.event(59.999, "a");
  shop.event(10, "a");
  EXPECT_EQ(amendments(), (std::vector<uint64_t>{0, 1})) << "[-40, 20) had ended";
  shop.event(60, "a");
  shop.event(59, "a");
  EXPECT_EQ(amendments(), (std::vector<uint64_t>{1, 2}));
  shop.event(40, "a");
  EXPECT_EQ(amendments(), (std::vector<uint64_t>{2, 3}));
}

}  // namespace
}  // namespace kpid
