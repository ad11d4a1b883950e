#include "daemon/kafka/fetch_alarm.h"

#include <librdkafka/rdkafka.h>

#include <charconv>

#include "daemon/kafka/kafka_properties.h"

namespace kpid {

namespace {

uint64_t number_of(const std::string& text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

FetchAlarm::FetchAlarm(rd_kafka_conf_s* config) {
  needed_ = !property_of(config, "fetch.queue.backoff.ms");
  if (!needed_) return;
  wake_after_messages_ = number_of(property_of(config, "queued.min.messages").value_or("")) / 2;
  wake_after_bytes_ =
      number_of(property_of(config, "queued.max.messages.kbytes").value_or("")) * 1024 / 2;
  username_ = property_of(config, "sasl.username").value_or("");
  password_ = property_of(config, "sasl.password").value_or("");
}

void FetchAlarm::taken(uint64_t messages, uint64_t bytes, rd_kafka_s* handle) {
  if (!needed_) return;
  messages_ += messages;
  bytes_ += bytes;
  if (messages_ < wake_after_messages_ && bytes_ < wake_after_bytes_) return;
  messages_ = bytes_ = 0;
  // The one call that wakes every fetcher and asks nothing of a broker. What it sets is what is
  // set.
  rd_kafka_error_destroy(
      rd_kafka_sasl_set_credentials(handle, username_.c_str(), password_.c_str()));
}

}  // namespace kpid
