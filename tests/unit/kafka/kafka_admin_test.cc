#include "daemon/kafka/kafka_admin.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <string>
#include <vector>

#include "tests/unit/kafka/mock_kafka.h"

namespace kpid {
namespace {

TEST(KafkaAdmin, TellsBothEndsOfEveryPartition) {
  MockKafka kafka;
  kafka.create_topic("sales", 2);
  kafka.produce_numbers("sales", 1, 0, 12);
  const auto ends =
      query_partition_ends(kafka.bootstrap_servers(), {}, "sales", std::chrono::seconds{20});
  ASSERT_TRUE(ends) << ends.error().text;
  const std::vector<PartitionEnds> expected = {
      {.partition = 0, .low_offset = 0, .high_offset = 0},
      {.partition = 1, .low_offset = 0, .high_offset = 12}};
  EXPECT_EQ(*ends, expected);
}

TEST(KafkaAdmin, SaysThatATopicDoesNotExist) {
  MockKafka kafka;
  kafka.set_topic_error("nothing", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  const auto ends =
      query_partition_ends(kafka.bootstrap_servers(), {}, "nothing", std::chrono::seconds{20});
  ASSERT_FALSE(ends);
  EXPECT_EQ(ends.error().text, "topic 'nothing' does not exist");
}

TEST(KafkaAdmin, SaysThatNoBrokerAnswers) {
  const auto ends = query_partition_ends("127.0.0.1:1", {}, "sales", std::chrono::seconds{2});
  ASSERT_FALSE(ends);
  EXPECT_EQ(ends.error().text.substr(0, 24), "no Kafka broker answers:");
}

}  // namespace
}  // namespace kpid
