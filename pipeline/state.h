#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/event/fingerprint.h"
#include "pipeline/event/reject_reason.h"
#include "pipeline/event/time.h"

namespace kpid {

/// The records of one partition, accounted for: read = accepted + sum of rejected (law 4).
struct Ledger {
  uint64_t read = 0;
  uint64_t accepted = 0;
  std::array<uint64_t, kRejectReasonCount> rejected{};  ///< by RejectReason
  uint64_t lost = 0;      ///< offsets that the log no longer had when they were due; not read
  uint64_t amending = 0;  ///< of those accepted: came behind the partition's watermark

  /// Takes another partition's counts in.
  Ledger& operator+=(const Ledger& other) {
    read += other.read;
    accepted += other.accepted;
    for (size_t reason = 0; reason < kRejectReasonCount; ++reason) {
      rejected[reason] += other.rejected[reason];
    }
    lost += other.lost;
    amending += other.amending;
    return *this;
  }
  bool operator==(const Ledger&) const = default;
};

/// A stretch of event time in which records of a partition were lost: windows that overlap it are
/// incomplete.
struct LostSpan {
  std::optional<EventTime> after;   ///< the newest event before the gap; nothing: none was
  std::optional<EventTime> before;  ///< the first event after the gap; nothing: none yet

  bool operator==(const LostSpan&) const = default;
};

/// Everything kept about one partition of one source. Part of the state: a pure function of the
/// partition's log and the configuration.
struct PartitionState {
  std::string source;
  std::string topic;
  int32_t partition = 0;
  int64_t next_offset = 0;                     ///< the next to read
  std::optional<EventTime> newest_event_time;  ///< of accepted events
  std::optional<EventTime> watermark;          ///< never goes back
  std::optional<EventTime> newest_timestamp;   ///< newest record timestamp of an accepted event
  std::optional<Fingerprint> fingerprint;      ///< of the last record applied
  Ledger ledger;
  std::vector<LostSpan> lost_spans;  ///< in the order of their loss

  bool operator==(const PartitionState&) const = default;
};

/// Names one blob of state. `kind` says what is in it and so what `start`, `end` and `block` mean.
struct BlobKey {
  enum class Kind : uint8_t {
    kGroupKeys = 1,      ///< keys of the groups of `block`; start = end = 0
    kGroupTimes = 2,     ///< first and newest event time of the groups of `block`; start = end = 0
    kWideSliceRows = 3,  ///< what kSliceRows has, as stores of format 2 wrote it
    kKeptFrom = 4,       ///< the end of the newest slice that was dropped; start = end = 0
    kSliceCollections = 5,  ///< collections of chunk `block` of groups in slice [start, end), ms
    kSliceRows = 6,         ///< accumulator rows of the groups of `block` in slice [start, end), ms
  };

  uint32_t shard = 0;
  uint32_t grouping = 0;  ///< `GroupingLayout::id`
  Kind kind = Kind::kSliceRows;
  int64_t start = 0;
  int64_t end = 0;
  uint32_t block = 0;

  auto operator<=>(const BlobKey&) const = default;
};

/// Bytes that nobody writes to any more, and what they belong to.
struct BlobPiece {
  std::shared_ptr<const void> owner;
  std::string_view bytes;

  static BlobPiece of(std::string bytes) {
    const auto owner = std::make_shared<const std::string>(std::move(bytes));
    return {owner, *owner};
  }
};

struct BlobWrite {
  BlobKey key;
  std::vector<BlobPiece> pieces;  ///< the blob is their concatenation
};

struct Blob {
  BlobKey key;
  std::string bytes;
};

/// One accumulator of a grouping's row, by the identity of its term.
struct TermLayout {
  std::string term;  ///< Term::canonical()
  /// The term's record begins here: a window is shown only if it starts at or after. Nothing: the
  /// term has seen everything that the log had.
  std::optional<EventTime> begins;

  bool operator==(const TermLayout&) const = default;
};

/// How the blobs of a grouping are to be read: its accumulators in the order of the row.
struct GroupingLayout {
  uint32_t id = 0;       ///< `BlobKey::grouping`
  std::string identity;  ///< source and `by` fields by path and type
  std::vector<TermLayout> terms;

  bool operator==(const GroupingLayout&) const = default;
};

/// What identifies a source in the store; a change of it would make its state meaningless.
struct SourceState {
  std::string name;
  std::string definition;  ///< topic, format, columns and time, one readable line each
  /// The source's record begins here (`start: latest` or `-6h`); nothing for `earliest`.
  std::optional<EventTime> begins;

  bool operator==(const SourceState&) const = default;
};

/// Accepted events that amended a window that was already final, per KPI and window.
struct AmendmentCount {
  uint32_t shard = 0;
  std::string kpi;
  std::string window;  ///< WindowSpec::name
  uint64_t amendments = 0;

  bool operator==(const AmendmentCount&) const = default;
};

/// What one engine hands over for a checkpoint: what changed since the last one that was saved,
/// and all of what is small. One instant of one shard.
struct ShardCheckpoint {
  uint32_t shard = 0;
  std::vector<BlobWrite> writes;
  std::vector<BlobKey> removals;
  std::vector<PartitionState> partitions;  ///< all of the shard
  std::vector<GroupingLayout> groupings;   ///< all; the same in every shard
  std::vector<AmendmentCount> amendments;  ///< all of the shard
};

/// One atomic unit of (state, next offset of every partition in it) (law 3).
struct Checkpoint {
  uint32_t shards = 1;                 ///< blobs of other shards and groupings are removed
  std::vector<SourceState> sources;    ///< all
  std::vector<ShardCheckpoint> parts;  ///< one a shard, ascending
  std::string publisher;               ///< what the publisher keeps; opaque bytes
};

/// A checkpoint as it comes back.
struct StoredState {
  uint32_t shards = 1;
  std::vector<SourceState> sources;
  std::vector<PartitionState> partitions;
  std::vector<GroupingLayout> groupings;
  std::vector<AmendmentCount> amendments;
  std::vector<Blob> blobs;  ///< in the order of their keys
  std::string publisher;
};

}  // namespace kpid
