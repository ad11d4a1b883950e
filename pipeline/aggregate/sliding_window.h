#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "pipeline/aggregate/slice_store.h"
#include "pipeline/aggregate/window_rows.h"

namespace kpid {

/// A window that moves over the slices of one grouping: always just what `SliceStore::range` would
/// merge, but by the differences to where it was before.
///
/// It remembers which slices it holds, and what they were. To move is to compare: slices that left
/// go out, slices that entered come in, and of slices that changed only chunks of 64 groups that
/// did. It does not matter why they differ, so that late events, folded slices and steps back need
/// no case of their own. What is handed out is immutable, and shares every chunk without a
/// difference with what was handed out before.
///
/// Where every accumulator of the row can be subtracted, a difference costs one subtraction, one
/// addition, or both. Where one cannot (a minimum, a collection), the window is kept in about
/// `kRuns` runs of neighbouring slices with a partial merge each: a difference merges the slices of
/// its run and then the runs. That is a tree of two levels: some 2√n merges for n slices where two
/// stacks would need two, but the newest slices, which change at every publication and lie at the
/// bottom of a stack's back, cost the same as the oldest, and it keeps √n further rows instead of
/// n.
///
/// Source: subtract-on-evict, Tangwongsan et al., "General Incremental Sliding-Window Aggregation",
/// VLDB 2015.
class SlidingWindow {
 public:
  /// Over no slices yet. `layout` is that of the slices, and outlives this.
  explicit SlidingWindow(const RowLayout& layout) : layout_(layout) {}

  /// Moves to `window`. The same pointer as before where nothing differs. REQUIRES: always the same
  /// `slices`.
  std::shared_ptr<const WindowRows> move_to(const Window& window, SliceStore& slices);

 private:
  static constexpr int64_t kRuns = 8;

  /// What the window holds of a slice. Where accumulators are subtracted, nobody writes to the
  /// rows any more; else they only say that there were some.
  using HeldRows = std::vector<std::shared_ptr<const SliceChunk>>;
  using Present = std::map<Window, const SliceStore::Slice*>;
  struct Run {
    std::vector<std::shared_ptr<const WindowChunk>> partial;  ///< like WindowRows::chunks
    std::vector<bool> differs;                                ///< per chunk, in this move
  };

  void leave(const Window& span, const HeldRows& held);
  void take(const Window& span, const SliceStore::Slice& slice);
  void differ(const Window& span, size_t chunk, const SliceChunk* before, const SliceChunk* now);
  void exchange(size_t chunk, const SliceChunk* before, const SliceChunk* now);
  WindowChunk& writable(size_t chunk);
  void merge_runs(const Present& present);
  int64_t run_of(const Window& span) const;

  const RowLayout& layout_;
  std::shared_ptr<const WindowRows> rows_;  ///< as handed out last
  std::map<Window, HeldRows> held_;
  uint64_t seen_epoch_ = 0;  ///< changes of slices up to here are in

  // In a move.
  std::vector<std::shared_ptr<const WindowChunk>> chunks_;
  std::vector<std::shared_ptr<WindowChunk>> written_;  ///< by chunk; nothing: as it was
  bool differs_ = false;

  // Where something cannot be subtracted.
  Duration run_length_{0};
  std::map<int64_t, Run> runs_;
};

}  // namespace kpid
