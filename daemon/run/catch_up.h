#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/exposition/publication.h"
#include "daemon/kafka/kafka_source.h"
#include "pipeline/definitions.h"

namespace kpid {

/// What one worker's KafkaSource says at one instant.
struct KafkaReport {
  std::vector<PartitionStatus> partitions;
  std::vector<TopicStatus> topics;
  BrokersStatus brokers;
};

/// Follows every source to the end of the log as it was at the start (law 5): until then nothing
/// of its state is shown. Later partitions and topics hold nothing up.
class CatchUp {
 public:
  explicit CatchUp(const std::vector<SourceDefinition>& sources);

  /// The store has state of this topic, so it must be there: what was read of it before must not be
  /// shown as it was then.
  void know(const std::string& topic);

  /// Takes what all workers say.
  void update(std::span<const KafkaReport> reports);

  /// How far a source is, by its index.
  const SourceReadiness& readiness(size_t source) const { return sources_[source].readiness; }
  /// Why its KPIs are held, as in the `reason` label; empty once it has caught up, for good.
  std::string_view held(size_t source) const;
  /// Whether all partitions that it had at the start are found.
  bool all_found(size_t source) const { return sources_[source].at_start_known; }

 private:
  struct Source {
    SourceReadiness readiness;
    bool caught_up = false;
    bool topic_known = false;    ///< the store has state of it
    std::set<int32_t> at_start;  ///< the partitions known at the start, by number
    bool at_start_known = false;
  };

  void update_source(Source& source, std::span<const KafkaReport> reports);
  void follow(Source& source, std::span<const KafkaReport> reports);

  std::vector<Source> sources_;
};

}  // namespace kpid
