#include <gtest/gtest.h>

#include <map>

#include "pipeline/window/progress.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

constexpr double kNow = 1'000'000;

/// A partition with records to fetch whose watermark is that many seconds into the story.
PartitionProgress behind_at(double watermark, size_t source = 0) {
  PartitionProgress partition;
  partition.source = source;
  partition.watermark = at(watermark);
  return partition;
}

PartitionProgress waiting(PartitionProgress partition) {
  partition.waiting = true;
  return partition;
}

/// Sources sales, visits (joined by a KPI) and alone; partitions may drift 100 s apart.
class AlignmentOfPartitions : public testing::Test {
 protected:
  AlignmentOfPartitions() {
    Definitions definitions;
    definitions.sources = {small_source("sales"), small_source("visits"), small_source("alone")};
    definitions.max_drift = std::chrono::seconds{100};
    add_kpi(definitions, {.name = "a", .formula = "count(sales) / count(visits)"});
    add_kpi(definitions, {.name = "b", .formula = "count(alone)"});
    plan_ = plan_of(std::move(definitions));
  }

  std::vector<bool> waits(const std::vector<PartitionProgress>& partitions, double now = kNow) {
    return Alignment(*plan_).update(partitions, at(now));
  }

  std::shared_ptr<const Plan> plan_;
};

using Waits = std::vector<bool>;

TEST_F(AlignmentOfPartitions, HoldsBackOneThatIsMoreThanMaxDriftAhead) {
  EXPECT_EQ(waits({behind_at(0), behind_at(99.999)}), (Waits{false, false}));
  EXPECT_EQ(waits({behind_at(0), behind_at(100)}), (Waits{false, false}));
  EXPECT_EQ(waits({behind_at(0), behind_at(100.001)}), (Waits{false, true}));
}

TEST_F(AlignmentOfPartitions, LetsItGoOnOnceItIsHalfOfThatAhead) {
  EXPECT_EQ(waits({behind_at(0), waiting(behind_at(50.001))}), (Waits{false, true}));
  EXPECT_EQ(waits({behind_at(0), waiting(behind_at(50))}), (Waits{false, false}));
}

TEST_F(AlignmentOfPartitions, NeverHoldsBackTheOneFurthestBehind) {
  EXPECT_EQ(waits({waiting(behind_at(0)), waiting(behind_at(500))}), (Waits{false, true}));
}

TEST_F(AlignmentOfPartitions, WaitsForNobodyWithoutRecordsToFetch) {
  PartitionProgress at_end = behind_at(0);
  at_end.at_end = true;
  PartitionProgress stopped = behind_at(0);
  stopped.stopped = true;
  PartitionProgress without_leader = behind_at(0);
  without_leader.connected = false;
  for (const PartitionProgress& other : {at_end, stopped, without_leader}) {
    EXPECT_EQ(waits({other, behind_at(500)}), (Waits{false, false}));
  }
}

TEST_F(AlignmentOfPartitions, MakesNobodyWaitWhoIsAtItsEnd) {
  PartitionProgress at_end = behind_at(500);
  at_end.at_end = true;
  EXPECT_EQ(waits({behind_at(0), at_end}), (Waits{false, false}));
}

TEST_F(AlignmentOfPartitions, CountsOneWithRecordsAndNoEventYetAsFurthestBehind) {
  const PartitionProgress unknown;  // of sales
  EXPECT_EQ(waits({unknown, behind_at(0)}), (Waits{false, true}));
  PartitionProgress empty = unknown;
  empty.at_end = true;
  EXPECT_EQ(waits({empty, behind_at(0)}), (Waits{false, false}));
}

TEST_F(AlignmentOfPartitions, WaitsForNobodyWhoHasCaughtUpAndReadsWhatWasJustWritten) {
  PartitionProgress garbage;  // of sales: never an event, whatever comes
  garbage.caught_up = true;
  garbage.newest_read = at(840);
  EXPECT_EQ(waits({garbage, behind_at(0)}, 900), (Waits{false, false}));
  garbage.newest_read = at(839.999);
  EXPECT_EQ(waits({garbage, behind_at(0)}, 900), (Waits{false, true}));
  garbage.newest_read = at(840);
  garbage.caught_up = false;
  EXPECT_EQ(waits({garbage, behind_at(0)}, 900), (Waits{false, true}));
}

TEST_F(AlignmentOfPartitions, LeavesOutAPartitionAheadOfTheClock) {
  EXPECT_EQ(waits({behind_at(0), behind_at(900.001)}, 900), (Waits{false, false}));
  EXPECT_EQ(waits({behind_at(0), behind_at(900)}, 900), (Waits{false, true}));
  EXPECT_EQ(waits({behind_at(950), behind_at(1'200)}, 900), (Waits{false, false}));
}

TEST_F(AlignmentOfPartitions, HoldsSourcesTogetherThatAKpiJoins) {
  EXPECT_EQ(waits({behind_at(0, 0), behind_at(101, 1)}), (Waits{false, true}));
  EXPECT_EQ(waits({behind_at(0, 0), behind_at(101, 2)}), (Waits{false, false}));
}

}  // namespace
}  // namespace kpid
