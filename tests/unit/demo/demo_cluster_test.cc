#include "daemon/demo/demo_cluster.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/demo/event_generator.h"

namespace kpid {
namespace {

using namespace std::chrono_literals;

constexpr EventTime kNoon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 2} + 12h};
constexpr Duration kHistory = 10min;

/// What a consumer finds in all partitions, from the first record to the ends of `partitions`.
class Reader {
 public:
  explicit Reader(const std::string& bootstrap_servers) {
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    char reason[256];
    rd_kafka_conf_set(config, "bootstrap.servers", bootstrap_servers.c_str(), reason,
                      sizeof reason);
    rd_kafka_conf_set(config, "group.id", "reader", reason, sizeof reason);
    rd_kafka_conf_set(config, "enable.partition.eof", "true", reason, sizeof reason);
    client_ = rd_kafka_new(RD_KAFKA_CONSUMER, config, reason, sizeof reason);
    rd_kafka_poll_set_consumer(client_);
  }
  ~Reader() { rd_kafka_destroy(client_); }

  std::vector<DemoRecord> read(const std::map<DemoTopic, int>& partitions) {
    auto* list = rd_kafka_topic_partition_list_new(12);
    size_t open = 0;
    for (const auto& [topic, count] : partitions) {
      for (int partition = 0; partition < count; ++partition, ++open) {
        const char* name = kDemoTopicNames[static_cast<size_t>(topic)].data();
        rd_kafka_topic_partition_list_add(list, name, partition)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
      }
    }
    rd_kafka_assign(client_, list);
    rd_kafka_topic_partition_list_destroy(list);

    std::vector<DemoRecord> records;
    while (open > 0) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, 10'000);
      if (message == nullptr) {
        ADD_FAILURE() << "nothing for ten seconds with " << open << " partitions to go";
        break;
      }
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        --open;
      } else {
        EXPECT_EQ(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
        records.push_back(to_record(*message));
      }
      rd_kafka_message_destroy(message);
    }
    return records;
  }

 private:
  static DemoRecord to_record(const rd_kafka_message_t& message) {
    DemoRecord record;
    const std::string_view topic = rd_kafka_topic_name(message.rkt);
    while (kDemoTopicNames[static_cast<size_t>(record.topic)] != topic) {
      record.topic = static_cast<DemoTopic>(static_cast<int>(record.topic) + 1);
    }
    record.timestamp = EventTime{Duration{rd_kafka_message_timestamp(&message, nullptr)}};
    record.key.assign(static_cast<const char*>(message.key), message.key_len);
    record.value.assign(static_cast<const char*>(message.payload), message.len);
    return record;
  }

  rd_kafka_t* client_;
};

bool before(const DemoRecord& left, const DemoRecord& right) {
  return std::tie(left.timestamp, left.topic, left.key, left.value) <
         std::tie(right.timestamp, right.topic, right.key, right.value);
}

TEST(DemoCluster, HoldsTheWholeHistoryWithItsTimestampsWhenItHasStarted) {
  auto cluster =
      DemoCluster::start({.seed = 3, .history = kHistory, .clock = [] { return kNoon; }});
  ASSERT_TRUE(cluster) << cluster.error().text;

  std::vector<DemoRecord> expected = EventGenerator(3).events_between(kNoon - kHistory, kNoon);
  std::vector<DemoRecord> found =
      Reader((*cluster)->bootstrap_servers())
          .read({{DemoTopic::kSales, 8}, {DemoTopic::kFeedback, 2}, {DemoTopic::kProduction, 3}});
  std::ranges::sort(expected, before);
  std::ranges::sort(found, before);
  EXPECT_EQ(found.size(), expected.size());
  EXPECT_EQ(found, expected);
}

TEST(DemoCluster, RunsTwiceInOneProcess) {
  const auto start = [] {
    return DemoCluster::start({.seed = 1, .history = 1s, .clock = [] { return kNoon; }});
  };
  auto one = start();
  auto other = start();
  ASSERT_TRUE(one) << one.error().text;
  ASSERT_TRUE(other) << other.error().text;
  EXPECT_NE((*one)->bootstrap_servers(), (*other)->bootstrap_servers());
}

}  // namespace
}  // namespace kpid
