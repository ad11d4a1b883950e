#include "pipeline/aggregate/slice_blobs.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/aggregate/group_index.h"

namespace kpid {

BlobKey slice_key(const SliceOwner& owner, BlobKey::Kind kind, const Window& span, uint32_t block) {
  return {.shard = owner.shard,
          .grouping = owner.grouping,
          .kind = kind,
          .start = span.start.time_since_epoch().count(),
          .end = span.end.time_since_epoch().count(),
          .block = block};
}

void append_collection(std::string& blob, uint32_t group, uint32_t term,
                       const Collection& collection) {
  append_bytes(blob, group);
  append_bytes(blob, term);
  const size_t size_at = blob.size();
  append_bytes(blob, uint64_t{0});
  append_to(blob, collection);
  const uint64_t size = blob.size() - size_at - sizeof(uint64_t);
  std::memcpy(blob.data() + size_at, &size, sizeof(size));
}

std::optional<std::vector<StoredCollection>> read_slice_collections(std::string_view bytes) {
  ByteReader reader(bytes);
  std::vector<StoredCollection> collections;
  while (!reader.at_end()) {
    const auto group = reader.take<uint32_t>();
    const auto term = reader.take<uint32_t>();
    const auto size = reader.take<uint64_t>();
    const auto stored = reader.take_bytes(size.value_or(0));
    if (!size || !stored || *group >= kChunkGroups) return std::nullopt;
    collections.push_back({.group = *group, .term = *term, .bytes = *stored});
  }
  return collections;
}

void RemovedSlices::freeze(const SliceOwner& owner,
                           const std::function<bool(const Window&)>& is_back,
                           std::span<const BlobWrite> writes, std::vector<BlobKey>& removals) {
  removing_.insert(removing_.end(), removed_.begin(), removed_.end());
  removed_.clear();
  std::set<BlobKey> written;
  const bool any_is_back = std::any_of(removing_.begin(), removing_.end(),
                                       [&](const Removed& gone) { return is_back(gone.span); });
  for (size_t i = 0; any_is_back && i < writes.size(); ++i) written.insert(writes[i].key);
  for (const Removed& gone : removing_) {
    const auto remove = [&](BlobKey::Kind kind, uint32_t blocks) {
      for (uint32_t block = 0; block < blocks; ++block) {
        const BlobKey key = slice_key(owner, kind, gone.span, block);
        if (!written.contains(key)) removals.push_back(key);
      }
    };
    remove(BlobKey::Kind::kSliceRows, gone.row_blocks);
    remove(BlobKey::Kind::kSliceCollections, gone.chunks);
  }
}

}  // namespace kpid
