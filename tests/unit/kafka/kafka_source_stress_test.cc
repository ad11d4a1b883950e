// What operators and machines do, at random, and that no record is lost or repeated by it.

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/kafka/kafka_source.h"
#include "tests/unit/kafka/mock_kafka.h"
#include "tests/unit/kafka/source_run.h"

namespace kpid {
namespace {

// Pauses and small turns in the middle of what was fetched: nothing lost, nothing twice.
TEST(KafkaSource, LosesAndRepeatsNothingUnderPausesAtRandom) {
  constexpr int64_t kRecords = 30'000;
  constexpr int kPartitions = 4;
  MockKafka kafka;
  kafka.create_topic("sales", kPartitions);
  for (int partition = 0; partition < kPartitions; ++partition) {
    kafka.produce_numbers("sales", partition, 0, kRecords);
  }
  SourceRun run(quick_options(kafka, {topic_from("sales")}));
  std::mt19937 random(7);
  const auto all_read = [&] {
    for (int partition = 0; partition < kPartitions; ++partition) {
      if (run.offsets("sales", partition).size() < kRecords) return false;
    }
    return true;
  };
  ASSERT_TRUE(run.until([&] { return run.new_partitions().size() == kPartitions; }));
  for (int step = 0; step < 150 && !all_read(); ++step) {
    const PartitionIndex index = random() % kPartitions;
    if (run.source().partitions()[index].paused) {
      run.source().resume(index);
    } else {
      run.source().pause(index);
    }
    run.turn(1 + random() % 700);
  }
  for (PartitionIndex index = 0; index < kPartitions; ++index) run.source().resume(index);
  ASSERT_TRUE(run.until(all_read));
  for (int partition = 0; partition < kPartitions; ++partition) {
    EXPECT_EQ(run.offsets("sales", partition), offsets_from(0, kRecords)) << partition;
  }
}

/// Does at random to a cluster of two brokers what operators and machines do, with pauses between,
/// while small turns are taken out of what was fetched.
void check_nothing_lost_or_repeated(uint32_t seed, int steps) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr int64_t kRecords = 5'000;
  constexpr int32_t kPartitions = 4;
  MockKafka kafka(2);
  std::mt19937 random(seed);
  const auto fill = [&kafka](const std::string& topic) {
    kafka.create_topic(topic, kPartitions);
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      kafka.produce_numbers(topic, partition, 0, kRecords);
    }
  };
  fill("sales");
  fill("later");
  kafka.set_topic_error("later", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  SourceRun run(quick_options(kafka, {topic_from("sales"), topic_from("later")}));
  ASSERT_TRUE(run.until([&] { return run.new_partitions().size() == kPartitions; }));
  for (int step = 0; step < steps; ++step) {
    const PartitionIndex index = random() % run.source().partitions().size();
    const auto partition = static_cast<int32_t>(random() % kPartitions);
    const auto broker = static_cast<int32_t>(1 + random() % 2);
    switch (random() % 5) {
      case 0:
        run.source().pause(index);
        break;
      case 1:
        run.source().resume(index);
        break;
      case 2:
        kafka.set_leader("sales", partition, broker);
        break;
      case 3:
        kafka.set_down(broker);
        run.turn(1 + random() % 300);
        kafka.set_up(broker);
        break;
      default:
        // New partitions while others are read.
        if (step > steps / 3) kafka.set_topic_error("later", RD_KAFKA_RESP_ERR_NO_ERROR);
        break;
    }
    run.turn(1 + random() % 300);
  }
  kafka.set_topic_error("later", RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(run.until([&] { return run.new_partitions().size() == 2 * kPartitions; }));
  for (PartitionIndex index = 0; index < 2 * kPartitions; ++index) run.source().resume(index);
  for (const char* topic : {"sales", "later"}) {
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      ASSERT_TRUE(run.until_delivered(topic, partition, kRecords)) << topic << partition;
      EXPECT_EQ(run.offsets(topic, partition), offsets_from(0, kRecords)) << topic << partition;
    }
  }
  EXPECT_TRUE(run.losses().empty());
}

// Nobody joins a group, so that there is no rebalance; what comes and goes is leaders, brokers and
// partitions.
TEST(KafkaSource, LosesAndRepeatsNothingWhenLeadersMoveBrokersRestartAndPartitionsAppear) {
  const char* const text = std::getenv("KPID_LONG");
  const bool is_long = text != nullptr && std::string_view(text) != "0";
  const uint32_t seeds = is_long ? 100 : 2;
  for (uint32_t seed = 1; seed <= seeds; ++seed) check_nothing_lost_or_repeated(seed, 60);
}

}  // namespace
}  // namespace kpid
