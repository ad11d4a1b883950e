#include "pipeline/aggregate/slice_store.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/check.h"

namespace kpid {

namespace {

// Blobs below this cost SQLite more than their bytes (measured: 4 kB blobs double the file).
constexpr size_t kBlobBytes = 64 * 1024;

// Rows that one call of `coarsen` merges, and those of one slice more, or of several that have
// fewer chunks than this together: a few milliseconds.
constexpr size_t kMergedRowsMax = 20'000;
constexpr size_t kMergedChunksMax = 1'000;

}  // namespace

SliceStore::SliceStore(Slicing slicing, const RowLayout& layout)
    : slicing_(std::move(slicing)), layout_(layout), newest_touched_(slices_.end()) {}

SliceStore::Slice& SliceStore::slice_for(EventTime time) {
  if (newest_touched_ != slices_.end() && newest_touched_->first.start <= time &&
      time < newest_touched_->first.end) {
    return newest_touched_->second;
  }
  newest_touched_ = find_or_add(slicing_.slice_at(time));
  return newest_touched_->second;
}

SliceStore::Slices::iterator SliceStore::find_or_add(const Window& span) {
  const auto [slice, added] = slices_.try_emplace(span);
  if (!added) return slice;
  slice->second.fold = slicing_.fold_of(span);
  next_fold_ = std::min(next_fold_, slice->second.fold.at);
  by_length_[span.end - span.start].emplace(span.start, &*slice);
  return slice;
}

SliceChunk& SliceStore::writable_chunk(Slice& slice, GroupId group) {
  const size_t index = group / kChunkGroups;
  if (index >= slice.chunks.size()) slice.chunks.resize(index + 1);
  Chunk& chunk = slice.chunks[index];
  if (chunk.epoch != epoch_) {
    if (!chunk.rows) {
      chunk.rows = std::make_shared<SliceChunk>(layout_);
    } else if (chunk.epoch <= std::max(frozen_epoch_, lent_epoch_)) {
      chunk.rows = std::make_shared<SliceChunk>(*chunk.rows);
    }
    chunk.epoch = epoch_;
    slice.epoch = epoch_;
  }
  slice.version = version_;
  return *chunk.rows;
}

void SliceStore::touch(std::span<const EventTime> times, std::span<const GroupId> ids,
                       const GroupSteps& groups, TouchedRows& rows) {
  ++version_;
  touched_.resize(times.size());
  // Each step leaves the misses of its events to the processor all at once.
  for (size_t event = 0; event < times.size(); ++event) {
    Slice& slice = slice_for(times[event]);
    touched_[event] = {&slice, &writable_chunk(slice, ids[event]), ids[event], 0};
  }
  for (Touched& touched : touched_) {
    const uint32_t place = touched.group % kChunkGroups;
    if (const auto found = touched.chunk->find(place)) {
      touched.row = *found;
    } else {
      touched.row = touched.chunk->add(place);
      groups.enters(touched.group);
    }
  }
  rows.assign(times.size(),
              [&](size_t event) { return std::pair(touched_[event].chunk, touched_[event].row); });
}

Collection& SliceStore::collection(size_t event, size_t index) {
  return writable_collection(*touched_[event].slice, touched_[event].group, index);
}

Collection& SliceStore::writable_collection(Slice& slice, GroupId group, size_t index) {
  Chunk& chunk = slice.chunks[group / kChunkGroups];
  if (chunk.collected.empty()) chunk.collected.resize(kChunkGroups * layout_.collections());
  chunk.collected_epoch = epoch_;
  Collected& kept = chunk.collected[group % kChunkGroups * layout_.collections() + index];
  if (!kept.collection) {
    const Term& term = layout_.terms()[layout_.collection_term(index)];
    kept.collection =
        std::make_shared<Collection>(empty_collection(*collection_alternative(term.aggregate)));
  } else if (kept.shared) {
    kept.collection = std::make_shared<Collection>(*kept.collection);
  }
  kept.shared = false;
  return *kept.collection;
}

void SliceStore::fold(EventTime before, const GroupSteps& groups) {
  // Ascending starts have ascending last ends, so the first slice that is needed ends the walk.
  auto it = slices_.begin();
  while (it != slices_.end() && slicing_.needed_until(it->first) <= before) {
    const auto& [span, slice] = *it;
    for_each_row(slice, [&](GroupId group, const SliceRow&) { groups.leaves(group); });
    if (!kept_from_ || *kept_from_ < span.end) {
      kept_from_ = span.end;
      kept_from_changed_ = true;
    }
    it = remove(it);
  }
  // Each call does a bounded piece of it.
  while (next_fold_ <= before) coarsen(before, groups);
}

void SliceStore::coarsen(EventTime before, const GroupSteps& groups) {
  if (next_fold_ > before) return;
  next_fold_ = EventTime::max();
  size_t merged_rows = 0;
  std::vector<Slices::iterator> alike;  // take the same step
  size_t chunks = 0;                    // of these
  const auto merge_alike = [&] {
    if (alike.empty()) return;
    Entry& into = *find_or_add(slicing_.folded_by(alike.front()->second.fold, before));
    merged_rows += merge_slices(alike, into, groups);
    for (const auto slice : alike) remove(slice);
    alike.clear();
    chunks = 0;
  };
  for (auto it = slices_.begin(); it != slices_.end(); ++it) {
    const Slicing::Fold& fold = it->second.fold;
    const bool is_due = fold.at <= before;
    const bool is_alike = !alike.empty() && alike.front()->second.fold.into == fold.into;
    if (is_due && (!is_alike || chunks >= kMergedChunksMax)) merge_alike();
    if (is_due && merged_rows < kMergedRowsMax) {
      alike.push_back(it);
      chunks += it->second.chunks.size();
    } else {
      next_fold_ = std::min(next_fold_, fold.at);
    }
  }
  merge_alike();
}

/// Returns how many rows were merged.
size_t SliceStore::merge_slices(std::span<const Slices::iterator> from, Entry& into,
                                const GroupSteps& groups) {
  // Windows hold what they held: their rows stay as new as they were.
  uint64_t version = into.second.version;
  size_t chunks = 0;
  for (const auto slice : from) {
    version = std::max(version, slice->second.version);
    chunks = std::max(chunks, slice->second.chunks.size());
  }
  size_t rows = 0;
  std::vector<const Chunk*> merging;
  for (size_t index = 0; index < chunks; ++index) {
    merging.clear();
    for (const auto slice : from) {
      // Rows lie far apart: the next are on their way while these are merged.
      if (const Chunk* const later = slice->second.chunk(index + 2)) later->rows->prefetch();
      if (const Chunk* const next = slice->second.chunk(index + 1)) next->rows->prefetch_rows();
      if (slice->second.chunk(index) == nullptr) continue;
      Chunk& chunk = slice->second.chunks[index];
      rows += chunk.rows->size();
      if (!take_chunk(chunk, into.second, index)) merging.push_back(&chunk);
    }
    if (!merging.empty()) merge_chunks(merging, into.second, index, groups);
  }
  into.second.version = version;
  return rows;
}

void SliceStore::merge_chunks(std::span<const Chunk* const> from, Slice& into, size_t index,
                              const GroupSteps& groups) {
  const auto first = static_cast<GroupId>(index * kChunkGroups);
  SliceChunk& merged = writable_chunk(into, first);
  uint64_t places = merged.places();
  for (const Chunk* const chunk : from) places |= chunk->rows->places();
  merged.reserve(static_cast<uint32_t>(std::popcount(places)));
  for (const Chunk* const chunk : from) {
    merged.merge(*chunk->rows, [&](uint32_t place, bool is_new) {
      // With a row of its own there it has events in as many slices as before.
      if (!is_new) groups.leaves(first + place);
    });
    if (chunk->collected.empty()) continue;
    Chunk& target = into.chunks[index];
    if (target.collected.empty()) target.collected.resize(kChunkGroups * layout_.collections());
    target.collected_epoch = epoch_;
    for (size_t i = 0; i < chunk->collected.size(); ++i) {
      take_collection(target.collected[i], chunk->collected[i]);
    }
  }
}

/// Moves a chunk to where none is yet, unless somebody goes on reading it.
bool SliceStore::take_chunk(Chunk& from, Slice& into, size_t index) const {
  if (from.epoch <= std::max(frozen_epoch_, lent_epoch_)) return false;
  if (index >= into.chunks.size()) into.chunks.resize(index + 1);
  Chunk& chunk = into.chunks[index];
  if (chunk.rows) return false;
  chunk = std::exchange(from, {});
  chunk.epoch = into.epoch = epoch_;
  if (!chunk.collected.empty()) chunk.collected_epoch = epoch_;
  return true;
}

void SliceStore::take_collection(Collected& into, const Collected& from) const {
  if (!from.collection) return;
  if (!into.collection) {
    into = from;
    return;
  }
  if (into.shared) into.collection = std::make_shared<Collection>(*into.collection);
  into.shared = false;
  merge(*into.collection, *from.collection, layout_.limits());
}

SliceStore::Slices::iterator SliceStore::remove(Slices::iterator slice) {
  note_removal(slice->first, slice->second);
  if (newest_touched_ == slice) newest_touched_ = slices_.end();
  const Window& span = slice->first;
  const auto alike = by_length_.find(span.end - span.start);
  alike->second.erase(span.start);
  if (alike->second.empty()) by_length_.erase(alike);
  return slices_.erase(slice);
}

void SliceStore::for_overlapping(
    const Window& window, const std::function<void(const Window&, const Slice&)>& visit) const {
  for (const auto& [length, slices] : by_length_) {
    auto it = slices.upper_bound(window.start - length);
    for (; it != slices.end() && it->first < window.end; ++it) {
      visit(it->second->first, it->second->second);
    }
  }
}

WindowRows SliceStore::range(const Window& window) const {
  WindowRows result;
  result.whole = !kept_from_ || window.start >= *kept_from_;
  std::vector<MergedChunk> merged;
  for_overlapping(window, [&](const Window& span, const Slice& slice) {
    result.version = std::max(result.version, slice.version);
    if (span.start < window.start || span.end > window.end) {
      result.whole = false;
      return;
    }
    while (merged.size() < slice.chunks.size()) merged.emplace_back(layout_);
    for (size_t index = 0; index < slice.chunks.size(); ++index) {
      slice.add_chunk(index, merged[index]);
    }
  });
  for (MergedChunk& chunk : merged) result.chunks.push_back(std::move(chunk).take());
  return result;
}

void SliceStore::Slice::add_chunk(size_t index, MergedChunk& into) const {
  const Chunk* const from = chunk(index);
  if (from == nullptr) return;
  into.add_rows(*from->rows);
  for (size_t i = 0; i < from->collected.size(); ++i) {
    if (!from->collected[i].collection) continue;
    from->collected[i].shared = true;
    into.add_collection(i, from->collected[i].collection);
  }
}

uint64_t SliceStore::end_epoch(bool lend) {
  if (lend) lent_epoch_ = epoch_;
  return epoch_++;
}

void SliceStore::for_each_slice(const std::function<void(const Window&)>& visit) const {
  for (const auto& [span, slice] : slices_) visit(span);
}

uint32_t SliceStore::chunks_per_block() const {
  const size_t chunk_bytes = kChunkGroups * layout_.bytes(RowWidth::kNarrow);
  return static_cast<uint32_t>((kBlobBytes + chunk_bytes - 1) / chunk_bytes);
}

void SliceStore::note_removal(const Window& span, const Slice& slice) {
  if (!slice.in_store) return;
  const auto chunks = static_cast<uint32_t>(slice.chunks.size());
  removed_.add(span, (chunks + chunks_per_block() - 1) / chunks_per_block(),
               layout_.collections() > 0 ? chunks : 0);
}

void SliceStore::freeze_slice(const Window& span, Slice& slice, const SliceOwner& owner,
                              std::vector<BlobWrite>& writes) const {
  const uint32_t per_block = chunks_per_block();
  for (uint32_t first = 0; first < slice.chunks.size(); first += per_block) {
    const auto end =
        static_cast<uint32_t>(std::min<size_t>(slice.chunks.size(), first + size_t{per_block}));
    bool changed = false;
    for (uint32_t index = first; index < end; ++index) {
      changed |= slice.chunks[index].epoch > saved_epoch_;
    }
    if (!changed) continue;
    std::vector<NumberedChunk> chunks;
    for (uint32_t index = first; index < end; ++index) {
      if (slice.chunks[index].rows) chunks.push_back({index, slice.chunks[index].rows});
    }
    writes.push_back({.key = slice_key(owner, BlobKey::Kind::kSliceRows, span, first / per_block),
                      .pieces = slice_rows_blob(chunks)});
    slice.in_store = true;
  }
}

void SliceStore::freeze_collections(const Window& span, const Slice& slice, const SliceOwner& owner,
                                    std::vector<BlobWrite>& writes) const {
  for (uint32_t index = 0; index < slice.chunks.size(); ++index) {
    const Chunk& chunk = slice.chunks[index];
    if (chunk.collected_epoch <= saved_epoch_) continue;
    std::string bytes;
    for (size_t i = 0; i < chunk.collected.size(); ++i) {
      if (!chunk.collected[i].collection) continue;
      append_collection(bytes, static_cast<uint32_t>(i / layout_.collections()),
                        static_cast<uint32_t>(layout_.collection_term(i % layout_.collections())),
                        *chunk.collected[i].collection);
    }
    writes.push_back({.key = slice_key(owner, BlobKey::Kind::kSliceCollections, span, index),
                      .pieces = {BlobPiece::of(std::move(bytes))}});
  }
}

void SliceStore::freeze(const SliceOwner& owner, std::vector<BlobWrite>& writes,
                        std::vector<BlobKey>& removals) {
  KPID_ASSERT(frozen_epoch_ == 0);
  const size_t first_write = writes.size();
  for (auto& [span, slice] : slices_) {
    freeze_slice(span, slice, owner, writes);
    freeze_collections(span, slice, owner, writes);
  }
  removed_.freeze(
      owner, [&](const Window& span) { return slices_.contains(span); },
      std::span(writes).subspan(first_write), removals);
  if (kept_from_ && (kept_from_changed_ || kept_from_written_)) {
    std::string bytes;
    append_bytes(bytes, kept_from_->time_since_epoch().count());
    writes.push_back({.key = {.shard = owner.shard,
                              .grouping = owner.grouping,
                              .kind = BlobKey::Kind::kKeptFrom},
                      .pieces = {BlobPiece::of(std::move(bytes))}});
    kept_from_changed_ = false;
    kept_from_written_ = true;
  }
  frozen_epoch_ = epoch_++;
}

void SliceStore::saved(bool success) {
  if (success) {
    saved_epoch_ = frozen_epoch_;
    removed_.saved();
    kept_from_written_ = false;
  }
  frozen_epoch_ = 0;
}

void SliceStore::forget_store() {
  KPID_ASSERT(frozen_epoch_ == 0);
  saved_epoch_ = 0;
  removed_.clear();
  kept_from_changed_ = true;
  for (auto& [span, slice] : slices_) slice.in_store = false;
}

bool SliceStore::restore_row(const Window& slice, GroupId group, const char* row) {
  SliceChunk& chunk = writable_chunk(find_or_add(slice)->second, group);
  const bool first_event = !chunk.find(group % kChunkGroups);
  chunk.merge(group % kChunkGroups, {row, RowWidth::kWide});
  return first_event;
}

bool SliceStore::restore_collection(const Window& slice, GroupId group, size_t index,
                                    const Collection& stored) {
  Slice& into = find_or_add(slice)->second;
  if (!writable_chunk(into, group).find(group % kChunkGroups)) return false;
  merge(writable_collection(into, group, index), stored, layout_.limits());
  return true;
}

void SliceStore::restore_kept_from(EventTime kept_from) {
  if (kept_from_ && *kept_from_ >= kept_from) return;
  kept_from_ = kept_from;
  kept_from_changed_ = true;
}

void SliceStore::finish_restore(bool in_store) {
  newest_touched_ = slices_.end();
  if (!in_store) return;
  for (auto& [span, slice] : slices_) slice.in_store = true;
  saved_epoch_ = epoch_++;
  kept_from_changed_ = false;
}

}  // namespace kpid
