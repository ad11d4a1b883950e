#include "daemon/load/kafka_producer.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <utility>

#include "daemon/kafka/kafka_properties.h"

namespace kpid {
namespace {

using MetadataPointer =
    std::unique_ptr<const rd_kafka_metadata_t, decltype(&rd_kafka_metadata_destroy)>;
using QueuePointer = std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)>;
using EventPointer = std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)>;
using OptionsPointer =
    std::unique_ptr<rd_kafka_AdminOptions_t, decltype(&rd_kafka_AdminOptions_destroy)>;
using NewTopicPointer = std::unique_ptr<rd_kafka_NewTopic_t, decltype(&rd_kafka_NewTopic_destroy)>;

// What kpid prefers and the user may change: each record exactly once and in order, whatever has to
// be sent again, and full batches.
constexpr std::array<std::pair<const char*, const char*>, 5> kPreferred = {{
    {"client.id", "kpid"},
    {"enable.idempotence", "true"},
    {"linger.ms", "20"},
    {"partitioner", "murmur2_random"},
    // What matters arrives as a value; errors of connections are told with it.
    {"log_level", "2"},
}};

int millis(Duration duration) { return static_cast<int>(duration.count()); }

}  // namespace

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::open(const std::string& bootstrap_servers,
                                                           const KafkaProperties& properties) {
  KafkaProperties all;
  for (const auto& [name, value] : kPreferred) all[name] = value;
  for (const auto& [name, value] : properties) all[name] = value;
  if (!bootstrap_servers.empty()) all["bootstrap.servers"] = bootstrap_servers;

  std::unique_ptr<KafkaProducer> producer(new KafkaProducer);
  KafkaConfig config(rd_kafka_conf_new());
  for (const auto& [name, value] : all) {
    if (auto done = set_property(config.get(), name, value); !done) {
      return tl::make_unexpected(done.error());
    }
  }
  rd_kafka_conf_set_opaque(config.get(), producer.get());
  rd_kafka_conf_set_dr_msg_cb(config.get(),
                              [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
                                auto& self = *static_cast<KafkaProducer*>(opaque);
                                if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                                  self.outcome_.delivered += 1;
                                } else {
                                  self.note_failure(message->err);
                                }
                              });
  rd_kafka_conf_set_error_cb(config.get(), [](rd_kafka_t*, int, const char* reason, void* opaque) {
    static_cast<KafkaProducer*>(opaque)->last_error_ = reason;
  });
  std::array<char, 512> why{};
  producer->handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, config.get(), why.data(), why.size());
  if (producer->handle_ == nullptr) {
    return failure(fmt::format("the Kafka client cannot start: {}", why.data()));
  }
  static_cast<void>(config.release());  // the handle owns it now
  return producer;
}

KafkaProducer::~KafkaProducer() {
  if (handle_ == nullptr) return;
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_destroy(handle_);
}

// All topics, for asking for one by name would make it on brokers that make topics by themselves.
Result<int32_t> KafkaProducer::partitions_of(const std::string& topic, Duration timeout) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error = rd_kafka_metadata(handle_, 1, nullptr, &raw, millis(timeout));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_poll(handle_, 0);  // the callback that knows why
    return failure(fmt::format("no Kafka broker answers: {}",
                               last_error_.empty() ? rd_kafka_err2str(error) : last_error_));
  }
  const MetadataPointer metadata(raw, &rd_kafka_metadata_destroy);
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& found = metadata->topics[i];
    if (found.topic == topic) return found.partition_cnt;
  }
  return 0;
}

Result<void> KafkaProducer::create_topic(const std::string& topic, int32_t partitions,
                                         Duration timeout) {
  constexpr int kBrokersDefault = -1;
  std::array<char, 512> why{};
  const NewTopicPointer wanted(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, kBrokersDefault, why.data(), why.size()),
      &rd_kafka_NewTopic_destroy);
  if (wanted == nullptr)
    return failure(fmt::format("cannot create topic {}: {}", topic, why.data()));
  rd_kafka_NewTopic_set_config(wanted.get(), "retention.ms", "-1");
  const OptionsPointer options(rd_kafka_AdminOptions_new(handle_, RD_KAFKA_ADMIN_OP_CREATETOPICS),
                               &rd_kafka_AdminOptions_destroy);
  rd_kafka_AdminOptions_set_request_timeout(options.get(), millis(timeout), nullptr, 0);
  // The controller waits until all brokers know of the topic.
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), millis(timeout), nullptr, 0);
  const QueuePointer queue(rd_kafka_queue_new(handle_), &rd_kafka_queue_destroy);
  rd_kafka_NewTopic_t* topics[] = {wanted.get()};
  rd_kafka_CreateTopics(handle_, topics, 1, options.get(), queue.get());
  const EventPointer event(rd_kafka_queue_poll(queue.get(), 2 * millis(timeout)),
                           &rd_kafka_event_destroy);
  if (event == nullptr) return failure(fmt::format("cannot create topic {}: no answer", topic));
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure(
        fmt::format("cannot create topic {}: {}", topic, rd_kafka_event_error_string(event.get())));
  }
  size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_topic_result_error(results[i]) == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    return failure(fmt::format("cannot create topic {}: {}", topic,
                               rd_kafka_topic_result_error_string(results[i])));
  }
  return {};
}

bool KafkaProducer::send(const OutgoingRecord& record) {
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      handle_, RD_KAFKA_V_TOPIC(record.topic.c_str()), RD_KAFKA_V_PARTITION(record.partition),
      RD_KAFKA_V_TIMESTAMP(record.timestamp.time_since_epoch().count()),
      RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) note_failure(error);
  return true;
}

void KafkaProducer::poll(Duration timeout) { rd_kafka_poll(handle_, millis(timeout)); }

bool KafkaProducer::flush(Duration timeout) {
  return rd_kafka_flush(handle_, millis(timeout)) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool KafkaProducer::broken() const {
  return rd_kafka_fatal_error(handle_, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

void KafkaProducer::note_failure(int error) {
  outcome_.failed += 1;
  if (!outcome_.first_failure.empty()) return;
  outcome_.first_failure = rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error));
}

}  // namespace kpid
