#include "daemon/kafka/broker_health.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace kpid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BrokerHealth::SteadyTime kBegin{};

BrokerHealth of_ten_seconds() { return BrokerHealth(seconds{10}); }

ScoutReport answered(uint64_t round) {
  ScoutReport report;
  report.round = round;
  report.connected = true;
  return report;
}

ScoutReport unanswered(std::string error) {
  ScoutReport report;
  report.error = std::move(error);
  return report;
}

KafkaNotices trouble(std::string error) {
  KafkaNotices notices;
  notices.trouble = true;
  notices.error = std::move(error);
  return notices;
}

KafkaNotices refusal(const std::string& refusal) {
  KafkaNotices notices = trouble("broker 1: " + refusal);
  notices.refusal = refusal;
  return notices;
}

void expect_status(const BrokerHealth& health, bool connected, std::string_view last_error,
                   std::string_view fault) {
  EXPECT_EQ(health.status().connected, connected);
  EXPECT_EQ(health.status().last_error, last_error);
  EXPECT_EQ(health.status().fault, fault);
}

TEST(BrokerHealth, IsGoodWhileRoundsOfQuestionsAreAnswered) {
  BrokerHealth health = of_ten_seconds();
  expect_status(health, false, "", "");
  health.asked(answered(1));
  expect_status(health, true, "", "");
  health.asked(unanswered("nobody there"));
  expect_status(health, false, "nobody there", "");
  health.asked(answered(2));
  expect_status(health, true, "", "");
}

TEST(BrokerHealth, EndsWithTheLastConnectionAndNotWithOne) {
  BrokerHealth health = of_ten_seconds();
  health.asked(answered(1));
  health.heard(trouble("broker 1 is down"), kBegin);
  expect_status(health, true, "broker 1 is down", "");
  KafkaNotices all_down = trouble("all brokers are down");
  all_down.all_down = true;
  health.heard(all_down, kBegin);
  expect_status(health, false, "all brokers are down", "");
}

TEST(BrokerHealth, IsNotProvenByAnAnswerFromBeforeAConnectionFailed) {
  BrokerHealth health = of_ten_seconds();
  health.heard(trouble("broker 1 is down"), kBegin);
  health.trust_from(5);
  health.asked(answered(4));
  expect_status(health, false, "broker 1 is down", "");
  health.asked(answered(5));
  expect_status(health, true, "", "");
}

TEST(BrokerHealth, HasAFaultFromTheInstantThatARefusalHasLasted) {
  BrokerHealth health = of_ten_seconds();
  health.heard(refusal("bad password"), kBegin);
  health.heard({}, kBegin + seconds{10} - milliseconds{1});
  expect_status(health, false, "bad password", "");
  health.heard({}, kBegin + seconds{10});
  expect_status(health, false, "bad password", "bad password");
}

TEST(BrokerHealth, CountsARefusalFromTheFirstTimeUntilABrokerAnswers) {
  BrokerHealth health = of_ten_seconds();
  health.heard(refusal("bad password"), kBegin);
  health.heard(refusal("bad user"), kBegin + seconds{9});
  health.heard({}, kBegin + seconds{10});
  expect_status(health, false, "bad user", "bad user");
  health.asked(answered(1));
  expect_status(health, true, "", "");
  health.heard({}, kBegin + seconds{60});
  expect_status(health, true, "", "");
  health.heard(refusal("bad password"), kBegin + seconds{60});
  health.heard({}, kBegin + seconds{69});
  expect_status(health, true, "bad password", "");
}

TEST(BrokerHealth, NamesARefusalRatherThanThatNobodyAnswers) {
  BrokerHealth health = of_ten_seconds();
  health.heard(refusal("bad password"), kBegin);
  health.asked(unanswered("nobody there"));
  health.heard(trouble("broker 1 is down"), kBegin + seconds{1});
  expect_status(health, false, "bad password", "");
}

TEST(BrokerHealth, NamesTheNewestOfWhatFailed) {
  BrokerHealth health = of_ten_seconds();
  health.asked(answered(1));
  health.failed("sales [0]: not the leader");
  expect_status(health, true, "sales [0]: not the leader", "");
  health.heard({}, kBegin);
  expect_status(health, true, "sales [0]: not the leader", "");
}

TEST(BrokerHealth, KnowsWhyACommitFailedUntilOneDoesNot) {
  BrokerHealth health = of_ten_seconds();
  KafkaNotices notices;
  notices.commits = 1;
  notices.commit_error = "no permission";
  health.heard(notices, kBegin);
  health.heard({}, kBegin);
  EXPECT_EQ(health.status().commit_error, "no permission") << "no commit was answered since";
  notices.commit_error.clear();
  health.heard(notices, kBegin);
  EXPECT_EQ(health.status().commit_error, "");
}

}  // namespace
}  // namespace kpid
