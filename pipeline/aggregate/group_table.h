#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/group_index.h"
#include "pipeline/event/time.h"
#include "pipeline/state.h"

namespace kpid {

/// The values of a KPI's `by` fields as texts, and the same in one string to look up by.
struct GroupKey {
  std::string bytes;                ///< as in a `KeyList`
  std::vector<std::string> values;  ///< parallel to the `by` fields
};

/// The keys of a batch of events, one after the other: each value behind its length, so that keys
/// of equal values are equal, and of different ones different.
class KeyList {
 public:
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  /// Appends one value of the key that is being made; `write(std::string&)` appends its text.
  template <class Write>
  void append(Write&& write) {
    const size_t length_at = bytes_.size();
    bytes_.append(sizeof(uint32_t), '\0');
    write(bytes_);
    const auto length = static_cast<uint32_t>(bytes_.size() - length_at - sizeof(uint32_t));
    std::memcpy(bytes_.data() + length_at, &length, sizeof(length));
  }
  void end_key() { ends_.push_back(bytes_.size()); }

  size_t size() const { return ends_.size(); }
  std::string_view operator[](size_t key) const {
    const size_t begin = key == 0 ? 0 : ends_[key - 1];
    return std::string_view(bytes_).substr(begin, ends_[key] - begin);
  }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

/// The values of a key; nothing where the bytes are none.
std::optional<std::vector<std::string>> split_key(std::string_view key);

/// Says whether one more group fits into the instance. Shards of one instance share one, so that
/// a limit holds for all of them together; a group of several shards counts once.
class GroupAdmission {
 public:
  virtual ~GroupAdmission() = default;
  /// Whether the shard may add the group. Called once per shard and new group.
  virtual bool admit(size_t grouping, std::string_view key) = 0;
  /// The shard has the group from the store: it counts, whether it fits or not.
  virtual void readmit(size_t grouping, std::string_view key) = 0;
  /// The shard has let the group go.
  virtual void leave(size_t grouping, std::string_view key) = 0;
};

/// The groups of one grouping in one shard: key to small id, and when each had events.
///
/// Ids are dense and reused after a group's last slice is gone, so rows can lie at index = id.
class GroupTable {
 public:
  struct Group {
    std::shared_ptr<const GroupKey> key;  ///< nothing: the id is free
    EventTime first = EventTime::max();   ///< earliest event time
    EventTime newest = EventTime::min();  ///< latest event time
    uint32_t slices = 0;                  ///< in how many slices it has events
  };

  /// Groups in one block of the checkpoint.
  static constexpr uint32_t kBlockGroups = 4096;

  /// The limit is asked through `admission`, for grouping number `grouping`.
  GroupTable(size_t grouping, GroupAdmission& admission);

  /// The ids of the groups with those keys, added if they are new and admitted; else
  /// kOverflowGroup.
  void find_or_add(const KeyList& keys, std::vector<GroupId>& ids);
  /// The group gets one event.
  void observe(GroupId id, EventTime time) {
    Group& group = groups_[id];
    group.first = std::min(group.first, time);
    group.newest = std::max(group.newest, time);
    changed_times_[id / kBlockGroups].now = true;
    note_change(id);
  }
  /// The group has its first event in one more slice.
  void enter_slice(GroupId id) { ++groups_[id].slices; }
  /// One of its slices is gone; with the last one the group goes, unless it is kept for ever.
  void leave_slice(GroupId id);
  /// Groups stay without slices: a KPI without `by` has one group that never expires.
  void keep_for_ever() { kept_for_ever_ = true; }

  /// By id; entry 0 is the overflow group and has no key.
  const std::vector<Group>& groups() const { return groups_; }
  /// Groups in the table, without the overflow group.
  size_t size() const { return index_.size(); }

  /// The epoch in which one of the 64 groups from 64 * chunk on last had an event, came or went.
  uint64_t changed_in(size_t chunk) const { return change_epochs_[chunk]; }
  /// Ends an epoch, and returns it: later changes are told from those until now.
  uint64_t end_epoch() { return epoch_++; }

  /// Adds what changed since the last successful checkpoint. `saved` follows.
  void freeze(uint32_t shard, uint32_t grouping, std::vector<BlobWrite>& writes);
  /// The last frozen state is in the store, or not: then it stays to be written.
  void saved(bool success);
  /// The store was lost: everything is to be written again.
  void forget_store();

  /// Adds a stored group, or merges it into the one with the same key, without asking whether it
  /// fits; `keep_id` where the ids of the store stay in force. Returns its id here; nothing for
  /// bytes that are no key. `finish_restore` follows.
  std::optional<GroupId> restore(std::string_view key, EventTime first, EventTime newest,
                                 std::optional<GroupId> keep_id);
  /// After the last `restore` and every `enter_slice` that belongs to it. `in_store` where the
  /// store already has just these groups under just these ids.
  void finish_restore(bool in_store);

 private:
  struct Changed {
    bool now = false;      ///< since the last freeze
    bool written = false;  ///< frozen, and not yet saved
  };

  GroupId find(std::string_view key, GroupIndex::Hash hash) const;
  GroupId add_if_admitted(std::string_view key, GroupIndex::Hash hash);
  GroupId next_id();
  void add(GroupId id, std::string_view key, GroupIndex::Hash hash,
           std::vector<std::string> values);
  void remove(GroupId id);
  void note_change(GroupId id) { change_epochs_[id / kChunkGroups] = epoch_; }
  std::string keys_of_block(uint32_t block) const;
  std::string times_of_block(uint32_t block) const;

  const size_t grouping_;
  GroupAdmission& admission_;
  std::vector<Group> groups_;
  std::vector<GroupId> free_;
  GroupIndex index_;
  std::vector<GroupIndex::Hash> hashes_;  ///< of the keys of the batch at hand
  uint64_t epoch_ = 1;
  std::vector<uint64_t> change_epochs_;  ///< by chunk
  std::vector<Changed> changed_keys_;
  std::vector<Changed> changed_times_;
  bool kept_for_ever_ = false;
};

/// One group as it stands in a kGroupKeys blob.
struct StoredGroupKey {
  GroupId id = 0;
  std::string_view key;
};

/// Reads a kGroupKeys blob; nothing where the bytes are not one. Views point into `bytes`.
std::optional<std::vector<StoredGroupKey>> read_group_keys(std::string_view bytes);

/// First and newest event time of one group.
struct StoredGroupTimes {
  EventTime first;
  EventTime newest;
};

/// Reads a kGroupTimes blob: one entry an id from the block's first on, free ids included.
std::optional<std::vector<StoredGroupTimes>> read_group_times(std::string_view bytes);

}  // namespace kpid
