#include "daemon/kafka/kafka_properties.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/kafka_settings.h"
#include "config/mapping_reader.h"
#include "pipeline/formula/spelling.h"

namespace kpid {
namespace {

struct FixedProperty {
  const char* name;
  const char* value;  ///< empty: it comes from a setting of kpid's own
  const char* why;
};

// What the user may not choose: a different value would break what kpid promises.
constexpr std::array<FixedProperty, 12> kFixed = {{
    {"bootstrap.servers", "", "set kafka.bootstrap_servers"},
    {"metadata.broker.list", "", "set kafka.bootstrap_servers"},
    {"group.id", "", "set kafka.group_id"},
    {"enable.auto.commit", "false", "progress is kept with the state"},
    {"enable.auto.offset.store", "false", "progress is kept with the state"},
    {"auto.offset.reset", "error", "records would be skipped in silence; set start of the source"},
    {"enable.partition.eof", "true", "the end of a partition must be seen"},
    {"isolation.level", "read_committed", "aborted transactions must not be counted"},
    {"allow.auto.create.topics", "false", "a topic that is read must not be made by reading"},
    {"statistics.interval.ms", "0", "nothing reads the statistics"},
    {"log.queue", "false", "the client's log is read otherwise"},
    {"log_level", "7", "set --log.level"},
}};

// What kpid prefers and the user may change. A small answer of the broker keeps memory local, a
// fuller one keeps a quiet daemon asleep; a dead connection is noticed by itself, and a broker that
// is back is found within five seconds. Nobody joins the group: its session is but the time that a
// commit waits for a coordinator.
constexpr std::array<std::pair<const char*, const char*>, 7> kPreferred = {{
    {"client.id", "kpid"},
    {"check.crcs", "true"},
    {"fetch.min.bytes", "32768"},
    {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.max.ms", "5000"},
    {"max.partition.fetch.bytes", "1048576"},
    {"session.timeout.ms", "6000"},
}};

// For how long a broker may gather those bytes: at the least so that it is not asked more often
// than two hundred times a second; at the most so that a page made anew once a second does not lag,
// while an idle client wakes up five times a second.
constexpr Duration kFetchWaitMin{5};
constexpr Duration kFetchWaitMax{200};

// Near 1 MB a fetch is cheapest; it must not be below message.max.bytes, so that it is left to the
// library where the user has raised that.
constexpr const char* kFetchMaxBytes = "1048576";

// Older ones append the client's nonce once more to what the server sent, which newer brokers
// refuse. Source: librdkafka's pull request 4895.
constexpr int kFirstGoodScram = 0x020601ff;

bool uses_scram(const KafkaProperties& properties) {
  return std::any_of(properties.begin(), properties.end(), [](const auto& property) {
    return property.first.starts_with("sasl.mechanism") && property.second.starts_with("SCRAM");
  });
}

/// What is wrong with a name that has its value in it, which is not repeated: it may be a secret.
std::optional<PropertyMistake> joined_property(const std::string& name) {
  const size_t end = name.find_first_of(":= ");
  if (end == std::string::npos) return std::nullopt;
  return PropertyMistake{
      PropertyMistake::Where::kName,
      fmt::format("kafka property '{}' has its value in its name", name.substr(0, end)),
      "write NAME: VALUE"};
}

std::string bad_value_text(const std::string& name, const char* why) {
  // The words of the library may quote the value.
  if (is_secret_property(name)) return fmt::format("kafka property '{}' has a bad value", name);
  return fmt::format("kafka property '{}' has a bad value: {}", name, why);
}

const FixedProperty* fixed_property(std::string_view name) {
  const auto found = std::find_if(kFixed.begin(), kFixed.end(),
                                  [&](const FixedProperty& fixed) { return fixed.name == name; });
  return found == kFixed.end() ? nullptr : &*found;
}

Result<void> refuse_fixed(const KafkaProperties& properties) {
  for (const FixedProperty& fixed : kFixed) {
    if (properties.contains(fixed.name)) {
      return failure(fmt::format("kafka property '{}' must not be set: {}", fixed.name, fixed.why));
    }
  }
  return {};
}

/// The names that librdkafka has for its properties. It tells them in its own table alone, a line
/// each, with the name first and `|` behind it.
std::vector<std::string> listed_properties() {
  char* table = nullptr;
  size_t size = 0;
  std::FILE* const file = open_memstream(&table, &size);
  if (file == nullptr) return {};
  rd_kafka_conf_properties_show(file);
  std::fclose(file);
  std::vector<std::string> names;
  std::string_view rest(table, size);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const size_t end = line.find(' ');
    const bool has_name = end != std::string_view::npos && line.find('|') != std::string_view::npos;
    if (has_name && line[0] >= 'a' && line[0] <= 'z') names.emplace_back(line.substr(0, end));
  }
  std::free(table);
  return names;
}

const std::vector<std::string>& known_properties() {
  static const std::vector<std::string> known = listed_properties();
  return known;
}

/// Whether it is one of the library's. Those of topics, and texts never set, are in its list alone.
bool is_known(rd_kafka_conf_t* config, const std::string& name) {
  return property_of(config, name.c_str()) || is_among(name, known_properties());
}

PropertyMistake unknown_property(const std::string& name) {
  if (auto joined = joined_property(name)) return *joined;
  return {
      PropertyMistake::Where::kName,
      fmt::format("kafka property '{}' is unknown to librdkafka {}", name, rd_kafka_version_str()),
      spelling_hint(name, known_properties())};
}

/// Sets it, or says what is wrong with it. A value that is no property's cannot be told from a name
/// that is none, so the name is asked for.
std::optional<PropertyMistake> set(rd_kafka_conf_t* config, const std::string& name,
                                   const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(config, name.c_str(), value.c_str(), why.data(), why.size()) ==
      RD_KAFKA_CONF_OK) {
    return std::nullopt;
  }
  if (!is_known(config, name)) return unknown_property(name);
  return PropertyMistake{PropertyMistake::Where::kValue, bad_value_text(name, why.data()), ""};
}

// Whenever fetching is ahead of the application, librdkafka before 2.2 sleeps a whole second,
// unless FetchAlarm wakes it up; newer ones have the pause as a property, and a queue as large as
// is good for the processor's cache will do. Asking for the property is asking for the behaviour,
// which a version number is not.
void prefer_queue_sizes(rd_kafka_conf_t* config, uint64_t queue_bytes, KafkaProperties& preferred) {
  constexpr uint64_t kSmallQueue = 8ULL << 20;
  if (property_of(config, "fetch.queue.backoff.ms")) {
    preferred["fetch.queue.backoff.ms"] = "2";
    queue_bytes = std::min(queue_bytes, kSmallQueue);
  }
  preferred["queued.min.messages"] = "10000000";
  preferred["queued.max.messages.kbytes"] =
      fmt::format("{}", std::max<uint64_t>(queue_bytes >> 10, 1));
}

KafkaProperties all_properties(rd_kafka_conf_t* config, const std::string& bootstrap_servers,
                               const std::string& group_id, const KafkaProperties& users,
                               uint64_t queue_bytes) {
  KafkaProperties all;
  for (const auto& [name, value] : kPreferred) all[name] = value;
  if (!users.contains("message.max.bytes")) all["fetch.max.bytes"] = kFetchMaxBytes;
  prefer_queue_sizes(config, queue_bytes, all);
  for (const auto& [name, value] : users) all[name] = value;
  for (const FixedProperty& fixed : kFixed) {
    if (*fixed.value != '\0') all[fixed.name] = fixed.value;
  }
  // The only sign of a topic that was deleted and made again at once is a debug line of the topics.
  const auto debug = users.find("debug");
  all["debug"] = debug == users.end() ? kOwnDebug : debug->second + "," + kOwnDebug;
  if (!bootstrap_servers.empty()) all["bootstrap.servers"] = bootstrap_servers;
  all["group.id"] = group_id;
  return all;
}

}  // namespace

