#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "daemon/kafka/kafka_source.h"
#include "pipeline/result.h"

struct rd_kafka_conf_s;

namespace kpid {

struct KafkaConfigDeleter {
  void operator()(rd_kafka_conf_s* config) const;
};

/// A configuration of librdkafka, not yet given to a client.
using KafkaConfig = std::unique_ptr<rd_kafka_conf_s, KafkaConfigDeleter>;

/// The debug lines that kpid itself reads; what the user asks for beside them is added.
inline constexpr const char* kOwnDebug = "topic";

/// Everything that kpid depends on, the user's properties over what kpid merely prefers, without
/// callbacks. Errors: as `check_kafka_properties`.
Result<KafkaConfig> make_kafka_config(const std::string& bootstrap_servers,
                                      const std::string& group_id,
                                      const KafkaProperties& properties, uint64_t queue_bytes);

/// A property's value; nothing: the library does not know the property, or it is a text that was
/// never set.
std::optional<std::string> property_of(rd_kafka_conf_s* config, const char* name);

/// Sets a property. Errors: a name that librdkafka does not know, with the nearest that it knows; a
/// value that it does not take, which is not repeated where it is secret.
Result<void> set_property(rd_kafka_conf_s* config, const std::string& name,
                          const std::string& value);

/// What is wrong with a user's property: a name that librdkafka does not know, a value that it does
/// not take, or one that kpid must choose itself. A JudgeProperty.
std::optional<PropertyMistake> judge_kafka_property(const std::string& name,
                                                    const std::optional<std::string>& value);

/// What brokers said when they refused a client with these properties, and which of them to check.
std::string refusal_with_advice(const std::string& refusal, const KafkaProperties& properties);

/// The properties of a configuration, secrets resolved.
KafkaProperties properties_of(const KafkaSettings& settings);

/// The same, and where the user says nothing of it, for how long a broker may gather records before
/// it answers: half of `publish.interval`, within [5 ms, 200 ms]. Longer would show on the page;
/// shorter would wake a quiet daemon more often than the page can tell.
KafkaProperties reading_properties_of(const Settings& settings);

}  // namespace kpid
