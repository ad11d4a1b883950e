#include "daemon/kafka/topic_refusals.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace kpid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TopicRefusals::SteadyTime kBegin{};

TopicRefusals of_ten_seconds() { return TopicRefusals(seconds{10}); }

/// The topics that are marked, of `sales` and `visits`.
std::string marked(const TopicRefusals& refusals, TopicRefusals::SteadyTime now) {
  std::vector<TopicStatus> topics(2);
  topics[0].topic = "sales";
  topics[1].topic = "visits";
  refusals.mark(topics, now);
  std::string names;
  for (const TopicStatus& topic : topics) {
    if (topic.presence != TopicStatus::Presence::kRefused) continue;
    EXPECT_EQ(topic.refusal, no_right_to_read(topic.topic));
    names += topic.topic + " ";
  }
  return names;
}

TEST(TopicRefusals, AreTheFaultOfTheirTopicFromTheInstantThatTheyHaveLasted) {
  TopicRefusals refusals = of_ten_seconds();
  EXPECT_EQ(marked(refusals, kBegin + seconds{60}), "");
  refusals.refused({"sales", 3}, kBegin);
  EXPECT_EQ(marked(refusals, kBegin + seconds{10} - milliseconds{1}), "");
  EXPECT_EQ(marked(refusals, kBegin + seconds{10}), "sales ");
}

TEST(TopicRefusals, CountFromTheFirstTimeUntilTheyEnd) {
  TopicRefusals refusals = of_ten_seconds();
  refusals.refused({"sales", 3}, kBegin);
  refusals.refused({"sales", 3}, kBegin + seconds{9});
  EXPECT_EQ(marked(refusals, kBegin + seconds{10}), "sales ");
  EXPECT_TRUE(refusals.admitted({"sales", 3}));
  EXPECT_EQ(marked(refusals, kBegin + seconds{60}), "");
  refusals.refused({"sales", 3}, kBegin + seconds{60});
  EXPECT_EQ(marked(refusals, kBegin + seconds{69}), "");
}

TEST(TopicRefusals, AreOfOnePartitionEach) {
  TopicRefusals refusals = of_ten_seconds();
  refusals.refused({"sales", 0}, kBegin);
  refusals.refused({"sales", 1}, kBegin);
  refusals.refused({"visits", 0}, kBegin + seconds{5});
  EXPECT_FALSE(refusals.has({"sales", 2}));
  EXPECT_FALSE(refusals.admitted({"sales", 2}));
  EXPECT_TRUE(refusals.admitted({"sales", 0}));
  EXPECT_FALSE(refusals.admitted({"sales", 0})) << "it was not any more";
  EXPECT_FALSE(refusals.has({"sales", 0}));
  EXPECT_TRUE(refusals.has({"sales", 1}));
  EXPECT_EQ(marked(refusals, kBegin + seconds{10}), "sales ");
  EXPECT_TRUE(refusals.admitted({"sales", 1}));
  EXPECT_EQ(marked(refusals, kBegin + seconds{15}), "visits ");
}

}  // namespace
}  // namespace kpid
