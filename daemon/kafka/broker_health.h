#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "daemon/kafka/kafka_client.h"
#include "daemon/kafka/kafka_source.h"
#include "daemon/kafka/partition_scout.h"
#include "pipeline/event/time.h"

namespace kpid {

/// Judges how the brokers are doing, by what the client says of its connections and by which rounds
/// of questions were answered. Pure: what happened goes in, `status` says what it means.
///
/// They are connected from an answered round until one is not answered, or no connection is left.
/// A refusal (authentication, encryption) says more than that nobody answers, so that it is the
/// newest error until a broker answers, and a fault when it lasts.
class BrokerHealth {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// A refusal is a fault from `lasting_after` on.
  explicit BrokerHealth(Duration lasting_after) : lasting_after_(lasting_after) {}

  /// What the client has said since the last call; in every turn, also when that is nothing.
  void heard(const KafkaNotices& notices, SteadyTime now);

  /// A connection failed: answers to rounds of questions before this one prove nothing any more.
  void trust_from(uint64_t round) { trusted_round_ = round; }

  /// A round of questions has ended.
  void asked(const ScoutReport& report);

  /// A broker failed to do something else, such as to let a partition be fetched.
  void failed(std::string error) { status_.last_error = std::move(error); }

  const BrokersStatus& status() const { return status_; }

 private:
  Duration lasting_after_;
  BrokersStatus status_;
  uint64_t trusted_round_ = 0;
  std::optional<SteadyTime> refused_since_;
  std::string refusal_;  ///< the newest
};

}  // namespace kpid
