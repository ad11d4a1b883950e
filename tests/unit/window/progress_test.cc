#include "pipeline/window/progress.h"

#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace kpid {
namespace {

// The story's source: no disorder unless said, idle after 60 s, kept for an hour.
SourceDefinition source() {
  SourceDefinition definition = small_source();
  definition.retention = std::chrono::hours{1};
  return definition;
}

/// A partition that is read to its end and whose newest event is `newest` seconds into the story,
/// written when it happened.
PartitionProgress had_event(double newest, size_t of_source = 0) {
  PartitionProgress partition;
  partition.source = of_source;
  partition.watermark = at(newest);
  partition.newest_event_time = at(newest);
  partition.newest_timestamp = at(newest);
  partition.newest_read = at(newest);
  partition.at_end = true;
  return partition;
}

PartitionProgress no_event() {
  PartitionProgress partition;
  partition.at_end = true;
  return partition;
}

/// One that is still reading records from long ago.
PartitionProgress reading(PartitionProgress partition) {
  partition.at_end = false;
  return partition;
}

PartitionProgress disconnected(PartitionProgress partition) {
  partition.connected = false;
  return partition;
}

std::shared_ptr<const Plan> plan_of_sources(const std::vector<SourceDefinition>& sources,
                                            const std::string& formula) {
  Definitions definitions;
  definitions.sources = sources;
  add_kpi(definitions, {.formula = formula});
  return plan_of(std::move(definitions));
}

class Progress : public testing::Test {
 protected:
  void update(const std::vector<PartitionProgress>& partitions, double now) {
    tracker_.update(partitions, at(now));
  }
  const SourceProgress& sales() const { return tracker_.source(0); }

