#include "pipeline/aggregate/group_table.h"

#include <utility>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/check.h"

namespace kpid {

std::optional<std::vector<std::string>> split_key(std::string_view key) {
  std::vector<std::string> values;
  ByteReader reader(key);
  while (!reader.at_end()) {
    const auto value = reader.take_text();
    if (!value) return std::nullopt;
    values.emplace_back(*value);
  }
  return values;
}

GroupTable::GroupTable(size_t grouping, GroupAdmission& admission)
    : grouping_(grouping),
      admission_(admission),
      groups_(1),
      change_epochs_(1, 1),
      changed_keys_(1),
      changed_times_(1) {}

void GroupTable::find_or_add(const KeyList& keys, std::vector<GroupId>& ids) {
  // In steps, each of which leaves the misses of all keys to the processor at once: hash, look into
  // the index, compare with the group found there.
  hashes_.resize(keys.size());
  ids.resize(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    hashes_[i] = GroupIndex::hash_of(keys[i]);
    index_.prefetch(hashes_[i]);
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    ids[i] = index_.find(hashes_[i], [](GroupId) { return true; });
    __builtin_prefetch(&groups_[ids[i]]);
  }
  for (const GroupId id : ids) __builtin_prefetch(groups_[id].key.get());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (ids[i] != kOverflowGroup && groups_[ids[i]].key->bytes == keys[i]) continue;
    ids[i] = find(keys[i], hashes_[i]);
    if (ids[i] == kOverflowGroup) ids[i] = add_if_admitted(keys[i], hashes_[i]);
  }
}

GroupId GroupTable::find(std::string_view key, GroupIndex::Hash hash) const {
  return index_.find(hash, [&](GroupId id) { return groups_[id].key->bytes == key; });
}

GroupId GroupTable::add_if_admitted(std::string_view key, GroupIndex::Hash hash) {
  if (!admission_.admit(grouping_, key)) return kOverflowGroup;
  auto values = split_key(key);
  KPID_ASSERT(values.has_value());
  const GroupId id = next_id();
  add(id, key, hash, std::move(*values));
  return id;
}

GroupId GroupTable::next_id() {
  if (free_.empty()) return static_cast<GroupId>(groups_.size());
  const GroupId id = free_.back();
  free_.pop_back();
  return id;
}

void GroupTable::add(GroupId id, std::string_view key, GroupIndex::Hash hash,
                     std::vector<std::string> values) {
  if (id >= groups_.size()) groups_.resize(id + size_t{1});
  change_epochs_.resize((groups_.size() + kChunkGroups - 1) / kChunkGroups, epoch_);
  const size_t blocks = groups_.size() / kBlockGroups + 1;
  changed_keys_.resize(std::max(changed_keys_.size(), blocks));
  changed_times_.resize(std::max(changed_times_.size(), blocks));
  groups_[id].key = std::make_shared<const GroupKey>(GroupKey{std::string(key), std::move(values)});
  index_.add(hash, id);
  note_change(id);
  changed_keys_[id / kBlockGroups].now = true;
}

void GroupTable::leave_slice(GroupId id) {
  KPID_ASSERT(groups_[id].slices > 0);
  --groups_[id].slices;
  if (groups_[id].slices == 0 && id != kOverflowGroup && !kept_for_ever_) remove(id);
}

void GroupTable::remove(GroupId id) {
  const std::string& key = groups_[id].key->bytes;
  admission_.leave(grouping_, key);
  index_.remove(GroupIndex::hash_of(key), id);
  groups_[id] = {};
  free_.push_back(id);
  note_change(id);
  changed_keys_[id / kBlockGroups].now = true;
}

std::optional<GroupId> GroupTable::restore(std::string_view key, EventTime first, EventTime newest,
                                           std::optional<GroupId> keep_id) {
  const GroupIndex::Hash hash = GroupIndex::hash_of(key);
  GroupId id = find(key, hash);
  if (id == kOverflowGroup) {
    auto values = split_key(key);
    if (!values || (keep_id && *keep_id == kOverflowGroup)) return std::nullopt;
    admission_.readmit(grouping_, key);
    id = keep_id.value_or(static_cast<GroupId>(groups_.size()));
    add(id, key, hash, std::move(*values));
  }
  groups_[id].first = std::min(groups_[id].first, first);
  groups_[id].newest = std::max(groups_[id].newest, newest);
  note_change(id);
  changed_times_[id / kBlockGroups].now = true;
  return id;
}

