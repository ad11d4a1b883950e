#include "tests/unit/kafka/mock_kafka.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <optional>
#include <vector>

#include "pipeline/check.h"

namespace kpid {

MockKafka::MockKafka(int brokers) : brokers_(brokers) {
  rd_kafka_conf_t* config = rd_kafka_conf_new();
  std::array<char, 256> why{};
  const std::string count = std::to_string(brokers);
  rd_kafka_conf_set(config, "test.mock.num.brokers", count.c_str(), why.data(), why.size());
  rd_kafka_conf_set(config, "linger.ms", "1", why.data(), why.size());
  rd_kafka_conf_set(config, "log_level", "0", why.data(), why.size());
  producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, config, why.data(), why.size());
  KPID_ASSERT(producer_ != nullptr);
  cluster_ = rd_kafka_handle_mock_cluster(producer_);
}

MockKafka::~MockKafka() { rd_kafka_destroy(producer_); }

std::string MockKafka::bootstrap_servers() const {
  return rd_kafka_mock_cluster_bootstraps(cluster_);
}

void MockKafka::create_topic(const std::string& topic, int partitions) {
  KPID_ASSERT(rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, brokers_) == 0);
}

void MockKafka::produce(const std::string& topic, int32_t partition, const std::string& value,
                        EventTime timestamp) {
  append(topic, partition, value, timestamp.time_since_epoch().count());
  flush();
}

void MockKafka::produce_numbers(const std::string& topic, int32_t partition, int64_t first,
                                int64_t count) {
  for (int64_t number = first; number < first + count; ++number) {
    append(topic, partition, std::to_string(number), 1'700'000'000'000 + number);
  }
  flush();
}

void MockKafka::produce_copies(const std::string& topic, int32_t partition,
                               const std::string& value, int64_t count) {
  for (int64_t i = 0; i < count; ++i) append(topic, partition, value, 1'700'000'000'000 + i);
  flush();
}

void MockKafka::append(const std::string& topic, int32_t partition, const std::string& value,
                       int64_t timestamp_ms) {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  do {
    error = rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()),
                              RD_KAFKA_V_PARTITION(partition),
                              RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_flush(producer_, 1000);
  } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
  KPID_ASSERT(error == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void MockKafka::flush() {
  KPID_ASSERT(rd_kafka_flush(producer_, 20'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void MockKafka::set_leader(const std::string& topic, int32_t partition, int32_t broker) {
  rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), partition, broker);
}

void MockKafka::set_down(int32_t broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }

void MockKafka::set_up(int32_t broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }

void MockKafka::set_all_down() {
  for (int32_t broker = 1; broker <= brokers_; ++broker) set_down(broker);
}

void MockKafka::set_all_up() {
  for (int32_t broker = 1; broker <= brokers_; ++broker) set_up(broker);
}

void MockKafka::fail_next(int16_t api_key, int error, int times) {
  const std::vector<rd_kafka_resp_err_t> errors(static_cast<size_t>(times),
                                                static_cast<rd_kafka_resp_err_t>(error));
  rd_kafka_mock_push_request_errors_array(cluster_, api_key, errors.size(), errors.data());
}

void MockKafka::clear_failures(int16_t api_key) {
  rd_kafka_mock_clear_request_errors(cluster_, api_key);
}

void MockKafka::set_topic_error(const std::string& topic, int error) {
  rd_kafka_mock_topic_set_error(cluster_, topic.c_str(), static_cast<rd_kafka_resp_err_t>(error));
}

std::optional<int64_t> MockKafka::committed(const std::string& group, const std::string& topic,
                                            int32_t partition) const {
  rd_kafka_conf_t* config = rd_kafka_conf_new();
  std::array<char, 256> why{};
  rd_kafka_conf_set(config, "bootstrap.servers", bootstrap_servers().c_str(), why.data(),
                    why.size());
  rd_kafka_conf_set(config, "group.id", group.c_str(), why.data(), why.size());
  rd_kafka_t* const reader = rd_kafka_new(RD_KAFKA_CONSUMER, config, why.data(), why.size());
  KPID_ASSERT(reader != nullptr);
  rd_kafka_topic_partition_list_t* const asked = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(asked, topic.c_str(), partition);
  KPID_ASSERT(rd_kafka_committed(reader, asked, 20'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
  const int64_t offset = asked->elems[0].offset;
  rd_kafka_topic_partition_list_destroy(asked);
  rd_kafka_destroy(reader);
  if (offset < 0) return std::nullopt;
  return offset;
}

}  // namespace kpid
