#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "pipeline/engine.h"

namespace kpid {

/// The groups of some groupings, those of the sources of one KPI, in all shards: joined on their
/// keys, whatever the windows.
///
/// Moves from publication to publication by what differs: chunks of 64 groups that two views share
/// are passed over. A group keeps its number for as long as it is there; then another may get it.
class JoinedGroups {
 public:
  /// When a group had events, in any shard and source.
  struct Times {
    EventTime first = EventTime::max();
    EventTime newest = EventTime::min();
  };

  /// Of no shards yet. `groupings` are indexes in Plan::groupings, one a source.
  explicit JoinedGroups(std::vector<size_t> groupings) : groupings_(std::move(groupings)) {}

  /// Becomes the groups of these views. REQUIRES: always as many; they answer a query of each of
  /// the groupings.
  void move_to(std::span<const std::shared_ptr<const ShardView>> shards);

  /// Above every number of a group. Numbers below may be free.
  size_t size() const { return times_.size(); }
  /// How many groups there are.
  size_t count() const { return joined_.size() - free_.size(); }
  /// Nothing: the number is free.
  const std::shared_ptr<const GroupKey>& key(size_t group) const { return joined_[group].key; }
  /// Of a free number: as if there never was an event.
  const Times& times(size_t group) const { return times_[group]; }
  /// Tells whether a number still means the same group, joined of the same ids. Never 0.
  uint64_t identity(size_t group) const { return joined_[group].identity; }
  /// Grows with every change of an identity.
  uint64_t newest_identity() const { return newest_identity_; }

  /// The id of the group there; kOverflowGroup: it is not there.
  GroupId id(size_t group, size_t shard, size_t source) const {
    return ids_[group * parts() + part(shard, source)];
  }
  /// The group that has the id there; kNoGroup: the id is free.
  static constexpr uint32_t kNoGroup = UINT32_MAX;
  uint32_t group_of(size_t shard, size_t source, GroupId id) const {
    const auto& groups = groups_[part(shard, source)];
    return id < groups.size() ? groups[id] : kNoGroup;
  }

 private:
  struct Joined {
    std::shared_ptr<const GroupKey> key;
    uint64_t identity = 0;
  };
  using Shards = std::span<const std::shared_ptr<const ShardView>>;

  size_t parts() const { return groups_.size(); }
  /// The index of a grouping in a shard.
  size_t part(size_t shard, size_t source) const { return shard * groupings_.size() + source; }
  template <class Visit>
  void for_each_difference(Shards shards, const Visit& visit) const;
  void join(size_t part, GroupId id, const std::shared_ptr<const GroupKey>& key);
  /// Returns the group that it was, if that has other ids still.
  uint32_t leave(size_t part, GroupId id);
  uint32_t find_or_add(const std::shared_ptr<const GroupKey>& key);
  void update_times(size_t group, Shards shards);

  const std::vector<size_t> groupings_;
  std::vector<std::shared_ptr<const ShardView>> shards_;  ///< as moved to
  std::vector<Joined> joined_;                            ///< by group
  std::vector<Times> times_;                              ///< by group
  std::vector<GroupId> ids_;                              ///< by group and part
  std::vector<std::vector<uint32_t>> groups_;             ///< by part and id
  std::vector<uint32_t> free_;
  tsl::robin_map<std::string_view, uint32_t> index_;  ///< by key; with one part nobody asks
  uint64_t newest_identity_ = 0;
};

}  // namespace kpid
