#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/kafka/kafka_source.h"
#include "daemon/run/catch_up.h"
#include "daemon/run/worker.h"

namespace kpid {

/// Tells the operator what happens on Kafka's side: lines of the client's own log, records that
/// were lost, and partitions that stop or stall and commits that fail, each time that it begins.
class KafkaLog {
 public:
  /// Once per report of a worker, which has what was said and lost since the one before. An error
  /// of the client is a warning here: it tries again by itself.
  void add(const Worker::Report& report);

  /// Once per publication, with the newest of all workers.
  void update(const std::vector<KafkaReport>& reports);

 private:
  /// What is wrong with a partition.
  struct Trouble {
    bool stopped = false;
    bool stalled = false;
  };

  void log_trouble(const PartitionStatus& status);

  std::map<std::pair<std::string, int32_t>, Trouble> troubles_;  ///< logged, by partition
  bool commits_fail_ = false;                                    ///< logged
};

}  // namespace kpid
