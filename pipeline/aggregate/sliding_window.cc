#include "pipeline/aggregate/sliding_window.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kpid {

namespace {

/// Whether two rows are known to hold the same; those of different width are not.
bool is_same_row(const SliceChunk& a, uint32_t row_a, const SliceChunk& b, uint32_t row_b) {
  return a.width() == b.width() &&
         std::memcmp(a.row(row_a).accumulators, b.row(row_b).accumulators, a.row_bytes()) == 0;
}

}  // namespace

std::shared_ptr<const WindowRows> SlidingWindow::move_to(const Window& window, SliceStore& slices) {
  auto moved = std::make_shared<WindowRows>();
  moved->whole = !slices.kept_from() || window.start >= *slices.kept_from();
  Present present;
  slices.for_overlapping(window, [&](const Window& span, const SliceStore::Slice& slice) {
    moved->version = std::max(moved->version, slice.version);
    if (span.start < window.start || span.end > window.end) {
      moved->whole = false;
    } else {
      present.emplace(span, &slice);
    }
  });
  if (run_length_ == Duration{0}) {
    run_length_ = std::max((window.end - window.start) / kRuns, Duration{1});
  }
  differs_ = false;
  for (auto it = held_.begin(); it != held_.end();) {
    if (present.contains(it->first)) {
      ++it;
      continue;
    }
    leave(it->first, it->second);
    it = held_.erase(it);
  }
  for (const auto& [span, slice] : present) take(span, *slice);
  if (!layout_.invertible()) merge_runs(present);
  for (size_t chunk = 0; chunk < written_.size(); ++chunk) {
    if (written_[chunk]) {
      chunks_[chunk] = has_events(layout_, written_[chunk]->rows) ? written_[chunk] : nullptr;
    }
  }
  written_.clear();
  seen_epoch_ = slices.end_epoch(layout_.invertible());
  if (!differs_ && rows_ && rows_->whole == moved->whole && rows_->version == moved->version) {
    return rows_;
  }
  moved->chunks = chunks_;
  rows_ = std::move(moved);
  return rows_;
}

void SlidingWindow::leave(const Window& span, const HeldRows& held) {
  for (size_t chunk = 0; chunk < held.size(); ++chunk) {
    if (held[chunk]) differ(span, chunk, held[chunk].get(), nullptr);
  }
}

void SlidingWindow::take(const Window& span, const SliceStore::Slice& slice) {
  HeldRows& held = held_[span];
  if (slice.epoch <= seen_epoch_ && !held.empty()) return;
  held.resize(std::max(held.size(), slice.chunks.size()));
  for (size_t chunk = 0; chunk < held.size(); ++chunk) {
    const SliceStore::Chunk* const now = slice.chunk(chunk);
    if (!now && !held[chunk]) continue;
    if (now && held[chunk] && now->epoch <= seen_epoch_) continue;
    differ(span, chunk, held[chunk].get(), now ? now->rows.get() : nullptr);
    held[chunk] = now ? now->rows : nullptr;
  }
}

void SlidingWindow::differ(const Window& span, size_t chunk, const SliceChunk* before,
                           const SliceChunk* now) {
  differs_ = true;
  if (chunks_.size() <= chunk) chunks_.resize(chunk + 1);
  if (layout_.invertible()) {
    exchange(chunk, before, now);
    return;
  }
  Run& run = runs_[run_of(span)];
  if (run.differs.size() <= chunk) {
    run.differs.resize(chunk + 1);
    run.partial.resize(chunk + 1);
  }
  run.differs[chunk] = true;
}

void SlidingWindow::exchange(size_t chunk, const SliceChunk* before, const SliceChunk* now) {
  std::string& rows = writable(chunk).rows;
  RowPairs leaving(before ? before->width() : RowWidth::kNarrow);
  RowPairs entering(now ? now->width() : RowWidth::kNarrow);
  for (uint32_t place = 0; place < kChunkGroups; ++place) {
    const auto row_before = before ? before->find(place) : std::nullopt;
    const auto row_now = now ? now->find(place) : std::nullopt;
    if (row_before && row_now && is_same_row(*before, *row_before, *now, *row_now)) continue;
    char* const row = rows.data() + place * layout_.bytes();
    if (row_before) leaving.add(row, before->row(*row_before).accumulators);
    if (row_now) entering.add(row, now->row(*row_now).accumulators);
  }
  layout_.unmerge(leaving);
  layout_.merge(entering);
}

WindowChunk& SlidingWindow::writable(size_t chunk) {
  if (written_.size() <= chunk) written_.resize(chunk + 1);
  if (!written_[chunk]) {
    written_[chunk] = std::make_shared<WindowChunk>();
    written_[chunk]->rows = chunks_[chunk] ? chunks_[chunk]->rows : empty_chunk(layout_);
  }
  return *written_[chunk];
}

int64_t SlidingWindow::run_of(const Window& span) const {
  return span.start.time_since_epoch() / run_length_;
}

void SlidingWindow::merge_runs(const Present& present) {
  std::map<int64_t, std::vector<const SliceStore::Slice*>> slices_of;
  for (const auto& [span, slice] : present) slices_of[run_of(span)].push_back(slice);
  std::vector<bool> differs(chunks_.size());
  for (auto& [number, run] : runs_) {
    for (size_t chunk = 0; chunk < run.differs.size(); ++chunk) {
      if (!run.differs[chunk]) continue;
      differs[chunk] = true;
      MergedChunk merged(layout_);
      for (const SliceStore::Slice* slice : slices_of[number]) slice->add_chunk(chunk, merged);
      run.partial[chunk] = std::move(merged).take();
    }
    run.differs.assign(run.differs.size(), false);
  }
  std::erase_if(runs_, [&](const auto& run) { return slices_of[run.first].empty(); });
  for (size_t chunk = 0; chunk < differs.size(); ++chunk) {
    if (!differs[chunk]) continue;
    MergedChunk merged(layout_);
    for (const auto& [number, run] : runs_) {
      if (chunk < run.partial.size() && run.partial[chunk]) merged.add(*run.partial[chunk]);
    }
    chunks_[chunk] = std::move(merged).take();
  }
}

}  // namespace kpid
