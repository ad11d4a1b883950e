#include "pipeline/publish/joined_groups.h"

#include <algorithm>

#include "pipeline/check.h"

namespace kpid {

void JoinedGroups::move_to(Shards shards) {
  if (std::equal(shards.begin(), shards.end(), shards_.begin(), shards_.end())) return;
  KPID_ASSERT(shards_.empty() || shards_.size() == shards.size());
  groups_.resize(shards.size() * groupings_.size());
  struct Came {
    size_t part;
    GroupId id;
    std::shared_ptr<const GroupKey> key;
  };
  std::vector<Came> came;
  std::vector<std::pair<size_t, GroupId>> gone;
  for_each_difference(shards, [&](size_t part, GroupId id, const auto& before, const auto& now) {
    if (before.key != now.key) {
      if (before.key) gone.emplace_back(part, id);
      if (now.key) came.push_back({part, id, now.key});
    } else if (now.key && (before.first != now.first || before.newest != now.newest)) {
      update_times(groups_[part][id], shards);
    }
  });
  // First those that are gone, as a key may have come back under another id.
  for (const auto& [part, id] : gone) {
    const uint32_t elsewhere = leave(part, id);
    if (elsewhere != kNoGroup) update_times(elsewhere, shards);
  }
  for (const auto& [part, id, key] : came) {
    join(part, id, key);
    update_times(groups_[part][id], shards);
  }
  shards_.assign(shards.begin(), shards.end());
}

/// Calls `visit(part, id, before, now)` for the groups of every chunk that is not the same.
template <class Visit>
void JoinedGroups::for_each_difference(Shards shards, const Visit& visit) const {
  static const GroupList kNoList;
  static const GroupTable::Group kFree;
  const auto at = [](const GroupList& list, GroupId id) -> const GroupTable::Group& {
    return id < list.size() ? list[id] : kFree;
  };
  for (size_t shard = 0; shard < shards.size(); ++shard) {
    for (size_t source = 0; source < groupings_.size(); ++source) {
      const GroupList& now = shards[shard]->groups[groupings_[source]];
      const GroupList& before =
          shards_.empty() ? kNoList : shards_[shard]->groups[groupings_[source]];
      const auto size = static_cast<GroupId>(std::max(now.size(), before.size()));
      for (GroupId id = 0; id < size; ++id) {
        if (id % kChunkGroups == 0 && now.shares_chunk(before, id / kChunkGroups)) {
          id += kChunkGroups - 1;
          continue;
        }
        visit(part(shard, source), id, at(before, id), at(now, id));
      }
    }
  }
}

uint32_t JoinedGroups::find_or_add(const std::shared_ptr<const GroupKey>& key) {
  if (parts() > 1) {
    const auto found = index_.find(key->bytes);
    if (found != index_.end()) return found->second;
  }
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(joined_.size()));
    joined_.emplace_back();
    times_.emplace_back();
    ids_.resize(ids_.size() + parts(), kOverflowGroup);
  }
  const uint32_t group = free_.back();
  free_.pop_back();
  joined_[group].key = key;
  if (parts() > 1) index_[joined_[group].key->bytes] = group;
  return group;
}

void JoinedGroups::join(size_t part, GroupId id, const std::shared_ptr<const GroupKey>& key) {
  const uint32_t group = find_or_add(key);
  if (groups_[part].size() <= id) groups_[part].resize(id + 1, kNoGroup);
  groups_[part][id] = group;
  ids_[group * parts() + part] = id;
  joined_[group].identity = ++newest_identity_;
}

uint32_t JoinedGroups::leave(size_t part, GroupId id) {
  const uint32_t group = std::exchange(groups_[part][id], kNoGroup);
  ids_[group * parts() + part] = kOverflowGroup;
  joined_[group].identity = ++newest_identity_;
  const auto ids = ids_.begin() + static_cast<std::ptrdiff_t>(group * parts());
  const bool gone = std::all_of(ids, ids + static_cast<std::ptrdiff_t>(parts()),
                                [](GroupId other) { return other == kOverflowGroup; });
  if (!gone) return group;
  index_.erase(joined_[group].key->bytes);
  joined_[group].key.reset();
  times_[group] = {};
  free_.push_back(group);
  return kNoGroup;
}

void JoinedGroups::update_times(size_t group, Shards shards) {
  Times times;
  for (size_t shard = 0; shard < shards.size(); ++shard) {
    for (size_t source = 0; source < groupings_.size(); ++source) {
      const GroupId at = id(group, shard, source);
      const GroupList& list = shards[shard]->groups[groupings_[source]];
      if (at == kOverflowGroup || at >= list.size()) continue;
      times.first = std::min(times.first, list[at].first);
      times.newest = std::max(times.newest, list[at].newest);
    }
  }
  times_[group] = times;
}

}  // namespace kpid
