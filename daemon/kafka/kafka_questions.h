#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/kafka/partition_reader.h"
#include "pipeline/event/time.h"
#include "pipeline/result.h"

struct rd_kafka_s;

namespace kpid {

/// A partition by name.
struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  auto operator<=>(const TopicPartition&) const = default;
};

/// What a broker says of a topic.
struct TopicAnswer {
  std::string topic;
  bool exists = false;
  std::string refusal;           ///< why it may not be seen; empty: it may
  std::vector<int32_t> leaders;  ///< the leading broker by partition, -1: none
};

/// What a broker says of the topics that the client knows of; each asked for once, in any order.
/// Waits. Errors: no broker answers in time.
Result<std::vector<TopicAnswer>> ask_for_topics(rd_kafka_s* client, Duration timeout);

/// What `ask_for_offsets` looks up: the log's ends, or the first record of a time or later.
inline constexpr int64_t kLowOffset = -2;
inline constexpr int64_t kHighOffset = -1;

/// By partition, the offset at `place`: kLowOffset, kHighOffset, or a time in ms since the epoch
/// (-1 where no record is that new). Partitions that could not be asked are left out. Waits for
/// each broker in turn, so one that is away costs one timeout and hides only its own partitions.
/// `leaders` has the leading broker of every partition asked for.
std::map<TopicPartition, int64_t> ask_for_offsets(rd_kafka_s* client,
                                                  const std::map<TopicPartition, int32_t>& leaders,
                                                  int64_t place, Duration timeout);

/// Both ends, by the same rules.
std::map<TopicPartition, LogEnds> ask_for_ends(rd_kafka_s* client,
                                               const std::map<TopicPartition, int32_t>& leaders,
                                               Duration timeout);

}  // namespace kpid
