#pragma once

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/aggregate/group_list.h"
#include "pipeline/aggregate/grouping_state.h"
#include "pipeline/aggregate/sliding_window.h"
#include "pipeline/aggregate/source_aggregator.h"
#include "pipeline/decode/decoder.h"
#include "pipeline/event/record.h"
#include "pipeline/plan.h"
#include "pipeline/state.h"
#include "pipeline/window/disorder_histogram.h"

namespace kpid {

/// A window of one grouping that somebody wants to see.
struct WindowQuery {
  size_t grouping = 0;  ///< index in Plan::groupings
  Window window;

  auto operator<=>(const WindowQuery&) const = default;
};

/// What one shard holds of what was asked, at one instant. Immutable and self-contained.
struct ShardView {
  std::vector<PartitionState> partitions;  ///< all of the shard, in the order they were added
  std::vector<GroupList> groups;           ///< per grouping; empty where no query named it
  std::vector<size_t> group_counts;        ///< per grouping, without `__other__`
  std::vector<std::shared_ptr<const WindowRows>> windows;  ///< parallel to the queries
  std::vector<uint64_t> amendments;                        ///< by Engine::amendment_index
  std::vector<uint64_t> arithmetic_nulls;                  ///< per source
  std::vector<DisorderHistogram> disorder;  ///< per source, since the start; no state
};

/// The engine: records of some partitions go in, exact accumulators by group and slice come out.
///
/// Single-threaded and deterministic: asks no clock, does no I/O, starts no thread. The contents of
/// every window depend on the records and the definitions alone, never on how the records were
/// batched or the partitions interleaved (law 1). One engine holds one shard.
class Engine {
 public:
  /// Records of one call to `consume` are worked on this many at a time.
  static constexpr size_t kBatchRows = 1024;

  /// `admission` outlives the engine.
  Engine(std::shared_ptr<const Plan> plan, uint32_t shard, GroupAdmission& admission);

  /// Takes a partition on, where it was left. `csv_columns` name the cells of its lines (empty:
  /// the source's own). Returns the number by which the partition is named from here on.
  /// REQUIRES: the plan has the source.
  size_t add_partition(PartitionState state, std::span<const std::string> csv_columns = {});

  /// Applies records of one partition. Those below the partition's next offset are passed over.
  void consume(size_t partition, RecordBatch records);

  /// Records up to `next_offset` are gone from the log and were never read. Counts them, marks the
  /// time they came from as incomplete, and goes on at `next_offset`.
  void lose(size_t partition, int64_t next_offset);

  /// Events of `source` earlier than this are rejected as `expired` from now on. Never goes back.
  void expire(size_t source, EventTime before);
  /// Lets go of what nobody needs of `source` at or after `before`: of slices, of how fine they
  /// are, of groups that have none left, and of losses.
  void forget(size_t source, EventTime before);
  /// Nobody asks for windows of `source` whose successors end by `shown_until` any more: makes
  /// coarser, a bounded piece at a time, what was so fine for them alone. Windows that an event may
  /// still amend stay as fine as they are.
  void coarsen(size_t source, EventTime shown_until);

  const PartitionState& partition(size_t partition) const { return partitions_[partition].state; }
  size_t partition_count() const { return partitions_.size(); }
  const Plan& plan() const { return *plan_; }
  /// The slices that a grouping keeps, ascending.
  const SliceStore& slices(size_t grouping) const { return groupings_[grouping].slices(); }

  /// What the shard holds of the queried windows. Each is moved on from the nearest one of the last
  /// view, and shares with it what is the same in both.
  std::shared_ptr<const ShardView> view(std::span<const WindowQuery> queries);

  /// Where the amendments of a KPI's window are counted.
  size_t amendment_index(size_t kpi, size_t window_spec) const {
    return amendment_offsets_[kpi] + window_spec;
  }

  /// What changed since the last saved checkpoint; `layouts` are the store's, parallel to the
  /// plan's groupings. `saved` follows before the next.
  ShardCheckpoint freeze(std::span<const GroupingLayout> layouts);
  void saved(bool success);
  /// The store was lost: the next checkpoint has everything. REQUIRES: none is in flight.
  void forget_store();

  /// Merges stored blobs of one grouping; see GroupingState.
  Result<void> restore(size_t grouping, const GroupingState::StoredGrouping& stored) {
    return groupings_[grouping].restore(stored);
  }
  void restore_amendments(size_t kpi, size_t window_spec, uint64_t amendments) {
    amendments_[amendment_index(kpi, window_spec)] += amendments;
  }
  /// After the last restore. `in_store` where the store already has just this state.
  void finish_restore(bool in_store);

 private:
  struct Partition {
    PartitionState state;
    size_t source = 0;
    std::unique_ptr<Decoder> decoder;  ///< nothing: the source's own
  };
  struct Source {
    const SourceDefinition* definition = nullptr;
    std::unique_ptr<Decoder> decoder;
    EventBatch batch;
    SourceAggregator aggregator;
    std::optional<EventTime> expire_before;
    std::vector<std::pair<WindowSpec, size_t>>
        amendable;               ///< windows of its KPIs, and where counted
    DisorderHistogram disorder;  ///< of events accepted or late
  };
  struct RunningWindow {
    WindowQuery at;  ///< where it was in the last view
    SlidingWindow window;
  };

  void consume_batch(Partition& partition, RecordBatch records);
  std::optional<RejectReason> judge(const Partition& partition, const Record& record,
                                    EventTime time) const;
  void accept(Partition& partition, const Record& record, EventTime time);
  void count_amendments(const Source& source, EventTime watermark, EventTime time);
  /// Until when a KPI of `source` needs what happened at `time`; see Slicing.
  EventTime needed_until(size_t source, EventTime time) const;
  void move_windows(std::span<const WindowQuery> queries, ShardView& view);
  void take_nearest(const WindowQuery& query, std::list<RunningWindow>& taken);

  const std::shared_ptr<const Plan> plan_;
  const uint32_t shard_;
  std::vector<GroupingState> groupings_;
  std::vector<Source> sources_;
  std::vector<Partition> partitions_;
  std::vector<size_t> amendment_offsets_;  ///< per KPI
  std::vector<uint64_t> amendments_;
  std::vector<GroupList> group_lists_;  ///< per grouping, of the last view
  std::list<RunningWindow> running_;    ///< those of the last view
};

/// Admits groups up to the limit, for an instance of one shard.
class SingleShardAdmission : public GroupAdmission {
 public:
  explicit SingleShardAdmission(uint32_t max_groups) : max_groups_(max_groups) {}
  bool admit(size_t grouping, std::string_view key) override;
  void readmit(size_t grouping, std::string_view key) override;
  void leave(size_t grouping, std::string_view key) override;

 private:
  const uint32_t max_groups_;
  std::vector<uint32_t> groups_;  ///< per grouping
};

}  // namespace kpid
