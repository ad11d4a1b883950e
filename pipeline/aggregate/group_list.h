#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "pipeline/aggregate/group_table.h"
#include "pipeline/aggregate/window_rows.h"

namespace kpid {

/// The groups of a table at one instant, by id, without the count of their slices. Copies are
/// cheap: they share what is the same, 64 groups at a time.
class GroupList {
 public:
  size_t size() const { return size_; }
  const GroupTable::Group& operator[](size_t id) const {
    return (*chunks_[id / kChunkGroups])[id % kChunkGroups];
  }
  /// Whether both have the very same chunk there; then nothing in it differs.
  bool shares_chunk(const GroupList& other, size_t chunk) const {
    return chunk < chunks_.size() && chunk < other.chunks_.size() &&
           chunks_[chunk] == other.chunks_[chunk];
  }

  /// Becomes the groups of `table`, always the same one, and copies only the chunks in which
  /// something has changed.
  void update(GroupTable& table) {
    const std::vector<GroupTable::Group>& groups = table.groups();
    size_ = groups.size();
    const size_t known = chunks_.size();
    chunks_.resize((size_ + kChunkGroups - 1) / kChunkGroups);
    for (size_t i = 0; i < chunks_.size(); ++i) {
      if (i < known && table.changed_in(i) <= seen_epoch_) continue;
      const auto begin = groups.begin() + static_cast<ptrdiff_t>(i * kChunkGroups);
      const auto end = begin + std::min<ptrdiff_t>(kChunkGroups, groups.end() - begin);
      chunks_[i] = std::make_shared<const std::vector<GroupTable::Group>>(begin, end);
    }
    seen_epoch_ = table.end_epoch();
  }

 private:
  std::vector<std::shared_ptr<const std::vector<GroupTable::Group>>> chunks_;
  size_t size_ = 0;
  uint64_t seen_epoch_ = 0;  ///< changes of the table up to here are in
};

}  // namespace kpid