void KafkaConfigDeleter::operator()(rd_kafka_conf_s* config) const {
  rd_kafka_conf_destroy(config);
}

std::optional<std::string> property_of(rd_kafka_conf_s* config, const char* name) {
  size_t size = 0;  // with the zero at its end
  const rd_kafka_conf_res_t known = rd_kafka_conf_get(config, name, nullptr, &size);
  if (known == RD_KAFKA_CONF_UNKNOWN) return std::nullopt;
  std::string value(size, '\0');
  if (known != RD_KAFKA_CONF_OK || size == 0) return std::string();
  rd_kafka_conf_get(config, name, value.data(), &size);
  value.resize(value.find('\0'));
  return value;
}

Result<void> set_property(rd_kafka_conf_s* config, const std::string& name,
                          const std::string& value) {
  const std::optional<PropertyMistake> mistake = set(config, name, value);
  if (!mistake) return {};
  return failure(mistake->hint.empty() ? mistake->text
                                       : fmt::format("{}; {}", mistake->text, mistake->hint));
}

Result<KafkaConfig> make_kafka_config(const std::string& bootstrap_servers,
                                      const std::string& group_id,
                                      const KafkaProperties& properties, uint64_t queue_bytes) {
  if (auto allowed = refuse_fixed(properties); !allowed) {
    return tl::make_unexpected(allowed.error());
  }
  KafkaConfig config(rd_kafka_conf_new());
  for (const auto& [name, value] :
       all_properties(config.get(), bootstrap_servers, group_id, properties, queue_bytes)) {
    if (auto done = set_property(config.get(), name, value); !done) {
      return tl::make_unexpected(done.error());
    }
  }
  return config;
}