  const std::shared_ptr<const Plan> plan_ = plan_of_sources({source()}, "count(sales)");
  ProgressTracker tracker_{*plan_};
};

TEST(IsIdle, FromTheInstantThatTheNewestAcceptedRecordIsAsOldAsTheTimeout) {
  const PartitionProgress partition = had_event(100);
  EXPECT_FALSE(is_idle(partition, source(), at(159.999)));
  EXPECT_TRUE(is_idle(partition, source(), at(160)));
  EXPECT_TRUE(is_idle(partition, source(), at(160.001)));
}

TEST(IsIdle, GoesByTheRecordsTimestampNotTheEventTime) {
  PartitionProgress partition = had_event(100);
  partition.newest_event_time = at(400);
  EXPECT_TRUE(is_idle(partition, source(), at(160)));
}

TEST(IsIdle, AtOnceWithoutAnyEvent) { EXPECT_TRUE(is_idle(no_event(), source(), at(0))); }

TEST(IsIdle, OnlyWhenEverythingOlderThanTheTimeoutIsRead) {
  PartitionProgress garbage = reading(no_event());  // a producer of garbage: nothing is accepted
  EXPECT_FALSE(is_idle(garbage, source(), at(1'000)));
  garbage.newest_read = at(939.999);
  EXPECT_FALSE(is_idle(garbage, source(), at(1'000)));
  garbage.newest_read = at(940);
  EXPECT_TRUE(is_idle(garbage, source(), at(1'000)));
}

TEST(IsIdle, NotWhileItCannotBeReadOrMustWait) {
  PartitionProgress partition = had_event(0);
  ASSERT_TRUE(is_idle(partition, source(), at(1'000)));
  partition.connected = false;
  EXPECT_FALSE(is_idle(partition, source(), at(1'000)));
  partition = had_event(0);
  partition.stopped = true;
  EXPECT_FALSE(is_idle(partition, source(), at(1'000)));
  partition = had_event(0);
  partition.waiting = true;
  EXPECT_FALSE(is_idle(partition, source(), at(1'000)));
}

TEST_F(Progress, IsUnknownBeforeTheFirstEvent) {
  update({no_event(), no_event()}, 1'000);
  EXPECT_FALSE(sales().has_events);
  EXPECT_TRUE(sales().all_idle);
  EXPECT_EQ(sales().final_time, std::nullopt);
  EXPECT_EQ(tracker_.expire_before(0), std::nullopt);
  EXPECT_EQ(tracker_.forget_before(0), std::nullopt);
}

TEST_F(Progress, OfASourceWithoutPartitionsIsIdle) {
  update({}, 0);
  EXPECT_TRUE(sales().all_idle);
  EXPECT_FALSE(sales().has_events);
}

TEST_F(Progress, IsFinalAsFarAsEveryActivePartitionHasGot) {
  update({had_event(100), had_event(130)}, 140);
  EXPECT_EQ(sales().final_time, at(100));
  EXPECT_EQ(sales().newest_time, at(130));
}

TEST_F(Progress, LetsAnIdlePartitionHoldNobodyBack) {
  const std::vector<PartitionProgress> partitions = {had_event(100), had_event(159)};
  update(partitions, 159.999);
  EXPECT_EQ(sales().final_time, at(100));
  update(partitions, 160);
  EXPECT_EQ(sales().final_time, at(159));
  EXPECT_TRUE(tracker_.idle(0));
  EXPECT_FALSE(tracker_.idle(1));
}

TEST_F(Progress, LetsAPartitionThatNeverHadAnEventHoldNobodyBack) {
  update({had_event(100), reading(no_event()), disconnected(no_event())}, 110);
  EXPECT_EQ(sales().final_time, at(100));
}

TEST_F(Progress, IsHeldBackByAPartitionThatCannotBeRead) {
  update({disconnected(had_event(100)), had_event(1'000)}, 1'001);
  EXPECT_EQ(sales().final_time, at(100));
}

TEST_F(Progress, MovesOnByTheClockOnceAllPartitionsAreIdle) {
  update({had_event(100), had_event(130)}, 189.999);
  EXPECT_EQ(sales().final_time, at(130)) << "one is still active";
  update({had_event(100), had_event(130)}, 190);
  EXPECT_TRUE(sales().all_idle);
  EXPECT_EQ(sales().final_time, at(130)) << "the clock less idle_timeout";
  update({had_event(100), had_event(130)}, 500);
  EXPECT_EQ(sales().final_time, at(440));
}

TEST(ProgressOfAnIdleSource, TrailsTheClockByItsDisorderToo) {
  SourceDefinition definition = source();
  definition.disorder = std::chrono::seconds{7};
  const auto plan = plan_of_sources({definition}, "count(sales)");
  ProgressTracker tracker(*plan);
  tracker.update(std::vector{had_event(100)}, at(500));
  EXPECT_EQ(tracker.source(0).final_time, at(433));
}

TEST_F(Progress, NeverFallsBehindTheWatermarkWhenAllTurnIdle) {
  PartitionProgress ahead = had_event(100);
  ahead.watermark = ahead.newest_event_time = at(220);  // a till that is two minutes fast
  update({ahead}, 160);
  EXPECT_TRUE(sales().all_idle);
  EXPECT_EQ(sales().final_time, at(220));
}

TEST_F(Progress, ForgetsAfterTheLeastWatermarkOfThePartitionsThatAreNotIdle) {
  update({had_event(10'000), had_event(10'030)}, 10'040);
  EXPECT_EQ(sales().watermark, at(10'000));
  EXPECT_EQ(tracker_.expire_before(0), at(6'400));
  EXPECT_EQ(tracker_.forget_before(0), at(6'400));
  update({had_event(10'000), had_event(10'055)}, 10'060);
  EXPECT_EQ(sales().watermark, at(10'055)) << "the first is idle";
}

TEST_F(Progress, DoesNotForgetByTheClock) {
  update({had_event(10'000)}, 10'010);
  update({had_event(10'000)}, 1'000'000);
  EXPECT_TRUE(sales().all_idle);
  EXPECT_EQ(sales().watermark, at(10'000)) << "while all are idle it stands";
}

TEST_F(Progress, NeverTakesBackWhatItForgot) {
  update({had_event(10'000)}, 10'010);
  update({had_event(10'000), reading(had_event(500))}, 10'020);
  EXPECT_EQ(tracker_.expire_before(0), at(6'400));
}

TEST_F(Progress, ForgetsNothingBeforeTheFirstEventOfAPartitionWithRecords) {
  update({had_event(10'000), reading(no_event())}, 10'010);
  EXPECT_EQ(tracker_.expire_before(0), std::nullopt);
  update({had_event(10'000), no_event()}, 10'010);
  EXPECT_EQ(tracker_.expire_before(0), at(6'400)) << "it is at its end";
}

TEST_F(Progress, IgnoresAWatermarkAheadOfTheClockWhenForgetting) {
  update({had_event(20'000), had_event(10'000)}, 10'010);
  EXPECT_EQ(sales().watermark, at(10'000));
  update({had_event(10'010.001), had_event(10'010)}, 10'010);
  EXPECT_EQ(sales().watermark, at(10'010));
}

TEST_F(Progress, HoldsForgettingForAnUnreachablePartitionByOneMoreRetentionAtMost) {
  update({disconnected(had_event(10'000)), had_event(13'599)}, 13'600);
  EXPECT_EQ(sales().watermark, at(10'000));
  update({disconnected(had_event(10'000)), had_event(13'600)}, 13'600);
  EXPECT_EQ(sales().watermark, at(10'000));
  update({disconnected(had_event(10'000)), had_event(13'601)}, 13'601);
  EXPECT_EQ(sales().watermark, at(10'001));
  update({disconnected(had_event(10'000)), had_event(20'000)}, 20'000);
  EXPECT_EQ(tracker_.expire_before(0), at(20'000 - 2 * 3'600));
}

TEST_F(Progress, HoldsForgettingForAStoppedPartitionLikewise) {
  PartitionProgress stopped = had_event(10'000);
  stopped.stopped = true;
  update({stopped, had_event(13'000)}, 13'000);
  EXPECT_EQ(sales().watermark, at(10'000));
}

TEST(ForgettingOfJoinedSources, KeepsWhatTheOtherSourceStillNeeds) {
  SourceDefinition visits = source();
  visits.name = "visits";
  const auto plan = plan_of_sources({source(), visits}, "count(sales) / count(visits)");
  ProgressTracker tracker(*plan);
  const auto update = [&](const std::vector<PartitionProgress>& partitions, double now) {
    tracker.update(partitions, at(now));
  };
  update({had_event(10'000, 0), had_event(9'990, 1)}, 10'010);
  EXPECT_EQ(tracker.expire_before(0), at(6'400));
  EXPECT_EQ(tracker.forget_before(0), at(6'390));
  EXPECT_EQ(tracker.forget_before(1), at(6'390));
  update({had_event(20'000, 0), had_event(9'990, 1)}, 20'010);
  // Visits are idle: their windows become final by the clock, a minute behind it.
  EXPECT_EQ(tracker.forget_before(0), at(20'010 - 60 - 3'600));
}

TEST(ForgettingOfUnrelatedSources, IsEachTheirOwn) {
  SourceDefinition visits = source();
  visits.name = "visits";
  Definitions definitions;
  definitions.sources = {source(), visits};
  add_kpi(definitions, {.name = "a", .formula = "count(sales)"});
  add_kpi(definitions, {.name = "b", .formula = "count(visits)"});
  const auto plan = plan_of(std::move(definitions));
  ProgressTracker tracker(*plan);
  tracker.update(std::vector{had_event(10'000, 0), had_event(9'990, 1)}, at(10'010));
  EXPECT_EQ(tracker.forget_before(0), at(6'400));
  EXPECT_EQ(tracker.forget_before(1), at(6'390));
}

}  // namespace
}  // namespace kpid
