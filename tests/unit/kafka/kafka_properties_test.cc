#include "daemon/kafka/kafka_properties.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <string>
#include <utility>

namespace kpid {
namespace {

void check(const KafkaProperties& properties, const std::string& expected_start) {
  const auto checked = check_kafka_properties(properties);
  const std::string text = checked ? "" : checked.error().text;
  EXPECT_EQ(text.substr(0, expected_start.size()), expected_start);
  EXPECT_EQ(text.empty(), expected_start.empty()) << text;
}

TEST(KafkaProperties, PassesOnWhatTheLibraryKnows) {
  check({}, "");
  check({{"security.protocol", "SSL"}, {"ssl.ca.location", "/etc/ssl/certs"}}, "");
  check({{"client.id", "mine"}, {"fetch.min.bytes", "1"}, {"check.crcs", "false"}}, "");
  check({{"debug", "broker,fetch"}}, "");
  check({{"message.max.bytes", "20000000"}}, "");
}

TEST(KafkaProperties, NamesOneThatIsUnknown) {
  check({{"security.protocoll", "SSL"}},
        "kafka property 'security.protocoll' is unknown to librdkafka ");
}

TEST(KafkaProperties, NamesOneThatHasABadValue) {
  check({{"security.protocol", "TLS"}}, "kafka property 'security.protocol' has a bad value: ");
  check({{"fetch.min.bytes", "many"}}, "kafka property 'fetch.min.bytes' has a bad value: ");
}

TEST(KafkaProperties, RefusesWhatWouldBreakItsPromises) {
  for (const char* name : {"enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset",
                           "enable.partition.eof", "isolation.level", "allow.auto.create.topics",
                           "group.id", "bootstrap.servers", "metadata.broker.list",
                           "statistics.interval.ms", "log.queue", "log_level"}) {
    check({{name, "1"}}, "kafka property '" + std::string(name) + "' must not be set: ");
  }
}

TEST(KafkaProperties, LetABrokerGatherRecordsForHalfOfThePublishInterval) {
  const std::pair<int, const char*> cases[] = {
      {1, "5"},     {11, "5"},       {12, "6"},     // never less than the least
      {100, "50"},  {398, "199"},    {400, "200"},  // half
      {402, "200"}, {60'000, "200"},                // never more than the most
  };
  for (const auto& [interval, wait] : cases) {
    Settings settings;
    settings.publish.interval = Duration{interval};
    EXPECT_EQ(reading_properties_of(settings), (KafkaProperties{{"fetch.wait.max.ms", wait}}))
        << interval;
  }
}

TEST(KafkaProperties, LeaveThatWaitToTheUser) {
  Settings settings;
  settings.kafka.properties = {{.name = "fetch.wait.max.ms", .value = "1"},
                               {.name = "client.id", .value = "mine"}};
  const KafkaProperties users = {{"fetch.wait.max.ms", "1"}, {"client.id", "mine"}};
  EXPECT_EQ(reading_properties_of(settings), users);
}

TEST(KafkaProperties, AnswersARefusalWithThePropertiesToCheck) {
  const std::string handshake = refusal_with_advice("SSL handshake failed", {});
  EXPECT_TRUE(handshake.starts_with("SSL handshake failed; check ssl.ca.location")) << handshake;
  EXPECT_EQ(refusal_with_advice("SASL error", {{"sasl.mechanism", "PLAIN"}}),
            "SASL error; check sasl.mechanism, sasl.username and sasl.password in "
            "kafka.properties");
}

TEST(KafkaProperties, KnowsThatAnOldLibraryCannotDoScram) {
  for (const char* name : {"sasl.mechanism", "sasl.mechanisms"}) {
    const std::string text = refusal_with_advice("SASL error", {{name, "SCRAM-SHA-512"}});
    EXPECT_EQ(text.find("Kafka 4 takes SCRAM") != text.npos, rd_kafka_version() < 0x020601ff);
  }
}

}  // namespace
}  // namespace kpid
