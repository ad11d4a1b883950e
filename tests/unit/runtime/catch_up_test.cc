#include "daemon/run/catch_up.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

using Phase = PartitionStatus::Phase;
using Presence = TopicStatus::Presence;
using Progress = SourceReadiness::Progress;

/// What one worker says of topic `sales`, which has two partitions.
KafkaReport report(Presence presence, std::vector<PartitionStatus> partitions = {}) {
  KafkaReport report;
  report.brokers.connected = presence != Presence::kNotAsked;
  report.topics = {{.topic = "sales",
                    .presence = presence,
                    .partitions = presence == Presence::kPresent ? 2U : 0U,
                    .refusal = {}}};
  report.partitions = std::move(partitions);
  return report;
}

PartitionStatus partition(int32_t number, int64_t position, int64_t end) {
  PartitionStatus status;
  status.topic = "sales";
  status.partition = number;
  status.phase = Phase::kReading;
  status.position = position;
  status.start_end_offset = end;
  status.reached_start_end = position >= end;
  return status;
}

PartitionStatus stopped(PartitionStatus status) {
  status.phase = Phase::kStopped;
  status.stop_reason = "the topic was recreated";
  return status;
}

CatchUp following_sales() {
  SourceDefinition source;
  source.name = "shop";
  source.topic = "sales";
  return CatchUp({source});
}

void tell(CatchUp& catch_up, std::vector<KafkaReport> reports) { catch_up.update(reports); }

TEST(CatchUp, IsStartingUntilABrokerHasAnswered) {
  CatchUp catch_up = following_sales();
  EXPECT_EQ(catch_up.held(0), kHeldCatchingUp);
  tell(catch_up, {report(Presence::kNotAsked)});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kStarting);
  EXPECT_EQ(catch_up.readiness(0).detail, "waiting for a broker's first answer");
  EXPECT_EQ(catch_up.held(0), kHeldCatchingUp);
}

TEST(CatchUp, SaysWhyNoBrokerAnswers) {
  CatchUp catch_up = following_sales();
  KafkaReport away = report(Presence::kNotAsked);
  away.brokers.last_error = "connection refused";
  tell(catch_up, {away});
  EXPECT_EQ(catch_up.readiness(0).detail, "connection refused");
}

TEST(CatchUp, EndsWhenTheLastPartitionHasReachedTheEndAsItWas) {
  CatchUp catch_up = following_sales();
  tell(catch_up, {report(Presence::kPresent, {partition(0, 0, 10), partition(1, 0, 5)})});
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10), partition(1, 4, 5)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kCatchingUp);
  EXPECT_EQ(catch_up.readiness(0).records_left, 1);
  EXPECT_EQ(catch_up.held(0), kHeldCatchingUp);
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10), partition(1, 5, 5)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kCaughtUp);
  EXPECT_EQ(catch_up.held(0), "");
}

TEST(CatchUp, CountsTheRecordsReadSinceTheStart) {
  CatchUp catch_up = following_sales();
  PartitionStatus resumed = partition(0, 107, 110);
  resumed.begin_offset = 100;
  tell(catch_up, {report(Presence::kPresent, {resumed, partition(1, 2, 5)})});
  EXPECT_EQ(catch_up.readiness(0).records_read, 9);
  EXPECT_EQ(catch_up.readiness(0).records_left, 6);
}

TEST(CatchUp, WaitsForTheWorkerThatHasNotAskedYet) {
  CatchUp catch_up = following_sales();
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10)}), report(Presence::kNotAsked)});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kStarting);
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10)}),
                  report(Presence::kPresent, {partition(1, 5, 5)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kCaughtUp);
}

TEST(CatchUp, WaitsForAPartitionWithoutALeader) {
  CatchUp catch_up = following_sales();
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kStarting);
  EXPECT_EQ(catch_up.readiness(0).detail, "1 of 2 partitions have a leader that answers");
}

TEST(CatchUp, KnowsOnceAllPartitionsThatThereWereAtTheStartAreFound) {
  CatchUp catch_up = following_sales();
  tell(catch_up, {report(Presence::kNotAsked)});
  EXPECT_FALSE(catch_up.all_found(0));
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10)})});
  EXPECT_FALSE(catch_up.all_found(0)) << "one has no leader";
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10), partition(1, 0, 5)})});
  EXPECT_TRUE(catch_up.all_found(0));
}

TEST(CatchUp, NeverWaitsForATopicThatDoesNotExistYet) {
  CatchUp catch_up = following_sales();
  tell(catch_up, {report(Presence::kAbsent)});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kMissingTopic);
  EXPECT_EQ(catch_up.held(0), "");
}

TEST(CatchUp, IsForGoodSoThatLaterPartitionsHoldNothingUp) {
  CatchUp catch_up = following_sales();
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10), partition(1, 5, 5)})});
  tell(catch_up, {report(Presence::kPresent,
                         {partition(0, 10, 10), partition(1, 5, 5), partition(2, 0, 100)})});
  EXPECT_EQ(catch_up.held(0), "");
}

TEST(CatchUp, DoesNotWaitForAPartitionThatCameAfterTheStart) {
  CatchUp catch_up = following_sales();
  tell(catch_up, {report(Presence::kPresent, {partition(0, 9, 10), partition(1, 5, 5)})});
  tell(catch_up, {report(Presence::kPresent,
                         {partition(0, 10, 10), partition(1, 5, 5), partition(2, 0, 100)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kCaughtUp);
}

TEST(CatchUp, NamesAPartitionThatIsStoppedAndHoldsItsSource) {
  CatchUp catch_up = following_sales();
  tell(catch_up, {report(Presence::kPresent, {stopped(partition(0, 3, 10)), partition(1, 4, 5)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kCatchingUp);
  tell(catch_up, {report(Presence::kPresent, {stopped(partition(0, 3, 10)), partition(1, 5, 5)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kFault);
  EXPECT_EQ(catch_up.readiness(0).detail, "partition 0: the topic was recreated");
  EXPECT_EQ(catch_up.held(0), kHeldFault);
}

TEST(CatchUp, GoesOnWhereItWasWhenARefusalPasses) {
  CatchUp catch_up = following_sales();
  KafkaReport refused = report(Presence::kRefused);
  refused.topics[0].refusal = "not authorized";
  tell(catch_up, {refused});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kFault);
  EXPECT_EQ(catch_up.readiness(0).detail, "not authorized");
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kStarting);
  tell(catch_up, {report(Presence::kPresent, {partition(0, 10, 10), partition(1, 4, 5)})});
  EXPECT_EQ(catch_up.readiness(0).progress, Progress::kCatchingUp);
  EXPECT_EQ(catch_up.readiness(0).detail, "");
}

TEST(CatchUp, TakesARefusalOfTheBrokersForAFaultOfEverySource) {
  CatchUp catch_up = following_sales();
  KafkaReport refused = report(Presence::kNotAsked);
  refused.brokers.fault = "authentication failed";
  tell(catch_up, {refused});
  EXPECT_EQ(catch_up.held(0), kHeldFault);
}

}  // namespace
}  // namespace kpid
