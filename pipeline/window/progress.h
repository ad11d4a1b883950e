#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/definitions.h"
#include "pipeline/plan.h"

namespace kpid {

/// How far one partition of one source has got: what its worker knows of it.
struct PartitionProgress {
  size_t source = 0;                   ///< index in Definitions::sources
  int32_t partition = 0;               ///< number in the topic of the source
  std::optional<EventTime> watermark;  ///< nothing: never had an event
  std::optional<EventTime> newest_event_time;
  std::optional<EventTime> newest_timestamp;  ///< newest record timestamp of an accepted event
  std::optional<EventTime> newest_read;       ///< newest record timestamp read since the start
  bool connected = true;                      ///< it has a leader that answers
  bool stopped = false;                       ///< by a lasting fault, or by the operator
  bool waiting = false;                       ///< kept waiting by the alignment
  bool caught_up = false;                     ///< has read what the log held at the start
  bool at_end = false;                        ///< nothing more to fetch at the moment
};

/// How far one source has got, for everything that is a matter of all its partitions.
struct SourceProgress {
  bool has_events = false;
  bool all_idle = false;                 ///< every partition is idle; true without partitions
  std::optional<EventTime> final_time;   ///< windows that end by then are final; nothing: no event
  std::optional<EventTime> newest_time;  ///< newest accepted event time; nothing: no event
  std::optional<EventTime>
      watermark;  ///< least of the partitions that are not idle; never goes back
};

/// Whether a partition is idle at `now`, and so holds nobody back: connected, not stopped or
/// waiting, everything older than `idle_timeout` read, and no accepted event with a record
/// timestamp younger than that.
bool is_idle(const PartitionProgress& partition, const SourceDefinition& source, EventTime now);

/// Turns the progress of partitions into that of sources. Remembers what must not go back.
class ProgressTracker {
 public:
  /// `plan` outlives the tracker.
  explicit ProgressTracker(const Plan& plan);

  /// Takes the progress of all partitions of the instance. Does not look at a clock: `now` is one.
  void update(std::span<const PartitionProgress> partitions, EventTime now);

  const SourceProgress& source(size_t index) const { return sources_[index]; }
  /// By the index of the partition in the last `update`.
  bool idle(size_t partition) const { return idle_[partition]; }
  /// Events of the source earlier than this are expired: its watermark less `retention`.
  std::optional<EventTime> expire_before(size_t source) const;
  /// What nobody needs of the source after this is dropped: the least of the times that the sources
  /// have reached that KPIs join with it, less `retention`, so that a join never lacks one side.
  std::optional<EventTime> forget_before(size_t source) const;

 private:
  void update_source(size_t source, std::span<const PartitionProgress> partitions, EventTime now);
  std::optional<EventTime> least_watermark(size_t source,
                                           std::span<const PartitionProgress> partitions,
                                           EventTime now) const;

  const Plan& plan_;
  std::vector<SourceProgress> sources_;
  std::vector<bool> idle_;
};

/// Which partitions must wait, so that a backlog is read in event-time order: memory stays small,
/// windows become final in order, and nothing expires.
///
/// A partition waits from `max_drift` ahead of the one furthest behind until it is less than half
/// of it ahead: stopping and starting are expensive. Only partitions with records to fetch take
/// part, and only with those of sources that KPIs join with theirs; nobody waits for one that has
/// caught up and reads what was just written (a producer of garbage, say).
class Alignment {
 public:
  /// `plan` outlives the alignment.
  explicit Alignment(const Plan& plan) : plan_(plan) {}

  /// One entry a partition: whether it must wait from now on. `waiting` in the progress is what
  /// the last call said.
  std::vector<bool> update(std::span<const PartitionProgress> partitions, EventTime now) const;

 private:
  const Plan& plan_;
};

}  // namespace kpid
