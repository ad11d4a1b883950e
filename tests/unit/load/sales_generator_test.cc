#include "daemon/load/sales_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace kpid {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;

std::vector<SalesEvent> events(const SalesShape& shape, uint64_t count, uint64_t first = 0) {
  SalesGenerator generator(shape);
  std::vector<SalesEvent> made(count);
  for (uint64_t i = 0; i < count; ++i) generator.make(first + i, made[i]);
  return made;
}

/// How long before it was sent the event happened.
Duration delay(const SalesEvent& event) {
  return event.timestamp - EventTime{Duration{std::stoll(event.json.substr(6))}};
}

// What others measured with must stay what it was: a change of these bytes is one of everybody's
// workload.
TEST(SalesGenerator, MakesTheseBytesOfTheDefaultShape) {
  EXPECT_EQ(
      events({}, 1).front().json,
      R"({"ts":1767225599912,"order_id":"00000000000o43l","customer":"c-0007096","region":"north","amount":283.57,"items":7,"type":"visit","channel":"web","payment":"cash","paid":true,"campaign":"spring","device":"desk"})");
}

TEST(SalesGenerator, MakesTheSameEventsForTheSameShapeInAnyOrder) {
  const SalesShape shape{.seed = 5, .skew = 1.1, .late_share = 0.1};
  const std::vector<SalesEvent> all = events(shape, 1'000);
  EXPECT_EQ(events(shape, 1'000), all);
  SalesGenerator generator(shape);
  SalesEvent event;
  for (uint64_t index = 1'000; index-- > 0;) {
    generator.make(index, event);
    ASSERT_EQ(event, all[index]) << index;
  }
}

TEST(SalesGenerator, MakesOtherEventsForAnotherSeed) {
  const std::vector<SalesEvent> one = events({.seed = 1}, 100);
  const std::vector<SalesEvent> other = events({.seed = 2}, 100);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_NE(one[i], other[i]);
}

TEST(SalesGenerator, MakesEveryEventAsLongAsTheShapeSays) {
  for (const uint64_t bytes : {211u, 212u, 300u, 4'096u}) {
    for (const SalesEvent& event : events({.event_bytes = bytes}, 1'000)) {
      ASSERT_EQ(event.json.size(), bytes);
    }
  }
  const SalesShape with_fields{.customers = SalesShape::kMaxCustomers, .extra_fields = 40};
  EXPECT_EQ(least_event_bytes(with_fields), 211u + 40 * 18);
  for (const SalesEvent& event : events(with_fields, 1'000, 99'999'998'000)) {
    ASSERT_EQ(event.json.size(), least_event_bytes(with_fields));
  }
}

TEST(SalesGenerator, NumbersItsOrdersSoThatNoTwoAreEqual) {
  std::set<std::string> ids;
  for (const SalesEvent& event : events({}, 10'000)) {
    const size_t begin = event.json.find("order_id") + 11;
    ids.insert(event.json.substr(begin, event.json.find('"', begin) - begin));
  }
  EXPECT_EQ(ids.size(), 10'000u);
}

TEST(SalesGenerator, SendsEventsAtTheRateOfTheShape) {
  const std::vector<SalesEvent> made = events({.events_per_second = 250}, 251);
  EXPECT_EQ(made.front().timestamp, SalesShape{}.start);
  EXPECT_EQ(made[1].timestamp, SalesShape{}.start + 4ms);
  EXPECT_EQ(made.back().timestamp, SalesShape{}.start + 1s);
}

TEST(SalesGenerator, KeepsEventsOnTimeWithinTheDisorderAndReachesBothEndsOfIt) {
  std::map<Duration, int> delays;
  for (const SalesEvent& event : events({.disorder = 3ms}, 4'000)) delays[delay(event)] += 1;
  ASSERT_EQ(delays.size(), 4u);
  for (const auto& [delay, count] : delays) EXPECT_NEAR(count, 1'000, 150) << delay.count();
  EXPECT_EQ(delays.begin()->first, 0ms);
}

TEST(SalesGenerator, HasTheShareOfLateEventsWithinTheLateness) {
  int late = 0;
  for (const SalesEvent& event :
       events({.disorder = 10ms, .late_share = 0.25, .lateness = 20ms}, 10'000)) {
    ASSERT_LE(delay(event), 30ms);
    late += delay(event) > 10ms ? 1 : 0;
  }
  EXPECT_NEAR(late, 2'500, 200);
}

TEST(SalesGenerator, HasNoLateEventsUnlessAskedAndOnlyLateOnesWithAShareOfOne) {
  for (const SalesEvent& event : events({.disorder = 5ms}, 1'000)) EXPECT_LE(delay(event), 5ms);
  for (const SalesEvent& event :
       events({.disorder = 0ms, .late_share = 1, .lateness = 1ms}, 1'000)) {
    EXPECT_EQ(delay(event), 1ms);
  }
}

TEST(SalesGenerator, KeysAnEventByTheCustomerInIt) {
  for (const SalesEvent& event : events({.customers = 50}, 1'000)) {
    EXPECT_THAT(event.customer, MatchesRegex("c-00000[0-5][0-9]"));
    EXPECT_THAT(event.json, HasSubstr("\"customer\":\"" + event.customer + '"'));
  }
}

TEST(SalesGenerator, MeetsTheFirstCustomerMostWhereTheyAreSkewed) {
  int first = 0;
  for (const SalesEvent& event : events({.customers = 100, .skew = 1}, 10'000)) {
    first += event.customer == "c-0000001" ? 1 : 0;
  }
  EXPECT_NEAR(first, 10'000 / 5.187, 200) << "the hundredth harmonic number is 5.187";
}

TEST(SalesGenerator, HasAnOrderInThreeEvents) {
  int orders = 0;
  for (const SalesEvent& event : events({}, 30'000)) {
    orders += event.json.find(R"("type":"order")") != std::string::npos ? 1 : 0;
  }
  EXPECT_NEAR(orders, 10'000, 300);
}

TEST(SalesGenerator, AddsTheFieldsThatAreAskedFor) {
  const std::string json = events({.extra_fields = 12}, 1).front().json;
  EXPECT_THAT(json, HasSubstr(R"("extra_001":)"));
  EXPECT_THAT(json, HasSubstr(R"("extra_012":)"));
  EXPECT_THAT(json, testing::Not(HasSubstr("extra_013")));
}

}  // namespace
}  // namespace kpid