std::optional<PropertyMistake> judge_kafka_property(const std::string& name,
                                                    const std::optional<std::string>& value) {
  using Where = PropertyMistake::Where;
  if (const FixedProperty* fixed = fixed_property(name)) {
    return PropertyMistake{Where::kName, fmt::format("kafka property '{}' must not be set", name),
                           fixed->why};
  }
  const KafkaConfig config(rd_kafka_conf_new());
  if (!is_known(config.get(), name)) return unknown_property(name);
  // Setting this one would already run what it names.
  if (!value || name == "plugin.library.paths") return std::nullopt;
  return set(config.get(), name, *value);
}

std::string refusal_with_advice(const std::string& refusal, const KafkaProperties& properties) {
  if (refusal.find("SASL") == refusal.npos) {
    return fmt::format(
        "{}; check ssl.ca.location in kafka.properties, and ssl.certificate.location and "
        "ssl.key.location where brokers ask for them",
        refusal);
  }
  std::string text = fmt::format(
      "{}; check sasl.mechanism, sasl.username and sasl.password in kafka.properties", refusal);
  if (uses_scram(properties) && rd_kafka_version() < kFirstGoodScram) {
    text += fmt::format(
        "; Kafka 4 takes SCRAM of librdkafka 2.6.1 or newer only, and this is {}: use PLAIN over "
        "TLS, or a newer librdkafka",
        rd_kafka_version_str());
  }
  return text;
}

KafkaProperties properties_of(const KafkaSettings& settings) {
  KafkaProperties properties;
  for (const KafkaProperty& property : settings.properties) {
    properties[property.name] = property.value;
  }
  return properties;
}

KafkaProperties reading_properties_of(const Settings& settings) {
  KafkaProperties properties = properties_of(settings.kafka);
  const Duration wait = std::clamp(settings.publish.interval / 2, kFetchWaitMin, kFetchWaitMax);
  properties.try_emplace("fetch.wait.max.ms", fmt::format("{}", wait.count()));
  return properties;
}

Result<void> check_kafka_properties(const KafkaProperties& properties) {
  auto config = make_kafka_config("", "kpid", properties, 1 << 20);
  if (!config) return tl::make_unexpected(config.error());
  return {};
}

}  // namespace kpid
