#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/collection.h"
#include "pipeline/event/time.h"
#include "pipeline/state.h"

namespace kpid {

/// The grouping of a shard whose slices blobs are of.
struct SliceOwner {
  uint32_t shard = 0;
  uint32_t grouping = 0;
};

/// Names a blob of slice `span`.
BlobKey slice_key(const SliceOwner& owner, BlobKey::Kind kind, const Window& span, uint32_t block);

/// Appends a collection to a kSliceCollections blob: that of group `group` of the chunk, for the
/// term of that index in the layout.
void append_collection(std::string& blob, uint32_t group, uint32_t term,
                       const Collection& collection);

/// A collection of a kSliceCollections blob.
struct StoredCollection {
  uint32_t group = 0;      ///< within the chunk
  uint32_t term = 0;       ///< index in the stored layout
  std::string_view bytes;  ///< what `append_to` wrote
};

/// Reads a kSliceCollections blob; nothing where the bytes are not one.
std::optional<std::vector<StoredCollection>> read_slice_collections(std::string_view bytes);

/// The blobs that the store may have of slices that are gone.
class RemovedSlices {
 public:
  /// `row_blocks` of its rows and `chunks` of its collections may be there.
  void add(const Window& span, uint32_t row_blocks, uint32_t chunks) {
    removed_.push_back({span, row_blocks, chunks});
  }
  /// Adds the blobs that are to be removed, but for those of `writes`, of slices that an event
  /// brought back: `is_back` says which. `saved` or another `freeze` follows.
  void freeze(const SliceOwner& owner, const std::function<bool(const Window&)>& is_back,
              std::span<const BlobWrite> writes, std::vector<BlobKey>& removals);
  /// What the last `freeze` gave is in the store.
  void saved() { removing_.clear(); }
  /// The store has nothing.
  void clear() {
    removed_.clear();
    removing_.clear();
  }

 private:
  struct Removed {
    Window span;
    uint32_t row_blocks;
    uint32_t chunks;
  };

  std::vector<Removed> removed_;   ///< not yet handed over
  std::vector<Removed> removing_;  ///< handed over, not yet saved
};

}  // namespace kpid
