#include "daemon/kafka/kafka_client.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <sys/prctl.h>

#include <mutex>
#include <utility>
#include <vector>

#include "daemon/kafka/kafka_properties.h"

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

}  // namespace
}  // namespace kpid
