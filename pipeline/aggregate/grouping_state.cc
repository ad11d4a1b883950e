#include "pipeline/aggregate/grouping_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/check.h"

namespace kpid {

namespace {

/// Appends the text that a value has as a `by` value; nothing for null.
void append_value_text(std::string& out, const Column& column, size_t row) {
  if (column.present[row] == 0) return;
  switch (column.type) {
    case Type::kString:
      out.append(column.strings[row]);
      return;
    case Type::kInt:
      fmt::format_to(std::back_inserter(out), "{}", column.integers[row]);
      return;
    case Type::kDecimal:
    case Type::kDuration:
      append_decimal(out, Decimal{column.nanos[row]});
      return;
    case Type::kBool:
      out.append(column.integers[row] != 0 ? "true" : "false");
      return;
    case Type::kTime:
      out.append(format_rfc3339(EventTime{Duration{column.integers[row]}}));
      return;
  }
}

tl::unexpected<Error> unreadable(const Blob& blob) {
  return failure(fmt::format("the blob of kind {} of grouping {}, block {}, cannot be read",
                             static_cast<int>(blob.key.kind), blob.key.grouping, blob.key.block));
}

}  // namespace

GroupingState::GroupingState(const GroupingPlan& plan, size_t grouping, GroupAdmission& admission)
    : plan_(plan),
      groups_(grouping, admission),
      slices_(Slicing(plan.windows, plan.retention), plan.layout) {
  if (plan.by_fields.empty()) groups_.keep_for_ever();
}

void GroupingState::find_groups(const EventBatch& batch) {
  keys_.clear();
  for (size_t row = 0; row < batch.rows; ++row) {
    for (const size_t field : plan_.by_fields) {
      keys_.append([&](std::string& text) { append_value_text(text, batch.fields[field], row); });
    }
    keys_.end_key();
  }
  groups_.find_or_add(keys_, ids_);
}

void GroupingState::touch(const EventBatch& batch, TouchedRows& rows) {
  find_groups(batch);
  slices_.touch(std::span(batch.event_times).first(batch.rows), ids_, group_steps(), rows);
  for (size_t row = 0; row < batch.rows; ++row) groups_.observe(ids_[row], batch.event_times[row]);
}

void GroupingState::fold(EventTime before) { slices_.fold(before, group_steps()); }

void GroupingState::coarsen(EventTime before) { slices_.coarsen(before, group_steps()); }

GroupSteps GroupingState::group_steps() {
  return {.enters = [this](GroupId group) { groups_.enter_slice(group); },
          .leaves = [this](GroupId group) { groups_.leave_slice(group); }};
}

void GroupingState::freeze(uint32_t shard, uint32_t id, std::vector<BlobWrite>& writes,
                           std::vector<BlobKey>& removals) {
  groups_.freeze(shard, id, writes);
  slices_.freeze({.shard = shard, .grouping = id}, writes, removals);
}

void GroupingState::saved(bool success) {
  groups_.saved(success);
  slices_.saved(success);
}

void GroupingState::forget_store() {
  groups_.forget_store();
  slices_.forget_store();
}

Result<void> GroupingState::restore_groups(const StoredGrouping& stored,
                                           std::vector<std::optional<GroupId>>& ids) {
  std::vector<StoredGroupTimes> times;  // by id
  for (const Blob* blob : stored.blobs) {
    if (blob->key.kind != BlobKey::Kind::kGroupTimes) continue;
    const auto block = read_group_times(blob->bytes);
    if (!block || block->size() > GroupTable::kBlockGroups) return unreadable(*blob);
    times.resize(blob->key.block * size_t{GroupTable::kBlockGroups});
    times.insert(times.end(), block->begin(), block->end());
  }
  ids.assign(std::max<size_t>(times.size(), 1), std::nullopt);
  ids[kOverflowGroup] = kOverflowGroup;
  for (const Blob* blob : stored.blobs) {
    if (blob->key.kind != BlobKey::Kind::kGroupKeys) continue;
    const auto keys = read_group_keys(blob->bytes);
    if (!keys) return unreadable(*blob);
    for (const StoredGroupKey& group : *keys) {
      if (group.id >= times.size()) return unreadable(*blob);
      ids[group.id] =
          groups_.restore(group.key, times[group.id].first, times[group.id].newest,
                          stored.keep_ids ? std::optional<GroupId>(group.id) : std::nullopt);
      if (!ids[group.id]) return unreadable(*blob);
    }
  }
  return {};
}

Result<void> GroupingState::restore_rows(const StoredGrouping& stored, const Blob& blob,
                                         const std::vector<std::optional<GroupId>>& ids) {
  const auto chunks = blob.key.kind == BlobKey::Kind::kSliceRows
                          ? read_slice_rows(blob.bytes, stored.layout)
                          : read_wide_slice_rows(blob.bytes, stored.layout);
  const Window slice{EventTime{Duration{blob.key.start}}, EventTime{Duration{blob.key.end}}};
  if (!chunks || slice.start >= slice.end) return unreadable(blob);
  std::string row;
  std::string stored_row;
  for (const StoredChunk& chunk : *chunks) {
    const char* from = chunk.rows.data();
    for (const char place : chunk.places) {
      stored_row = stored.layout.empty_row();
      stored.layout.merge(stored_row.data(), {from, chunk.width});
      from += stored.layout.bytes(chunk.width);
      if (RowLayout::events(stored_row.data()) == 0) continue;
      const size_t id = chunk.chunk * size_t{kChunkGroups} + static_cast<uint8_t>(place);
      if (id >= ids.size() || !ids[id]) return unreadable(blob);
      row = plan_.layout.empty_row();
      for (size_t term = 0; term < stored.term_of.size(); ++term) {
        if (!stored.term_of[term]) continue;
        const size_t begin = stored.layout.offset(term);
        const size_t end = term + 1 < stored.term_of.size() ? stored.layout.offset(term + 1)
                                                            : stored.layout.bytes();
        std::memcpy(row.data() + plan_.layout.offset(*stored.term_of[term]),
                    stored_row.data() + begin, end - begin);
      }
      if (slices_.restore_row(slice, *ids[id], row.data())) groups_.enter_slice(*ids[id]);
    }
  }
  return {};
}

Result<void> GroupingState::restore_collections(const StoredGrouping& stored, const Blob& blob,
                                                const std::vector<std::optional<GroupId>>& ids) {
  const auto collections = read_slice_collections(blob.bytes);
  const Window slice{EventTime{Duration{blob.key.start}}, EventTime{Duration{blob.key.end}}};
  if (!collections || slice.start >= slice.end) return unreadable(blob);
  for (const StoredCollection& stored_collection : *collections) {
    const size_t id = blob.key.block * size_t{SliceStore::kChunkGroups} + stored_collection.group;
    if (id >= ids.size() || !ids[id] || stored_collection.term >= stored.term_of.size()) {
      return unreadable(blob);
    }
    const auto term = stored.term_of[stored_collection.term];
    if (!term) continue;
    const auto index = plan_.layout.collection(*term);
    const auto alternative = collection_alternative(plan_.layout.terms()[*term].aggregate);
    if (!index || !alternative) return unreadable(blob);
    const auto collection = read_collection(*alternative, stored_collection.bytes);
    if (!collection) return unreadable(blob);
    if (!slices_.restore_collection(slice, *ids[id], *index, *collection)) return unreadable(blob);
  }
  return {};
}

Result<void> GroupingState::restore(const StoredGrouping& stored) {
  std::vector<std::optional<GroupId>> ids;
  if (auto groups = restore_groups(stored, ids); !groups) return groups;
  for (const Blob* blob : stored.blobs) {
    if (blob->key.kind != BlobKey::Kind::kSliceRows &&
        blob->key.kind != BlobKey::Kind::kWideSliceRows) {
      continue;
    }
    if (auto rows = restore_rows(stored, *blob, ids); !rows) return rows;
  }
  // Collections are of groups that have rows.
  for (const Blob* blob : stored.blobs) {
    if (blob->key.kind == BlobKey::Kind::kSliceCollections) {
      if (auto read = restore_collections(stored, *blob, ids); !read) return read;
    } else if (blob->key.kind == BlobKey::Kind::kKeptFrom) {
      const auto kept_from = ByteReader(blob->bytes).take<int64_t>();
      if (!kept_from) return unreadable(*blob);
      slices_.restore_kept_from(EventTime{Duration{*kept_from}});
    }
  }
  return {};
}

void GroupingState::finish_restore(bool in_store) {
  groups_.finish_restore(in_store);
  slices_.finish_restore(in_store);
}

}  // namespace kpid
