#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/kafka/kafka_source.h"
#include "pipeline/event/fingerprint.h"
#include "pipeline/event/record.h"
#include "pipeline/state.h"

namespace kpid {

/// Both ends of a partition's log, as a broker told them.
struct LogEnds {
  int64_t low = 0;   ///< the first offset that the log has
  int64_t high = 0;  ///< the next to be written, or the first of an open transaction

  bool operator==(const LogEnds&) const = default;
};

/// Decides for one partition which records are delivered, from where to fetch, and whether the log
/// is still the one that was read before. Pure: what happened goes in, what is wanted comes out.
///
/// Each record is offered in the order of its offset; none is accepted twice. While a new fetch is
/// wanted (`wants_fetch`) or the ends of the log are (`wants_ends`) nothing is accepted, so what
/// was still on its way from an earlier fetch is passed over.
class PartitionReader {
 public:
  using Phase = PartitionStatus::Phase;

  /// `name` is the topic's, for messages.
  PartitionReader(std::string name, int32_t partition);

  /// Reading is to go on at `next_offset`, in the log that `fingerprint` was taken from.
  /// REQUIRES: the phase is kFound, `next_offset` is not negative and above the fingerprint's.
  void begin(int64_t next_offset, const std::optional<Fingerprint>& fingerprint);

  /// Whether the record is to be delivered.
  bool offer(const Record& record);

  /// The last record delivered; by it the log is recognised after an error.
  void delivered(const Fingerprint& fingerprint) { fingerprint_ = fingerprint; }

  /// The broker has nothing at or behind `offset`.
  void end_reached(int64_t offset);

  /// The broker does not have the offset that was asked for.
  void out_of_range();

  /// The topic or partition was unknown to the broker for a while: it may be another one now.
  void lost_sight();

  /// What is fetched next is not what the broker wrote, or the place in the log is in doubt.
  void fetch_again();

  /// The ends of the log, asked for after `wants_ends`. Answers the offsets lost, or 0.
  int64_t ends_known(const LogEnds& ends);

  /// The fetch that was wanted has been started.
  void fetching() { wants_fetch_ = false; }

  Phase phase() const { return phase_; }
  bool wants_ends() const { return wants_ends_; }
  bool wants_fetch() const { return wants_fetch_; }
  int64_t fetch_offset() const;  ///< where a wanted fetch is to start
  int64_t position() const { return position_; }
  bool at_end() const { return at_end_; }
  uint64_t unproven() const { return unproven_; }
  const std::string& stop_reason() const { return stop_reason_; }

 private:
  bool verify(const Record& record);
  void stop(std::string reason);

  std::string name_;
  int32_t partition_;
  Phase phase_ = Phase::kFound;
  std::optional<Fingerprint> fingerprint_;
  int64_t position_ = 0;  ///< the next to deliver
  bool at_end_ = false;
  bool wants_ends_ = false;
  bool wants_fetch_ = false;
  uint64_t unproven_ = 0;
  std::string stop_reason_;
};

}  // namespace kpid
