#include "daemon/kafka/kafka_admin.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <utility>

#include "daemon/kafka/kafka_client.h"
#include "daemon/kafka/kafka_questions.h"

namespace kpid {

Result<std::vector<PartitionEnds>> query_partition_ends(const std::string& bootstrap_servers,
                                                        const KafkaProperties& properties,
                                                        const std::string& topic,
                                                        Duration timeout) {
  // Four questions at most, each with its share of the time: topics, two ends, and the leaders.
  const Duration share = timeout / 4;
  auto config = make_kafka_config(bootstrap_servers, "kpid", properties, 1 << 20);
  if (!config) return tl::make_unexpected(config.error());
  const KafkaTopic asked{.name = topic, .start = {}, .known = false};
  const auto client = KafkaClient::open(std::move(*config), {&asked, 1});
  if (!client) return tl::make_unexpected(client.error());
  const auto answers = ask_for_topics((*client)->handle(), share);
  if (!answers) return tl::make_unexpected(answers.error());

  std::map<TopicPartition, int32_t> leaders;
  for (const TopicAnswer& answer : *answers) {
    if (answer.topic != topic) continue;
    if (!answer.refusal.empty()) {
      return failure(fmt::format("topic '{}' may not be seen: {}", topic, answer.refusal));
    }
    for (size_t i = 0; i < answer.leaders.size(); ++i) {
      leaders[{topic, static_cast<int32_t>(i)}] = answer.leaders[i];
    }
  }
  if (leaders.empty()) return failure(fmt::format("topic '{}' does not exist", topic));
  const auto ends = ask_for_ends((*client)->handle(), leaders, share);
  std::vector<PartitionEnds> all;
  for (const auto& [which, leader] : leaders) {
    const auto found = ends.find(which);
    if (found == ends.end()) {
      return failure(fmt::format("partition {} of topic '{}' has no leader that answers",
                                 which.partition, topic));
    }
    all.push_back({.partition = which.partition,
                   .low_offset = found->second.low,
                   .high_offset = found->second.high});
  }
  return all;
}

}  // namespace kpid
