#include "daemon/kafka/kafka_client.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "daemon/kafka/kafka_properties.h"
#include "tests/unit/kafka/mock_kafka.h"

namespace kpid {
namespace {

int own_slack_nanos() { return ::prctl(PR_GET_TIMERSLACK); }

/// Asks every thread of the library for its timer slack when it starts.
struct ThreadWitness {
  static rd_kafka_resp_err_t on_new(rd_kafka_t* handle, const rd_kafka_conf_t*, void* witness,
                                    char*, size_t) {
    return rd_kafka_interceptor_add_on_thread_start(handle, "witness", &on_thread, witness);
  }

  static rd_kafka_resp_err_t on_thread(rd_kafka_t*, rd_kafka_thread_type_t, const char*,
                                       void* witness) {
    auto& self = *static_cast<ThreadWitness*>(witness);
    const std::lock_guard lock(self.mutex);
    self.slack_nanos.push_back(own_slack_nanos());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  std::mutex mutex;
  std::vector<int> slack_nanos;
};

TEST(KafkaClient, LetsTheLibrarysThreadsWakeUpAMillisecondLateAndNoOther) {
  const int before = own_slack_nanos();
  ThreadWitness witness;
  auto config = make_kafka_config("127.0.0.1:1", "kpid-test", {}, 1 << 20);
  ASSERT_TRUE(config);
  ASSERT_EQ(rd_kafka_conf_interceptor_add_on_new(config->get(), "witness", &ThreadWitness::on_new,
                                                 &witness),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  auto client = KafkaClient::open(std::move(*config), {});
  ASSERT_TRUE(client);
  EXPECT_EQ(own_slack_nanos(), before);
  client->reset();  // all its threads have ended
  ASSERT_FALSE(witness.slack_nanos.empty());
  for (const int slack : witness.slack_nanos) EXPECT_EQ(slack, 1'000'000);
}

KafkaConfig config_of(const std::string& servers, const KafkaProperties& properties) {
  auto config = make_kafka_config(servers, "kpid-test", properties, 1 << 20);
  if (!config) throw std::runtime_error(config.error().text);
  return std::move(*config);
}

bool fetchers_look_again_by_themselves() {
  return property_of(config_of("127.0.0.1:1", {}).get(), "fetch.queue.backoff.ms").has_value();
}

bool tells_of_an_alarm(const KafkaLogLine& line) {
  return line.text.find("WAKEUP") != std::string::npos &&
         line.text.find("credentials") != std::string::npos;
}

/// How often the client said that it woke its fetchers up, while `count` records of 10 kB were
/// taken from a queue of 1 MB. Throws where they do not come within twenty seconds.
size_t alarms_of(int count, KafkaProperties properties) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  kafka.produce_copies("sales", 0, std::string(10'000, 'x'), count);
  properties["debug"] = "broker";
  const auto opened = KafkaClient::open(config_of(kafka.bootstrap_servers(), properties), {});
  if (!opened) throw std::runtime_error(opened.error().text);
  KafkaClient& client = **opened;
  if (!client.fetch({"sales", 0}, 0)) throw std::runtime_error("cannot fetch");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  size_t alarms = 0;
  for (int taken = 0; taken < count;) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("records are missing");
    std::vector<KafkaMessage> messages;
    client.take(1, std::chrono::milliseconds{100}, messages);
    for (const KafkaMessage& message : messages) {
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++taken;
    }
    const std::vector<KafkaLogLine> lines = client.take_log_lines();
    alarms += static_cast<size_t>(std::ranges::count_if(lines, tells_of_an_alarm));
  }
  return alarms;
}

TEST(KafkaClient, WakesFetchersThatFoundTheQueueFullEachTimeHalfOfItHasBeenTaken) {
  if (fetchers_look_again_by_themselves()) GTEST_SKIP() << "so says this librdkafka";
  EXPECT_EQ(alarms_of(300, {}), 5U) << "3 MB, half of 1 MiB each";
  EXPECT_EQ(alarms_of(300, {{"queued.max.messages.kbytes", "100000"}}), 0U);
  EXPECT_EQ(alarms_of(300, {{"queued.min.messages", "40"}}), 15U);
  EXPECT_EQ(alarms_of(10, {{"queued.min.messages", "1"}}), 10U);
}

}  // namespace
}  // namespace kpid
