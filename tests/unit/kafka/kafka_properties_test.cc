#include "daemon/kafka/kafka_properties.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "config/kafka_settings.h"

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

/// `name: text (hint)` or `value: text (hint)`; empty where nothing is wrong.
std::string judged(const std::string& name, const std::optional<std::string>& value) {
  const auto mistake = judge_kafka_property(name, value);
  if (!mistake) return "";
  return fmt::format("{}: {} ({})",
                     mistake->where == PropertyMistake::Where::kName ? "name" : "value",
                     mistake->text, mistake->hint);
}

TEST(JudgedProperty, MayBeWhateverTheLibraryKnowsOfClientsAndTopics) {
  EXPECT_EQ(judged("security.protocol", "sasl_ssl"), "");
  EXPECT_EQ(judged("sasl.password", std::nullopt), "");
  EXPECT_EQ(judged("sasl.mechanism", "PLAIN"), "") << "an alias";
  EXPECT_EQ(judged("request.required.acks", "1"), "") << "of a topic";
  EXPECT_EQ(judged("request.required.acks", std::nullopt), "");
  EXPECT_EQ(judged("plugin.library.paths", "no-such-library"), "") << "nothing of it is run";
}

TEST(JudgedProperty, HasANameThatIsUnknownWhateverItsValue) {
  const std::string unknown =
      std::string("is unknown to librdkafka ") + rd_kafka_version_str() + " (";
  for (const auto& value : {std::optional<std::string>("SSL"), std::optional<std::string>()}) {
    EXPECT_EQ(judged("security.protocoll", value), "name: kafka property 'security.protocoll' " +
                                                       unknown +
                                                       "did you mean 'security.protocol'?)");
    EXPECT_EQ(judged("x", value), "name: kafka property 'x' " + unknown + ")");
  }
}

TEST(JudgedProperty, HasAValueThatTheLibraryRefusesAndASecretIsNotRepeated) {
  const std::string text = judged("security.protocol", "tls");
  EXPECT_TRUE(text.starts_with("value: kafka property 'security.protocol' has a bad value: "))
      << text;
  EXPECT_EQ(judged("ssl.key.pem", "hunter2").find("hunter2"), std::string::npos);
}

/// What librdkafka says of a value that it refuses.
std::string words_of_the_library(const std::string& name, const std::string& value) {
  const KafkaConfig config(rd_kafka_conf_new());
  std::array<char, 512> why{};
  rd_kafka_conf_set(config.get(), name.c_str(), value.c_str(), why.data(), why.size());
  return why.data();
}

TEST(JudgedProperty, RepeatsTheWordsOfTheLibraryWhereNoSecretIsAskedFor) {
  for (const std::string name : {"debug", "fetch.min.bytes", "check.crcs", "security.protocol"}) {
    ASSERT_FALSE(is_secret_property(name));
    EXPECT_EQ(judged(name, "hunter2"), "value: kafka property '" + name + "' has a bad value: " +
                                           words_of_the_library(name, "hunter2") + " ()");
  }
  // What no text can be the value of, so that every version of the library refuses it.
  for (const std::string name : {"oauthbearer_token_refresh_cb", "ssl_key"}) {
    ASSERT_TRUE(is_secret_property(name));
    ASSERT_NE(words_of_the_library(name, "hunter2"), "");
    EXPECT_EQ(judged(name, "hunter2"), "value: kafka property '" + name + "' has a bad value ()");
    EXPECT_EQ(check_kafka_properties({{name, "hunter2"}}).error().text,
              "kafka property '" + name + "' has a bad value");
  }
}

TEST(JudgedProperty, WithItsValueInItsNameIsToldHowToWriteBoth) {
  for (const char* name : {"password:hunter2", "password=hunter2", "password hunter2"}) {
    EXPECT_EQ(judged(name, std::nullopt),
              "name: kafka property 'password' has its value in its name (write NAME: VALUE)");
  }
  EXPECT_TRUE(judged("debugg", std::nullopt).ends_with(" (did you mean 'debug'?)"));
}

TEST(JudgedProperty, IsRefusedWhereKpidChoosesItself) {
  EXPECT_EQ(judged("group.id", "mine"),
            "name: kafka property 'group.id' must not be set (set kafka.group_id)");
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
