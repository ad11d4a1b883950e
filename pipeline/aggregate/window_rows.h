#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/aggregate/group_table.h"
#include "pipeline/aggregate/merged_row.h"
#include "pipeline/aggregate/row_layout.h"

namespace kpid {

class SliceChunk;

/// The rows of 64 groups in one window.
struct WindowChunk {
  std::string rows;                        ///< accumulators of kChunkGroups groups
  std::vector<CollectionPtr> collections;  ///< of all of them; empty where the layout has none
};

/// The terms of one window: a row for every group that has events in it. Windows that follow one
/// another share the chunks that are the same in both, so equal pointers are equal rows.
struct WindowRows {
  std::vector<std::shared_ptr<const WindowChunk>> chunks;  ///< nothing: no group of it has events
  bool whole = false;    ///< every slice since the window's start was kept, and none is cut by it
  uint64_t version = 0;  ///< grows with every change of any slice of the window

  GroupRow row(GroupId id, const RowLayout& layout) const {
    const size_t index = id / kChunkGroups;
    if (index >= chunks.size() || !chunks[index]) return layout.empty_group();
    const WindowChunk& chunk = *chunks[index];
    const size_t place = id % kChunkGroups;
    return {chunk.rows.data() + place * layout.bytes(),
            chunk.collections.data() + place * layout.collections()};
  }
};

/// The rows of 64 groups without events.
std::string empty_chunk(const RowLayout& layout);

/// The merge of chunks.
class MergedChunk {
 public:
  /// Of no chunks yet. `layout` outlives it.
  explicit MergedChunk(const RowLayout& layout)
      : layout_(layout),
        rows_(empty_chunk(layout)),
        collections_(kChunkGroups * layout.collections()) {}

  void add(const WindowChunk& chunk);
  void add_rows(const SliceChunk& chunk);
  /// Merges one collection; `index` counts through those of all the groups.
  void add_collection(size_t index, const CollectionPtr& collection) {
    collections_.add(index, collection, layout_.limits());
  }

  /// Nothing where no group has events.
  std::shared_ptr<const WindowChunk> take() &&;

 private:
  const RowLayout& layout_;
  std::string rows_;
  MergedCollections collections_;
};

/// Whether any of the groups has events.
bool has_events(const RowLayout& layout, const std::string& chunk);

}  // namespace kpid
