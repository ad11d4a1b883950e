#include "pipeline/publish/slowest_partitions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace kpid {
namespace {

/// Two sources; `both` reads both, `sales_only` the first. What is the slowest, and since when.
class SlowestPartitionsStory : public testing::Test {
 protected:
  SlowestPartitionsStory() {
    Definitions definitions;
    definitions.sources = {small_source("sales"), small_source("visits")};
    add_kpi(definitions, {.name = "both", .formula = "count(sales) / count(visits)"});
    add_kpi(definitions, {.name = "sales_only"});
    plan_ = plan_of(std::move(definitions));
    tracker_ = std::make_unique<ProgressTracker>(*plan_);
    slowest_ = std::make_unique<SlowestPartitions>(*plan_);
  }

  /// A partition that was heard of at `now_`, and so is not idle.
  void add(size_t source, int32_t number, std::optional<double> watermark) {
    PartitionProgress progress;
    progress.source = source;
    progress.partition = number;
    if (watermark) progress.watermark = progress.newest_event_time = at(*watermark);
    progress.newest_timestamp = at(now_);
    progress.at_end = true;
    partitions_.push_back(progress);
  }
  /// Everything that is known of the partitions at `now`, and who is the slowest then.
  std::string slowest(size_t kpi, double now) {
    tracker_->update(partitions_, at(now));
    slowest_->update(partitions_, *tracker_, at(now));
    const auto& found = slowest_->of(kpi);
    if (!found) return "none";
    const auto seconds = [](EventTime time) {
      return std::chrono::duration<double>(time - kStart).count();
    };
    return fmt::format("{}/{} at {} since {}", plan_->definitions->sources[found->source].name,
                       found->partition, seconds(found->watermark), seconds(found->since));
  }

  double now_ = 0;
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<ProgressTracker> tracker_;
  std::unique_ptr<SlowestPartitions> slowest_;
  std::vector<PartitionProgress> partitions_;
};

TEST_F(SlowestPartitionsStory, IsNoneBeforeAnyEvent) {
  EXPECT_EQ(slowest(0, 0), "none");
  add(0, 0, std::nullopt);
  EXPECT_EQ(slowest(0, 0), "none");
}

TEST_F(SlowestPartitionsStory, IsTheOneWithTheLeastWatermarkOfTheSourcesOfTheKpi) {
  add(0, 0, 30);
  add(0, 1, 20);
  add(1, 7, 10);
  add(1, 8, std::nullopt);
  EXPECT_EQ(slowest(0, 50), "visits/7 at 10 since 50");
  EXPECT_EQ(slowest(1, 50), "sales/1 at 20 since 50");
}

TEST_F(SlowestPartitionsStory, SaysSinceWhenAsLongAsItIsTheSame) {
  add(0, 0, 30);
  add(0, 1, 20);
  EXPECT_EQ(slowest(1, 50), "sales/1 at 20 since 50");
  partitions_[1].watermark = at(29.999);
  EXPECT_EQ(slowest(1, 51), "sales/1 at 29.999 since 50") << "it moves, and is still the slowest";
  partitions_[1].watermark = at(30);
  EXPECT_EQ(slowest(1, 52), "sales/1 at 30 since 50")
      << "of equal ones it stays the one that it was";
  partitions_[1].watermark = at(30.001);
  EXPECT_EQ(slowest(1, 53), "sales/0 at 30 since 53");
  partitions_[0].watermark = at(31);
  EXPECT_EQ(slowest(1, 54), "sales/1 at 30.001 since 54") << "it begins anew when it comes back";
}

TEST_F(SlowestPartitionsStory, IsTheFirstBySourceAndNumberOfEqualOnesInWhateverOrderTheyCome) {
  add(1, 0, 10);
  add(0, 2, 10);
  add(0, 1, 10);
  EXPECT_EQ(slowest(0, 50), "sales/1 at 10 since 50");
}

TEST_F(SlowestPartitionsStory, PassesOverIdlePartitionsFromTheInstantTheyAreIdle) {
  add(0, 0, 10);
  now_ = 40;
  add(0, 1, 20);
  EXPECT_EQ(slowest(1, 59.999), "sales/0 at 10 since 59.999");
  EXPECT_EQ(slowest(1, 60), "sales/1 at 20 since 60") << "idle_timeout is a minute";
  EXPECT_EQ(slowest(1, 100), "none");
}

TEST_F(SlowestPartitionsStory, OneThatCannotBeReadIsNeverIdleAndStaysTheSlowest) {
  add(0, 0, 10);
  add(0, 1, 20);
  partitions_[0].connected = false;
  EXPECT_EQ(slowest(1, 30), "sales/0 at 10 since 30");
  EXPECT_EQ(slowest(1, 600), "sales/0 at 10 since 30");
}

}  // namespace
}  // namespace kpid
