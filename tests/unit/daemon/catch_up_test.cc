#include "daemon/run/catch_up.h"

#include <gtest/gtest.h>

#include "pipeline/publish/snapshot.h"

namespace kpid {
namespace {

using Progress = SourceReadiness::Progress;

SourceDefinition sales() {
  SourceDefinition source;
  source.name = "sales";
  source.topic = "sales";
  return source;
}

/// Partition 0 of the topic, whose log held 1000 records at the start.
PartitionStatus partition_read_up_to(int64_t position, int64_t begin_offset) {
  PartitionStatus status;
  status.topic = "sales";
  status.phase = PartitionStatus::Phase::kReading;
  status.begin_offset = begin_offset;
  status.position = position;
  status.start_end_offset = 1000;
  status.reached_start_end = position >= 1000;
  return status;
}

KafkaReport report_of(PartitionStatus partition) {
  KafkaReport report;
  report.brokers.connected = true;
  report.topics = {{.topic = "sales",
                    .presence = TopicStatus::Presence::kPresent,
                    .partitions = 1,
                    .refusal = {}}};
  report.partitions = {std::move(partition)};
  return report;
}

SourceReadiness readiness_after(const std::vector<PartitionStatus>& looks) {
  CatchUp catch_up({sales()});
  for (const PartitionStatus& look : looks) {
    const KafkaReport report = report_of(look);
    catch_up.update({&report, 1});
  }
  return catch_up.readiness(0);
}

TEST(CatchUp, CountsWhatWasReadBeforeTheFirstLook) {
  const SourceReadiness readiness = readiness_after({partition_read_up_to(400, 0)});
  EXPECT_EQ(readiness.progress, Progress::kCatchingUp);
  EXPECT_EQ(readiness.records_read, 400);
  EXPECT_EQ(readiness.records_left, 600);
}

TEST(CatchUp, CountsFromWhereTheCheckpointLeftOff) {
  const SourceReadiness readiness = readiness_after({partition_read_up_to(950, 900)});
  EXPECT_EQ(readiness.records_read, 50);
  EXPECT_EQ(readiness.records_left, 50);
}

TEST(CatchUp, WaitsForATopicThatTheStoreKnowsAndForNoOther) {
  KafkaReport absent;
  absent.brokers.connected = true;
  absent.topics = {{.topic = "sales",
                    .presence = TopicStatus::Presence::kAbsent,
                    .partitions = 0,
                    .refusal = {}}};
  CatchUp unknown({sales()});
  unknown.update({&absent, 1});
  EXPECT_EQ(unknown.readiness(0).progress, Progress::kMissingTopic);
  EXPECT_EQ(unknown.held(0), "");

  CatchUp known({sales()});
  known.know("sales");
  known.update({&absent, 1});
  EXPECT_EQ(known.readiness(0).progress, Progress::kFault);
  EXPECT_EQ(known.held(0), kHeldFault);
  const KafkaReport back = report_of(partition_read_up_to(1000, 0));
  known.update({&back, 1});
  EXPECT_EQ(known.readiness(0).progress, Progress::kCaughtUp);
  EXPECT_EQ(known.held(0), "");
}

TEST(CatchUp, APartitionReadBetweenTwoLooksIsCountedWhole) {
  const SourceReadiness readiness =
      readiness_after({partition_read_up_to(0, 0), partition_read_up_to(1000, 0)});
  EXPECT_EQ(readiness.progress, Progress::kCaughtUp);
  EXPECT_EQ(readiness.records_read, 1000);
  EXPECT_EQ(readiness.records_left, 0);
}

}  // namespace
}  // namespace kpid
