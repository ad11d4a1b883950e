// Brokers that go away, fail, or refuse, and topics that are not there for a while.

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/kafka/kafka_source.h"
#include "tests/unit/kafka/mock_kafka.h"
#include "tests/unit/kafka/source_run.h"

namespace kpid {
namespace {

using Presence = TopicStatus::Presence;

constexpr int16_t kFetchApi = 1;
constexpr int16_t kOffsetCommitApi = 8;

TEST(KafkaSource, GoesOnWhereItWasWhenTheBrokersAreBack) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 20);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until_delivered("sales", 0, 20));
  EXPECT_TRUE(run.source().brokers().connected);
  kafka.set_all_down();
  ASSERT_TRUE(run.until([&] { return !run.source().brokers().connected; }));
  EXPECT_FALSE(run.source().brokers().last_error.empty());
  ASSERT_TRUE(run.until([&] { return !run.status("sales", 0).connected; }));
  kafka.set_all_up();
  ASSERT_TRUE(run.until([&] { return run.source().brokers().connected; }));
  kafka.produce_numbers("sales", 0, 20, 20);
  ASSERT_TRUE(run.until_delivered("sales", 0, 40));
  EXPECT_EQ(run.offsets("sales", 0), offsets_from(0, 40));
}

// A topic that is deleted and made again between two looks shows in a fetch only.
TEST(KafkaSource, ReadsEachRecordOnceWhenAFetchFoundNoTopic) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 20);
  KafkaSourceOptions options = quick_options(kafka, {topic_from("sales")});
  options.timings.retry_interval = Duration{1000};  // long enough for the doubt to be seen
  SourceRun run(options);
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  kafka.fail_next(kFetchApi, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, 1);
  ASSERT_TRUE(run.until([&] { return !run.status("sales", 0).at_end; }));
  kafka.produce_numbers("sales", 0, 20, 20);
  ASSERT_TRUE(run.until_delivered("sales", 0, 40));
  EXPECT_EQ(run.offsets("sales", 0), offsets_from(0, 40));
}

// A fetch that the broker never answers: what comes is less than what is known to be there.
TEST(KafkaSource, TellsThatAPartitionStallsAndThatItRecovers) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  kafka.fail_next(kFetchApi, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, 1000);
  kafka.produce_numbers("sales", 0, 0, 5);
  ASSERT_TRUE(run.until([&] { return run.status("sales", 0).stalled; }));
  EXPECT_FALSE(run.status("sales", 0).at_end);
  kafka.clear_failures(kFetchApi);
  ASSERT_TRUE(run.until_delivered("sales", 0, 5));
  EXPECT_TRUE(run.until([&] { return !run.status("sales", 0).stalled; }));
}

TEST(KafkaSource, StartsWithoutBrokersAndFindsThemLater) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 3);
  kafka.set_all_down();
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until([&] { return !run.source().brokers().last_error.empty(); }));
  EXPECT_EQ(run.source().topics()[0].presence, Presence::kNotAsked);
  kafka.set_all_up();
  EXPECT_TRUE(run.until_delivered("sales", 0, 3));
}

TEST(KafkaSource, NamesATopicThatMayNotBeSeen) {
  MockKafka kafka;
  kafka.create_topic("secret", 1);
  kafka.set_topic_error("secret", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  SourceRun run(quick_options(kafka, {topic_from("secret")}));
  ASSERT_TRUE(run.until([&] { return run.source().topics()[0].presence == Presence::kRefused; }));
  EXPECT_EQ(run.source().topics()[0].refusal,
            "topic secret may not be read: give kpid's user the rights Describe and Read on it");
  kafka.set_topic_error("secret", 0);
  EXPECT_TRUE(run.until([&] { return run.source().topics()[0].presence == Presence::kPresent; }));
}

TEST(KafkaSource, NamesATopicThatMayBeSeenAndNotRead) {
  MockKafka kafka;
  kafka.create_topic("secret", 1);
  kafka.produce_numbers("secret", 0, 0, 20);
  kafka.fail_next(kFetchApi, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1000);
  SourceRun run(quick_options(kafka, {topic_from("secret")}));
  ASSERT_TRUE(run.until([&] { return run.source().topics()[0].presence == Presence::kRefused; }));
  EXPECT_EQ(run.source().topics()[0].refusal,
            "topic secret may not be read: give kpid's user the rights Describe and Read on it");
  EXPECT_FALSE(run.status("secret", 0).connected);
  kafka.clear_failures(kFetchApi);
  ASSERT_TRUE(run.until([&] { return run.status("secret", 0).at_end; }));
  EXPECT_TRUE(run.until([&] { return run.source().topics()[0].presence == Presence::kPresent; }));
  EXPECT_EQ(run.status("secret", 0).position, 20);
}

TEST(KafkaSource, ReadsEachRecordOnceWhenATopicWasOutOfSightWhileRunning) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_numbers("sales", 0, 0, 20);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  kafka.set_topic_error("sales", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  ASSERT_TRUE(run.until([&] { return run.source().topics()[0].presence == Presence::kAbsent; }));
  EXPECT_TRUE(run.until([&] { return !run.status("sales", 0).connected; }));
  EXPECT_FALSE(run.status("sales", 0).at_end);
  kafka.set_topic_error("sales", RD_KAFKA_RESP_ERR_NO_ERROR);
  kafka.produce_numbers("sales", 0, 20, 20);
  ASSERT_TRUE(run.until_delivered("sales", 0, 40));
  EXPECT_EQ(run.offsets("sales", 0), offsets_from(0, 40));
  EXPECT_EQ(run.status("sales", 0).unproven, 0u);
}

TEST(KafkaSource, TellsWhyACommitFailedUntilOneDoesNot) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  ASSERT_TRUE(run.until([&] { return run.found("sales", 0) && run.status("sales", 0).at_end; }));
  const std::vector<std::pair<PartitionIndex, int64_t>> offsets = {{0, 17}};
  kafka.fail_next(kOffsetCommitApi, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, 1);
  run.source().commit(offsets);
  ASSERT_TRUE(run.until([&] { return !run.source().brokers().commit_error.empty(); }));
  EXPECT_EQ(run.source().brokers().commit_error,
            rd_kafka_err2str(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED));
  run.source().commit(offsets);
  EXPECT_TRUE(run.until([&] { return run.source().brokers().commit_error.empty(); }));
}

}  // namespace
}  // namespace kpid
