#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/aggregate/group_table.h"
#include "pipeline/aggregate/row_layout.h"
#include "pipeline/aggregate/slice_blobs.h"
#include "pipeline/aggregate/slice_chunk.h"
#include "pipeline/aggregate/touched_rows.h"
#include "pipeline/aggregate/window_rows.h"
#include "pipeline/state.h"
#include "pipeline/window/slicing.h"

namespace kpid {

/// What becomes of the groups when slices come and go: `enters` for a group that has events in one
/// more slice, `leaves` for one that has them in one slice less.
struct GroupSteps {
  std::function<void(GroupId)> enters;
  std::function<void(GroupId)> leaves;
};

/// The slices of one grouping in one shard. An event touches one slice; a window is the merge of a
/// range of slices; folding merges slices into coarser ones, and drops those that nobody needs.
///
/// Slices are as fine as the finest window wants them for as long as that needs them, and then
/// become the slices of the next coarser one. An event that comes for a time whose slices are
/// coarse already gets a fine one beside, which is merged at the next fold: windows that need that
/// time contain both.
///
/// Rows lie in chunks of 64 groups, allocated when first touched. A chunk that a checkpoint or a
/// sliding window may read is copied before it is written to; so is a collection that a view reads.
class SliceStore {
  struct Slice;
  friend class SlidingWindow;  // it compares slices chunk by chunk

 public:
  static constexpr uint32_t kChunkGroups = kpid::kChunkGroups;

  /// `layout` outlives the store.
  SliceStore(Slicing slicing, const RowLayout& layout);

  /// Finds the row of each event of a batch: event i is one of `groups[i]` at `times[i]`. Where the
  /// group has no events in its slice yet, `groups.enters` is told, and the row is new and says so:
  /// the caller counts the event in it. Everything touched gets a new version.
  void touch(std::span<const EventTime> times, std::span<const GroupId> ids,
             const GroupSteps& groups, TouchedRows& rows);
  /// A collection of the row of event `event` of the batch at hand, to be written to at once.
  Collection& collection(size_t event, size_t index);

  /// Drops slices that nobody needs after `before` at all, and coarsens to the end.
  void fold(EventTime before, const GroupSteps& groups);
  /// Merges slices into coarser ones where the windows for which they are so fine are not asked for
  /// any more once others that end by `before` are final. A call does a bounded piece of work, as
  /// events wait; the next goes on where it ended.
  void coarsen(EventTime before, const GroupSteps& groups);

  /// Merges the slices of `window`, all of them; SlidingWindow gives the same by differences.
  WindowRows range(const Window& window) const;

  /// Calls `visit` with each slice that is kept, ascending.
  void for_each_slice(const std::function<void(const Window&)>& visit) const;
  /// Windows that start before this may lack slices that are gone; nothing: none ever was.
  std::optional<EventTime> kept_from() const { return kept_from_; }
  const Slicing& slicing() const { return slicing_; }

  /// Adds what changed since the last successful checkpoint. `saved` follows before the next.
  void freeze(const SliceOwner& owner, std::vector<BlobWrite>& writes,
              std::vector<BlobKey>& removals);
  /// The last frozen state is in the store, or not: then it stays to be written.
  void saved(bool success);
  /// The store was lost: everything is to be written again. REQUIRES: no checkpoint is in flight.
  void forget_store();

  /// Merges one stored row into slice `slice`. Returns whether the group had no events there.
  bool restore_row(const Window& slice, GroupId group, const char* row);
  void restore_kept_from(EventTime kept_from);
  /// Merges one stored collection into those of a group of slice `slice`. Returns whether the group
  /// has events there, as it must.
  bool restore_collection(const Window& slice, GroupId group, size_t index,
                          const Collection& stored);
  /// After the last `restore_row` and `restore_collection`. `in_store` where the store already has
  /// just these rows.
  void finish_restore(bool in_store);

