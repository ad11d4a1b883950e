#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/kafka/kafka_source.h"
#include "pipeline/event/time.h"
#include "pipeline/result.h"

namespace kpid {

/// The log of one partition as a broker told it.
struct PartitionEnds {
  int32_t partition = 0;
  int64_t low_offset = 0;   ///< the first that the log has
  int64_t high_offset = 0;  ///< the next to be written, or the first of an open transaction

  bool operator==(const PartitionEnds&) const = default;
};

/// Asks for both ends of every partition of `topic`, ascending by partition; takes up to `timeout`
/// in all. Errors: a bad property, no broker in reach, a topic that does not exist or may not be
/// seen, a partition without a leader.
Result<std::vector<PartitionEnds>> query_partition_ends(const std::string& bootstrap_servers,
                                                        const KafkaProperties& properties,
                                                        const std::string& topic, Duration timeout);

}  // namespace kpid
