#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace kpid {

using GroupId = uint32_t;

/// The group that takes the events for which the table had no room. Always there, never removed.
inline constexpr GroupId kOverflowGroup = 0;

/// Groups are kept, shared and compared this many at a time: those of ids from 64 * chunk on.
inline constexpr uint32_t kChunkGroups = 64;

/// Finds groups by the hash of their keys; who asks compares the keys. Eight bytes a slot, so that
/// a batch of look-ups can be begun before the first is ended. Source: linear probing with removal
/// by shifting back, Knuth, TAOCP 6.4, algorithm R.
class GroupIndex {
 public:
  using Hash = uint32_t;

  static Hash hash_of(std::string_view key);

  size_t size() const { return size_; }

  /// Begins to fetch what `find` will read.
  void prefetch(Hash hash) const { __builtin_prefetch(&slots_[home(hash)]); }

  /// The first group of that hash to which `is_same(id)` says yes; kOverflowGroup: there is none.
  template <class IsSame>
  GroupId find(Hash hash, IsSame&& is_same) const {
    for (size_t slot = home(hash); slots_[slot].id != kOverflowGroup; slot = next(slot)) {
      if (slots_[slot].hash == hash && is_same(slots_[slot].id)) return slots_[slot].id;
    }
    return kOverflowGroup;
  }

  /// REQUIRES: the group is not there, and is not the overflow group.
  void add(Hash hash, GroupId id);
  /// REQUIRES: the group is there, under that hash.
  void remove(Hash hash, GroupId id);

 private:
  static constexpr unsigned kFirstBits = 4;

  struct Slot {
    Hash hash = 0;
    GroupId id = kOverflowGroup;  ///< that: the slot is free
  };

  size_t home(Hash hash) const { return hash >> shift_; }
  size_t next(size_t slot) const { return slot + 1 == slots_.size() ? 0 : slot + 1; }
  void insert(const Slot& slot);
  void grow();

  unsigned shift_ = 32 - kFirstBits;  ///< the upper bits of a hash are the number of a slot
  std::vector<Slot> slots_ = std::vector<Slot>(size_t{1} << kFirstBits);
  size_t size_ = 0;
};

}  // namespace kpid
