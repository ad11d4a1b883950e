#include "pipeline/aggregate/window_rows.h"

#include <utility>

#include "pipeline/aggregate/slice_chunk.h"

namespace kpid {

static_assert(kChunkGroups <= RowPairs::kMost);

std::string empty_chunk(const RowLayout& layout) {
  std::string rows;
  rows.reserve(kChunkGroups * layout.bytes());
  for (uint32_t i = 0; i < kChunkGroups; ++i) rows += layout.empty_row();
  return rows;
}

bool has_events(const RowLayout& layout, const std::string& chunk) {
  for (size_t at = 0; at < chunk.size(); at += layout.bytes()) {
    if (RowLayout::events(chunk.data() + at) > 0) return true;
  }
  return false;
}

void MergedChunk::add(const WindowChunk& chunk) {
  RowPairs rows(RowWidth::kWide);
  for (size_t at = 0; at < rows_.size(); at += layout_.bytes()) {
    const char* const row = chunk.rows.data() + at;
    if (RowLayout::events(row) > 0) rows.add(rows_.data() + at, row);
  }
  layout_.merge(rows);
  for (size_t i = 0; i < chunk.collections.size(); ++i) add_collection(i, chunk.collections[i]);
}

void MergedChunk::add_rows(const SliceChunk& chunk) {
  RowPairs rows(chunk.width());
  chunk.for_each([&](uint32_t place, const SliceRow& row) {
    rows.add(rows_.data() + place * layout_.bytes(), row.accumulators);
  });
  layout_.merge(rows);
}

std::shared_ptr<const WindowChunk> MergedChunk::take() && {
  if (!has_events(layout_, rows_)) return nullptr;
  return std::make_shared<const WindowChunk>(
      WindowChunk{std::move(rows_), std::move(collections_).take()});
}

}  // namespace kpid
