#include "daemon/kafka/kafka_source.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/kafka/partition_reader.h"
#include "tests/unit/kafka/mock_kafka.h"
#include "tests/unit/kafka/source_run.h"

namespace kpid {
namespace {

using Phase = PartitionStatus::Phase;
using Presence = TopicStatus::Presence;

SourceRun::Resume stored_after(int64_t offset, const std::string& value, int64_t timestamp_ms) {
  const Record last{
      .value = value, .offset = offset, .timestamp = EventTime(Duration(timestamp_ms))};
  return {.next_offset = offset + 1, .fingerprint = fingerprint_of(last)};
}

TEST(KafkaSource, DeliversEveryRecordOfEveryPartitionInOrder) {
  MockKafka kafka;
  kafka.create_topic("sales", 2);
  kafka.produce_numbers("sales", 0, 0, 500);
  kafka.produce_numbers("sales", 1, 1000, 300);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until_delivered("sales", 0, 500));
  ASSERT_TRUE(run.until_delivered("sales", 1, 300));
  EXPECT_EQ(run.offsets("sales", 0), offsets_from(0, 500));
  EXPECT_EQ(run.offsets("sales", 1), offsets_from(0, 300));
  EXPECT_EQ(run.values("sales", 1).front(), "1000");
  EXPECT_EQ(run.values("sales", 1).back(), "1299");
  EXPECT_EQ(run.status("sales", 0).newest_timestamp, EventTime(Duration(1'700'000'000'499)));
}

TEST(KafkaSource, TellsThatAPartitionIsReadToItsEndAndThatItHasLagAgain) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 10);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  const PartitionStatus& status = run.status("sales", 0);
  EXPECT_TRUE(status.reached_start_end);
  EXPECT_TRUE(status.connected);
  EXPECT_EQ(status.phase, Phase::kReading);
  EXPECT_EQ(status.position, 10);
  EXPECT_EQ(status.start_end_offset, 10);
  EXPECT_EQ(status.lag(), 0);

  run.source().pause(0);
  kafka.produce_numbers("sales", 0, 10, 7);
  // A fetch that was under way tells how far the log goes before the next look at its end does.
  EXPECT_TRUE(run.until(
      [&] { return run.status("sales", 0).lag() == 7 && !run.status("sales", 0).at_end; }));
}

TEST(KafkaSource, AnEmptyPartitionIsAtItsEndAndCaughtUp) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  EXPECT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  EXPECT_TRUE(run.status("sales", 0).reached_start_end);
}

TEST(KafkaSource, WaitsForATopicThatDoesNotExistYetAndThenReadsAllOfIt) {
  MockKafka kafka;
  kafka.set_topic_error("later", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  SourceRun run(quick_options(kafka, {topic_from("later", Start::Kind::kLatest)}));
  ASSERT_TRUE(run.until([&] { return run.source().topics()[0].presence == Presence::kAbsent; }));
  EXPECT_TRUE(run.source().brokers().connected);
  kafka.set_topic_error("later", RD_KAFKA_RESP_ERR_NO_ERROR);
  kafka.produce_numbers("later", 0, 0, 5);
  ASSERT_TRUE(run.until_delivered("later", 0, 5));
  EXPECT_EQ(run.source().topics()[0].presence, Presence::kPresent);
  EXPECT_EQ(run.source().topics()[0].partitions, 4u);  // the mock's default
}

TEST(KafkaSource, LatestBeginsAtTheEndOfTheLogAndSaysSinceWhen) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 5);
  SourceRun run(quick_options(kafka, {topic_from("sales", Start::Kind::kLatest)}));
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  kafka.produce_numbers("sales", 0, 5, 2);
  ASSERT_TRUE(run.until_delivered("sales", 0, 2));
  EXPECT_EQ(run.offsets("sales", 0), offsets_from(5, 2));
  EXPECT_EQ(run.new_partitions()[0].start_offset, 5);
  EXPECT_EQ(run.status("sales", 0).begin_offset, 5);
  EXPECT_TRUE(run.new_partitions()[0].begins.has_value());
}

TEST(KafkaSource, LatestMeansNothingForATopicThatTheStoreKnows) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 5);
  KafkaTopic topic = topic_from("sales", Start::Kind::kLatest);
  topic.known = true;
  SourceRun run(quick_options(kafka, {topic}));
  ASSERT_TRUE(run.until_delivered("sales", 0, 5));
  EXPECT_EQ(run.new_partitions()[0].begins, std::nullopt);
}