 private:
  struct Collected {
    std::shared_ptr<Collection> collection;  ///< nothing: empty
    mutable bool shared = false;             ///< a view has it: it is copied before it is changed
  };
  struct Chunk {
    std::shared_ptr<SliceChunk> rows;  ///< nothing: no group of the chunk has events
    uint64_t epoch = 0;                ///< of the last change of a row
    std::vector<Collected> collected;  ///< of all its groups; empty: none has any
    uint64_t collected_epoch = 0;      ///< of the last change of a collection
  };
  struct Slice {
    uint64_t version = 0;
    uint64_t epoch = 0;  ///< of the last change of a chunk
    std::vector<Chunk> chunks;
    bool in_store = false;  ///< the store may have blobs of it
    Slicing::Fold fold;

    /// A chunk with rows; nullptr: the slice has none there.
    const Chunk* chunk(size_t index) const {
      return index < chunks.size() && chunks[index].rows ? &chunks[index] : nullptr;
    }
    /// Merges what the slice has of a chunk.
    void add_chunk(size_t index, MergedChunk& into) const;
  };
  using Slices = std::map<Window, Slice>;

  using Entry = std::pair<const Window, Slice>;

  Slice& slice_for(EventTime time);
  Slices::iterator find_or_add(const Window& span);
  size_t merge_slices(std::span<const Slices::iterator> from, Entry& into,
                      const GroupSteps& groups);
  void merge_chunks(std::span<const Chunk* const> from, Slice& into, size_t index,
                    const GroupSteps& groups);
  bool take_chunk(Chunk& from, Slice& into, size_t index) const;
  void take_collection(Collected& into, const Collected& from) const;
  Slices::iterator remove(Slices::iterator slice);
  SliceChunk& writable_chunk(Slice& slice, GroupId group);
  Collection& writable_collection(Slice& slice, GroupId group, size_t index);
  uint32_t chunks_per_block() const;
  void freeze_slice(const Window& span, Slice& slice, const SliceOwner& owner,
                    std::vector<BlobWrite>& writes) const;
  void freeze_collections(const Window& span, const Slice& slice, const SliceOwner& owner,
                          std::vector<BlobWrite>& writes) const;
  /// Ends an epoch, and returns it: later changes are told from those until now. `lend` where
  /// somebody goes on reading the chunks of rows that there are.
  uint64_t end_epoch(bool lend);
  void note_removal(const Window& span, const Slice& slice);
  /// Calls `visit(group, row)` for every group that has events in the slice.
  template <class Visit>
  void for_each_row(const Slice& slice, const Visit& visit) const {
    for (size_t index = 0; index < slice.chunks.size(); ++index) {
      if (!slice.chunks[index].rows) continue;
      slice.chunks[index].rows->for_each([&](uint32_t place, const SliceRow& row) {
        visit(static_cast<GroupId>(index * kChunkGroups + place), row);
      });
    }
  }
  void for_overlapping(const Window& window,
                       const std::function<void(const Window&, const Slice&)>& visit) const;

  const Slicing slicing_;
  const RowLayout& layout_;
  Slices slices_;
  Slices::iterator newest_touched_;  ///< most events fall into the slice of the one before
  struct Touched {
    Slice* slice = nullptr;
    SliceChunk* chunk = nullptr;
    GroupId group = 0;
    uint32_t row = 0;  ///< number in the chunk
  };
  std::vector<Touched> touched_;  ///< by the batch at hand
  /// The same slices by length and start: of each length, those that a window overlaps lie
  /// together.
  std::map<Duration, std::map<EventTime, const Entry*>> by_length_;
  EventTime next_fold_ = EventTime::max();  ///< no slice can become coarser before
  uint64_t version_ = 1;
  std::optional<EventTime> kept_from_;

  uint64_t epoch_ = 1;        ///< stamped on what changes now
  uint64_t saved_epoch_ = 0;  ///< changes up to here are in the store
  uint64_t frozen_epoch_ =
      0;                     ///< changes up to here are read by a checkpoint in flight; 0: none is
  uint64_t lent_epoch_ = 0;  ///< sliding windows may read what changed up to here
  RemovedSlices removed_;
  bool kept_from_changed_ = false;
  bool kept_from_written_ = false;
};

}  // namespace kpid
