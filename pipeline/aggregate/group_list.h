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

  /// Becomes `groups`, and keeps the chunks in which nothing differs.
  void update(const std::vector<GroupTable::Group>& groups) {
    size_ = groups.size();
    chunks_.resize((size_ + kChunkGroups - 1) / kChunkGroups);
    auto begin = groups.begin();
    for (auto& chunk : chunks_) {
      const auto end = begin + std::min<std::ptrdiff_t>(kChunkGroups, groups.end() - begin);
      if (!chunk || !std::equal(begin, end, chunk->begin(), chunk->end(), is_same)) {
        chunk = std::make_shared<const std::vector<GroupTable::Group>>(begin, end);
      }
      begin = end;
    }
  }

 private:
  static bool is_same(const GroupTable::Group& a, const GroupTable::Group& b) {
    return a.key == b.key && a.first == b.first && a.newest == b.newest;
  }

  std::vector<std::shared_ptr<const std::vector<GroupTable::Group>>> chunks_;
  size_t size_ = 0;
};

}  // namespace kpid