TEST(KafkaSource, ReadsNothingOfAPartitionBeforeBegin) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 5);
  KafkaSource source(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(source.start());
  size_t found = 0;
  size_t records = 0;
  for (int i = 0; i < 40; ++i) {
    const KafkaTurn turn = source.poll(100, Duration{10});
    found += turn.new_partitions.size();
    records += turn.records;
  }
  EXPECT_EQ(found, 1u);
  EXPECT_EQ(records, 0u);
  EXPECT_EQ(source.partitions()[0].phase, Phase::kFound);
}

TEST(KafkaSource, WorkersShareThePartitionsWithoutOverlap) {
  MockKafka kafka;
  kafka.create_topic("sales", 5);
  size_t found = 0;
  for (uint32_t worker = 0; worker < 2; ++worker) {
    KafkaSourceOptions options = quick_options(kafka, {topic_from("sales")});
    options.worker = worker;
    options.workers = 2;
    SourceRun run(options);
    ASSERT_TRUE(run.until([&] { return !run.new_partitions().empty(); }));
    for (const NewPartition& partition : run.new_partitions()) {
      EXPECT_EQ(worker_of("sales", partition.partition, 2), worker);
    }
    found += run.new_partitions().size();
  }
  EXPECT_EQ(found, 5u);
}

TEST(KafkaSource, GoesOnBehindTheRecordOfTheFingerprint) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 10);
  SourceRun run(quick_options(kafka, {topic_from("sales")}),
                {{{"sales", 0}, stored_after(6, "6", 1'700'000'000'006)}});
  ASSERT_TRUE(run.until_delivered("sales", 0, 3));
  EXPECT_EQ(run.offsets("sales", 0), offsets_from(7, 3));
  EXPECT_EQ(run.status("sales", 0).phase, Phase::kReading);
  EXPECT_EQ(run.status("sales", 0).unproven, 0u);
}

TEST(KafkaSource, StopsAPartitionWhoseRecordIsAnotherOne) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 10);
  SourceRun run(quick_options(kafka, {topic_from("sales")}),
                {{{"sales", 0}, stored_after(6, "six", 1'700'000'000'006)}});
  ASSERT_TRUE(run.until(
      [&] { return run.found("sales", 0) && run.status("sales", 0).phase == Phase::kStopped; }));
  EXPECT_EQ(run.status("sales", 0).stop_reason,
            "sales [0]: another record stands at offset 6 than was read before, so the topic was "
            "recreated; `kpid reset --topic sales [--to beginning | end]` starts it anew");
  EXPECT_TRUE(run.offsets("sales", 0).empty());
}

TEST(KafkaSource, StopsAPartitionWhoseLogEndsBelowWhatWasRead) {
  for (const int64_t records : {0, 3, 6}) {
    MockKafka kafka;
    kafka.create_topic("sales", 1);
    kafka.produce_numbers("sales", 0, 0, records);
    SourceRun run(quick_options(kafka, {topic_from("sales")}),
                  {{{"sales", 0}, stored_after(6, "6", 1'700'000'000'006)}});
    ASSERT_TRUE(run.until([&] {
      return run.found("sales", 0) && run.status("sales", 0).phase == Phase::kStopped;
    })) << records;
    EXPECT_EQ(run.status("sales", 0).stop_reason,
              "sales [0]: the log ends at offset " + std::to_string(records) +
                  " and was read up to 7 before, so the topic was recreated or truncated; `kpid "
                  "reset --topic sales [--to beginning | end]` starts it anew");
  }
}

// The mock cluster drops what is older than its newest 5 MiB of a partition.
TEST(KafkaSource, CountsTheRecordsThatRetentionTookBeforeTheyWereRead) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce("sales", 0, "first");
  const std::string large(500'000, 'x');
  for (int i = 0; i < 20; ++i) kafka.produce("sales", 0, large);
  SourceRun run(quick_options(kafka, {topic_from("sales")}),
                {{{"sales", 0}, stored_after(0, "first", 1'700'000'000'000)}});
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  ASSERT_EQ(run.losses().size(), 1u);
  const LostRecords loss = run.losses()[0];
  EXPECT_GT(loss.lost, 0);
  EXPECT_EQ(loss.next_offset, 1 + loss.lost);
  EXPECT_EQ(run.offsets("sales", 0), offsets_from(loss.next_offset, 21 - loss.next_offset));
  EXPECT_EQ(run.status("sales", 0).unproven, 1u);
}

