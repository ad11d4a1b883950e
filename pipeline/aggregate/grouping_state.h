#pragma once

#include <string>
#include <vector>

#include "pipeline/aggregate/group_table.h"
#include "pipeline/aggregate/slice_store.h"
#include "pipeline/event/column.h"
#include "pipeline/plan.h"

namespace kpid {

/// The state of one grouping in one shard: its groups, and their accumulators by slice.
class GroupingState {
 public:
  /// `plan` outlives the state. `grouping` is its index, by which `admission` is asked.
  GroupingState(const GroupingPlan& plan, size_t grouping, GroupAdmission& admission);

  /// Finds the group of every event of the batch, and its row in its slice, where the caller counts
  /// it. Both valid until the next call of any function that changes the state.
  void touch(const EventBatch& batch, TouchedRows& rows);
  /// A collection of the row of an event of the batch at hand, to be written to at once.
  Collection& collection(size_t event, size_t index) { return slices_.collection(event, index); }

  /// Makes slices coarser that nobody needs so fine after `before`, drops those that nobody needs
  /// at all, and the groups that have none left.
  void fold(EventTime before);
  /// A piece of the first of that; see SliceStore.
  void coarsen(EventTime before);

  const GroupTable& groups() const { return groups_; }
  GroupTable& groups() { return groups_; }
  const SliceStore& slices() const { return slices_; }
  SliceStore& slices() { return slices_; }
  const GroupingPlan& plan() const { return plan_; }

  /// Adds what changed since the last successful checkpoint under number `id`; `saved` follows.
  void freeze(uint32_t shard, uint32_t id, std::vector<BlobWrite>& writes,
              std::vector<BlobKey>& removals);
  void saved(bool success);
  void forget_store();

  /// Merges the blobs of one stored shard into the state; nothing or the reason why they cannot
  /// be read. `term_of[i]` is the index here of the stored row's accumulator i, or nothing for a
  /// term that is gone. `keep_ids` where the store's layout is ours and stays in force.
  struct StoredGrouping {
    std::vector<const Blob*> blobs;  ///< of one shard and grouping
    RowLayout layout;                ///< of the stored rows
    std::vector<std::optional<size_t>> term_of;
    bool keep_ids = false;
  };
  Result<void> restore(const StoredGrouping& stored);
  /// After the last `restore`. `in_store` where the store already has just this state.
  void finish_restore(bool in_store);

 private:
  void find_groups(const EventBatch& batch);
  Result<void> restore_groups(const StoredGrouping& stored,
                              std::vector<std::optional<GroupId>>& ids);
  Result<void> restore_rows(const StoredGrouping& stored, const Blob& blob,
                            const std::vector<std::optional<GroupId>>& ids);
  Result<void> restore_collections(const StoredGrouping& stored, const Blob& blob,
                                   const std::vector<std::optional<GroupId>>& ids);

  GroupSteps group_steps();

  const GroupingPlan& plan_;
  GroupTable groups_;
  SliceStore slices_;

  // Of the batch at hand.
  KeyList keys_;
  std::vector<GroupId> ids_;
};

}  // namespace kpid
