#include "daemon/kafka/kafka_questions.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <memory>
#include <utility>

#include "daemon/kafka/topic_refusals.h"

namespace kpid {
namespace {

using MetadataPointer =
    std::unique_ptr<const rd_kafka_metadata_t, decltype(&rd_kafka_metadata_destroy)>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      decltype(&rd_kafka_topic_partition_list_destroy)>;

TopicAnswer answer_from(const rd_kafka_metadata_topic_t& topic) {
  TopicAnswer answer{.topic = topic.topic, .exists = false, .refusal = {}, .leaders = {}};
  switch (static_cast<int>(topic.err)) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
      break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      return answer;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      answer.refusal = no_right_to_read(topic.topic);
      return answer;
    default:
      answer.refusal = fmt::format("topic {}: {}", topic.topic, rd_kafka_err2str(topic.err));
      return answer;
  }
  answer.exists = topic.partition_cnt > 0;
  answer.leaders.assign(static_cast<size_t>(topic.partition_cnt), -1);
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const rd_kafka_metadata_partition_t& partition = topic.partitions[i];
    const auto number = static_cast<size_t>(partition.id);
    if (number < answer.leaders.size()) answer.leaders[number] = partition.leader;
  }
  return answer;
}

}  // namespace

Result<std::vector<TopicAnswer>> ask_for_topics(rd_kafka_s* client, Duration timeout) {
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client, 0, nullptr, &raw, static_cast<int>(timeout.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure(fmt::format("no Kafka broker answers: {}", rd_kafka_err2str(error)));
  }
  const MetadataPointer metadata(raw, &rd_kafka_metadata_destroy);
  std::vector<TopicAnswer> answers;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    answers.push_back(answer_from(metadata->topics[i]));
  }
  return answers;
}

std::map<TopicPartition, int64_t> ask_for_offsets(rd_kafka_s* client,
                                                  const std::map<TopicPartition, int32_t>& leaders,
                                                  int64_t place, Duration timeout) {
  std::map<int32_t, PartitionList> by_leader;
  for (const auto& [which, leader] : leaders) {
    auto [entry, is_new] =
        by_leader.try_emplace(leader, nullptr, &rd_kafka_topic_partition_list_destroy);
    if (is_new) entry->second.reset(rd_kafka_topic_partition_list_new(8));
    rd_kafka_topic_partition_list_add(entry->second.get(), which.topic.c_str(), which.partition)
        ->offset = place;
  }
  std::map<TopicPartition, int64_t> offsets;
  for (const auto& [leader, list] : by_leader) {
    // The question for times is the only one that takes many partitions at once; in Kafka's
    // protocol -1 and -2 are the "times" of the log's ends.
    if (rd_kafka_offsets_for_times(client, list.get(), static_cast<int>(timeout.count())) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
      continue;
    }
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& entry = list->elems[i];
      if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      offsets[{entry.topic, entry.partition}] = entry.offset;
    }
  }
  return offsets;
}

std::map<TopicPartition, LogEnds> ask_for_ends(rd_kafka_s* client,
                                               const std::map<TopicPartition, int32_t>& leaders,
                                               Duration timeout) {
  std::map<TopicPartition, LogEnds> ends;
  // The low end first: retention moves it up only, so that it is never above the high one.
  const auto low = ask_for_offsets(client, leaders, kLowOffset, timeout);
  const auto high = ask_for_offsets(client, leaders, kHighOffset, timeout);
  for (const auto& [which, low_offset] : low) {
    const auto found = high.find(which);
    if (found == high.end() || low_offset < 0 || found->second < 0) continue;
    ends[which] = {.low = low_offset, .high = found->second};
  }
  return ends;
}

}  // namespace kpid
