#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/kafka/kafka_questions.h"
#include "daemon/kafka/kafka_source.h"
#include "pipeline/event/time.h"

namespace kpid {

/// What to do about a topic that exists and may not be read, naming it.
std::string no_right_to_read(std::string_view topic);

/// Which partitions brokers do not let us read, and of which topics that is a fault. Whoever may
/// see a topic need not be allowed to read it.
///
/// A permission that has just been given takes a moment to reach every broker, so that a refusal
/// is its topic's fault only when it lasts.
class TopicRefusals {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// A refusal is a fault from `lasting_after` on.
  explicit TopicRefusals(Duration lasting_after) : lasting_after_(lasting_after) {}

  /// A broker refuses the partition. Said again, it counts from the first time.
  void refused(const TopicPartition& which, SteadyTime now) { since_.try_emplace(which, now); }

  /// A broker lets us read the partition. True: it was refused before.
  bool admitted(const TopicPartition& which) { return !since_.empty() && since_.erase(which) > 0; }

  bool has(const TopicPartition& which) const { return since_.contains(which); }

  /// Says of every topic of which a refusal has lasted that it is refused. Leaves others alone.
  void mark(std::vector<TopicStatus>& topics, SteadyTime now) const;

 private:
  Duration lasting_after_;
  std::map<TopicPartition, SteadyTime> since_;
};

}  // namespace kpid