void GroupTable::finish_restore(bool in_store) {
  for (GroupId id = 1; id < groups_.size(); ++id) {
    if (groups_[id].key && groups_[id].slices == 0 && !kept_for_ever_)
      remove(id);
    else if (!groups_[id].key)
      free_.push_back(id);
  }
  if (!in_store) return;
  changed_keys_.assign(changed_keys_.size(), {});
  changed_times_.assign(changed_times_.size(), {});
}

namespace {

BlobWrite blob_of(uint32_t shard, uint32_t grouping, BlobKey::Kind kind, uint32_t block,
                  std::string bytes) {
  return {.key = {.shard = shard, .grouping = grouping, .kind = kind, .block = block},
          .pieces = {BlobPiece::of(std::move(bytes))}};
}

}  // namespace

void GroupTable::freeze(uint32_t shard, uint32_t grouping, std::vector<BlobWrite>& writes) {
  for (uint32_t block = 0; block < changed_keys_.size(); ++block) {
    if (Changed& keys = changed_keys_[block]; keys.now || keys.written) {
      writes.push_back(
          blob_of(shard, grouping, BlobKey::Kind::kGroupKeys, block, keys_of_block(block)));
      keys = {.now = false, .written = true};
    }
    if (Changed& times = changed_times_[block]; times.now || times.written) {
      writes.push_back(
          blob_of(shard, grouping, BlobKey::Kind::kGroupTimes, block, times_of_block(block)));
      times = {.now = false, .written = true};
    }
  }
}

void GroupTable::saved(bool success) {
  if (!success) return;
  for (Changed& keys : changed_keys_) keys.written = false;
  for (Changed& times : changed_times_) times.written = false;
}

void GroupTable::forget_store() {
  changed_keys_.assign(changed_keys_.size(), {.now = true, .written = false});
  changed_times_.assign(changed_times_.size(), {.now = true, .written = false});
}

std::string GroupTable::keys_of_block(uint32_t block) const {
  std::string bytes;
  const size_t end = std::min<size_t>(groups_.size(), (block + 1) * size_t{kBlockGroups});
  for (size_t id = block * size_t{kBlockGroups}; id < end; ++id) {
    if (!groups_[id].key) continue;
    append_bytes(bytes, static_cast<uint32_t>(id));
    append_text(bytes, groups_[id].key->bytes);
  }
  return bytes;
}

std::string GroupTable::times_of_block(uint32_t block) const {
  std::string bytes;
  const size_t end = std::min<size_t>(groups_.size(), (block + 1) * size_t{kBlockGroups});
  for (size_t id = block * size_t{kBlockGroups}; id < end; ++id) {
    append_bytes(bytes, groups_[id].first.time_since_epoch().count());
    append_bytes(bytes, groups_[id].newest.time_since_epoch().count());
  }
  return bytes;
}

std::optional<std::vector<StoredGroupKey>> read_group_keys(std::string_view bytes) {
  std::vector<StoredGroupKey> groups;
  ByteReader reader(bytes);
  while (!reader.at_end()) {
    const auto id = reader.take<uint32_t>();
    const auto key = reader.take_text();
    if (!id || !key) return std::nullopt;
    groups.push_back({*id, *key});
  }
  return groups;
}

std::optional<std::vector<StoredGroupTimes>> read_group_times(std::string_view bytes) {
  std::vector<StoredGroupTimes> times;
  ByteReader reader(bytes);
  while (!reader.at_end()) {
    const auto first = reader.take<int64_t>();
    const auto newest = reader.take<int64_t>();
    if (!first || !newest) return std::nullopt;
    times.push_back({EventTime{Duration{*first}}, EventTime{Duration{*newest}}});
  }
  return times;
}

}  // namespace kpid