TEST(KafkaSource, PausedPartitionsDeliverNothingAndOthersGoOn) {
  MockKafka kafka;
  kafka.create_topic("sales", 2);
  kafka.produce_numbers("sales", 0, 0, 50);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until_delivered("sales", 0, 50));
  run.source().pause(run.index("sales", 0));
  kafka.produce_numbers("sales", 0, 50, 50);
  kafka.produce_numbers("sales", 1, 0, 50);
  ASSERT_TRUE(run.until_delivered("sales", 1, 50));
  EXPECT_EQ(run.offsets("sales", 0).size(), 50u);
  EXPECT_TRUE(run.status("sales", 0).paused);
  run.source().resume(run.index("sales", 0));
  ASSERT_TRUE(run.until_delivered("sales", 0, 100));
  EXPECT_EQ(run.offsets("sales", 0), offsets_from(0, 100));
}

TEST(KafkaSource, BoundsWhatIsFetchedAndNotPolled) {
  constexpr int32_t kPartitions = 8;
  constexpr int64_t kRecords = 4'000;
  constexpr size_t kRecordBytes = 1'000;
  constexpr uint64_t kQueueBytes = 4 << 20;
  constexpr uint64_t kOneAnswer = kPartitions * (1 << 20);  // of the mock: one MiB a partition
  MockKafka kafka;
  kafka.create_topic("sales", kPartitions);
  const std::string value(kRecordBytes, 'x');
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    kafka.produce_copies("sales", partition, value, kRecords);
  }
  KafkaSourceOptions options = quick_options(kafka, {topic_from("sales")});
  SourceRun reader(options);  // reads everything while the other one does not poll
  options.queue_bytes = kQueueBytes;
  SourceRun sleeper(options);
  ASSERT_TRUE(sleeper.until([&] { return sleeper.new_partitions().size() == kPartitions; }));
  sleeper.turn(1);  // tells the client to fetch
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    ASSERT_TRUE(reader.until_delivered("sales", partition, kRecords));
  }
  ASSERT_TRUE(reader.until(
      [&] { return sleeper.source().queued_records() * kRecordBytes >= kQueueBytes; }));
  EXPECT_LE(sleeper.source().queued_records() * kRecordBytes, kQueueBytes + kOneAnswer);
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    ASSERT_TRUE(sleeper.until_delivered("sales", partition, kRecords));
    EXPECT_EQ(sleeper.offsets("sales", partition), offsets_from(0, kRecords));
  }
}

TEST(KafkaSource, APollThatWaitsIsWokenFromAnotherThread) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  // Without it each would take its minute, and the test its time limit; one before counts too.
  for (int times = 0; times < 3; ++times) {
    std::thread waker([&] { run.source().wake(); });
    EXPECT_EQ(run.source().poll(1, std::chrono::minutes{1}).records, 0u);
    waker.join();
  }
}

TEST(KafkaSource, CommitsForLagMonitors) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  // No commit begins while a partition waits to be fetched.
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  const std::vector<std::pair<PartitionIndex, int64_t>> offsets = {{0, 17}};
  run.source().commit(offsets);
  EXPECT_TRUE(run.until([&] { return kafka.committed("kpid-test", "sales", 0) == 17; }));
  EXPECT_EQ(run.source().brokers().commit_error, "");
}

TEST(KafkaSource, ClosesWithinItsDeadline) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 20);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until_delivered("sales", 0, 20));
  const auto before = std::chrono::steady_clock::now();
  run.source().close(std::chrono::seconds{5});
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{5});
}

TEST(KafkaSource, RefusesToStartWithABadProperty) {
  MockKafka kafka;
  KafkaSourceOptions options = quick_options(kafka, {topic_from("sales")});
  options.properties["security.protocoll"] = "SSL";
  KafkaSource source(options);
  const auto started = source.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("'security.protocoll' is unknown"), std::string::npos);
}

}  // namespace
}  // namespace kpid
