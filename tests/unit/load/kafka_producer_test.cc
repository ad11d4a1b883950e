#include "daemon/load/kafka_producer.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "daemon/kafka/kafka_properties.h"

namespace kpid {
namespace {

/// What is said of a property that a producer is given; empty where nothing is wrong.
std::string said_of(const std::string& name, const std::string& value) {
  const auto producer = KafkaProducer::open("", {{name, value}});
  return producer ? "" : producer.error().text;
}

TEST(KafkaProducer, AnswersAWrongPropertyAsTheConfigurationDoes) {
  for (const auto& [name, value] : {std::pair("security.protocoll", "SSL"), std::pair("x", "1"),
                                    std::pair("compression.type", "rar")}) {
    const std::optional<PropertyMistake> mistake = judge_kafka_property(name, value);
    ASSERT_TRUE(mistake) << name;
    const std::string hint = mistake->hint.empty() ? "" : "; " + mistake->hint;
    EXPECT_EQ(said_of(name, value), mistake->text + hint);
  }
  EXPECT_TRUE(said_of("compresion.type", "lz4").ends_with("; did you mean 'compression.type'?"));
}

TEST(KafkaProducer, RepeatsNoSecret) {
  EXPECT_EQ(said_of("oauthbearer_token_refresh_cb", "hunter2"),
            "kafka property 'oauthbearer_token_refresh_cb' has a bad value");
  EXPECT_EQ(said_of("sasl.pasword", "hunter2").find("hunter2"), std::string::npos);
}

TEST(KafkaProducer, TakesWhatTheLibraryKnows) {
  EXPECT_EQ(said_of("compression.type", "lz4"), "");
  EXPECT_EQ(said_of("linger.ms", "5"), "");
  EXPECT_EQ(said_of("request.required.acks", "-1"), "") << "of a topic";
}

}  // namespace
}  // namespace kpid
