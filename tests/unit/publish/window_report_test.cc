#include "pipeline/publish/window_report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/publish/shop.h"

namespace kpid {
namespace {

/// `[0, 60) passed` of every window that a shop's shards hold, in seconds of the story; `KPI`
/// before it where there are several.
std::string reported(Shop& shop, size_t shards = 1) {
  std::vector<Engine*> engines;
  for (size_t shard = 0; shard < shards; ++shard) engines.push_back(&shop.engine(shard));
  const auto& kpis = engines[0]->plan().definitions->kpis;
  std::vector<std::string> windows;
  report_windows(
      engines, std::vector<bool>(kpis.size(), true), {}, {}, Begins(kpis.size()),
      [&](const WindowReport& report) {
        const auto seconds = [](EventTime time) { return (time - kStart).count() / 1000; };
        windows.push_back(
            fmt::format("{}[{}, {}){}{}", kpis.size() > 1 ? kpis[report.kpi].name + " " : "",
                        seconds(report.window.start), seconds(report.window.end),
                        report.passed ? " passed" : "", report.incomplete ? " incomplete" : ""));
      });
  return fmt::format("{}", fmt::join(windows, "; "));
}

TEST(WindowReport, SaysThatAWindowIsPassedFromTheInstantTheWatermarkReachesItsEnd) {
  Shop shop(small_definitions());
  shop.event(10, "a");
  EXPECT_EQ(reported(shop), "[0, 60)");
  shop.event(59.999, "a");
  EXPECT_EQ(reported(shop), "[0, 60)");
  shop.event(60, "a");
  EXPECT_EQ(reported(shop), "[0, 60) passed; [60, 120)");
}

TEST(WindowReport, WaitsForEveryPartitionThatHasHadAnEvent) {
  Shop shop(small_definitions(), 2);
  shop.event(10, "a");
  shop.event(60, "a");
  EXPECT_EQ(reported(shop, 2), "[0, 60) passed; [60, 120)") << "the other had none";
  shop.event(20, "a", "1", 0, 1);
  EXPECT_EQ(reported(shop, 2), "[0, 60); [60, 120)");
  shop.event(61, "a", "1", 0, 1);
  EXPECT_EQ(reported(shop, 2), "[0, 60) passed; [60, 120)");
}

TEST(WindowReport, WaitsForTheSourcesOfItsKpiAlone) {
  Definitions definitions;
  definitions.sources = {small_source("sales"), small_source("returns")};
  add_kpi(definitions, {.name = "both", .formula = "count(sales) + count(returns)"});
  add_kpi(definitions, {.name = "sold", .formula = "count(sales)"});
  Shop shop(std::move(definitions));
  shop.event(10, "a");
  shop.event(10, "a", "1", 1);
  shop.event(70, "a");
  EXPECT_EQ(reported(shop), "both [0, 60); sold [0, 60) passed; both [60, 120); sold [60, 120)");
}

TEST(WindowReport, CallsAWindowIncompleteThatOverlapsALoss) {
  Shop shop(small_definitions());
  shop.event(10, "a");
  shop.event(70, "a");
  shop.lose(1);
  shop.event(100, "a");
  shop.event(180, "a");
  EXPECT_EQ(reported(shop), "[0, 60) passed; [60, 120) passed incomplete; [180, 240)");
}

TEST(WindowReport, CallsAWindowIncompleteOfWhichGroupsWereCut) {
  Definitions definitions = small_definitions({{.by = {"g"}}});
  definitions.limits.max_groups = 1;
  Shop shop(std::move(definitions));
  shop.event(10, "a");
  shop.event(70, "a");
  shop.event(71, "b");
  EXPECT_EQ(reported(shop), "[0, 60) passed; [60, 120) incomplete");
}

}  // namespace
}  // namespace kpid
