#include "pipeline/aggregate/group_index.h"

#include <xxhash.h>

#include <utility>

#include "pipeline/check.h"

namespace kpid {

GroupIndex::Hash GroupIndex::hash_of(std::string_view key) {
  return static_cast<Hash>(XXH3_64bits(key.data(), key.size()));
}

void GroupIndex::add(Hash hash, GroupId id) {
  KPID_ASSERT(id != kOverflowGroup);
  if (2 * (size_ + 1) > slots_.size()) grow();
  insert({hash, id});
  ++size_;
}

void GroupIndex::insert(const Slot& slot) {
  size_t free = home(slot.hash);
  while (slots_[free].id != kOverflowGroup) free = next(free);
  slots_[free] = slot;
}

void GroupIndex::grow() {
  KPID_ASSERT(shift_ > 0);
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
  --shift_;
  for (const Slot& slot : before) {
    if (slot.id != kOverflowGroup) insert(slot);
  }
}

void GroupIndex::remove(Hash hash, GroupId id) {
  size_t gap = home(hash);
  while (slots_[gap].id != id) {
    KPID_ASSERT(slots_[gap].id != kOverflowGroup);
    gap = next(gap);
  }
  // Whoever passed the gap on the way from home moves into it, and leaves the next gap.
  for (size_t slot = next(gap); slots_[slot].id != kOverflowGroup; slot = next(slot)) {
    const size_t mask = slots_.size() - 1;
    const size_t way = (slot - home(slots_[slot].hash)) & mask;
    if (way < ((slot - gap) & mask)) continue;
    slots_[gap] = slots_[slot];
    gap = slot;
  }
  slots_[gap] = {};
  --size_;
}

}  // namespace kpid
