#include "pipeline/aggregate/slice_chunk.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/check.h"

namespace kpid {

namespace {

/// The places of a chunk with a row for every group, those without events too.
const std::string& all_places() {
  static const std::string kPlaces = [] {
    std::string places(kChunkGroups, '\0');
    std::iota(places.begin(), places.end(), '\0');
    return places;
  }();
  return kPlaces;
}

}  // namespace

uint32_t SliceChunk::add(uint32_t place) {
  KPID_ASSERT(number_of_[place] == 0);
  const std::string& empty = layout_->empty_row(width_);
  // Doubled, but from one: most chunks of many groups and short slices stay that small.
  if (bytes_.size() == bytes_.capacity()) reserve(std::max(1U, 2U * rows_));
  bytes_.insert(bytes_.end(), empty.begin(), empty.end());
  places_ |= uint64_t{1} << place;
  number_of_[place] = ++rows_;
  return rows_ - 1U;
}

void SliceChunk::reserve(uint32_t rows) { bytes_.reserve(size_t{rows} * row_bytes_); }

void SliceChunk::widen() {
  KPID_ASSERT(width_ == RowWidth::kNarrow);
  const size_t wide_bytes = layout_->bytes();
  std::vector<char> wide;
  wide.reserve(bytes_.capacity() / row_bytes_ * wide_bytes);
  for (uint32_t number = 0; number < rows_; ++number) {
    const std::string& empty = layout_->empty_row();
    wide.insert(wide.end(), empty.begin(), empty.end());
    layout_->merge(&wide[number * wide_bytes], std::as_const(*this).row(number));
  }
  bytes_ = std::move(wide);
  row_bytes_ = static_cast<uint32_t>(wide_bytes);
  width_ = RowWidth::kWide;
}

void SliceChunk::merge(uint32_t place, const SliceRow& from) {
  RowsInto one;
  const auto found = find(place);
  one.add(found ? *found : add(place), from.accumulators);
  merge(one, from.width);
}

void SliceChunk::merge(const RowsInto& rows, RowWidth width) {
  for (size_t term = 0; term < layout_->terms().size(); ++term) {
    if (is_collection(layout_->terms()[term].aggregate)) continue;
    with_accumulator(layout_->terms()[term].aggregate, [&](auto empty) {
      using A = decltype(empty);
      size_t merged = 0;
      if (width_ == RowWidth::kNarrow && width == RowWidth::kNarrow) {
        merged = merge_narrow<A>(term, rows);
      }
      for (; merged < rows.size(); ++merged) merge_row<A>(term, rows, merged, width);
    });
  }
}

template <Accumulator A>
size_t SliceChunk::merge_narrow(size_t term, const RowsInto& rows) {
  const size_t offset = layout_->offset(term, RowWidth::kNarrow);
  for (size_t i = 0; i < rows.size(); ++i) {
    typename NarrowForm<A>::Bytes into;
    typename NarrowForm<A>::Bytes from;
    char* const place = row(rows.number(i)) + offset;
    std::memcpy(&into, place, sizeof(into));
    std::memcpy(&from, rows.from(i) + offset, sizeof(from));
    if (!NarrowForm<A>::merge(into, from)) return i;
    std::memcpy(place, &into, sizeof(into));
  }
  return rows.size();
}

template <Accumulator A>
void SliceChunk::merge_row(size_t term, const RowsInto& rows, size_t i, RowWidth width) {
  char* const place = row(rows.number(i)) + layout_->offset(term, width_);
  A merged = load<A>(place, width_);
  merged.merge(load<A>(rows.from(i) + layout_->offset(term, width), width));
  if (store(place, merged, width_)) return;
  widen();  // what was merged before, too
  store(row(rows.number(i)) + layout_->offset(term), merged);
}

void SliceChunk::append_directory(std::string& out) const {
  append_bytes(out, static_cast<uint8_t>(width_));
  append_bytes(out, rows_);
  const size_t begin = out.size();
  out.resize(begin + rows_);
  for (uint32_t place = 0; place < kChunkGroups; ++place) {
    if (number_of_[place] != 0) out[begin + number_of_[place] - 1] = static_cast<char>(place);
  }
}

std::vector<BlobPiece> slice_rows_blob(std::span<const NumberedChunk> chunks) {
  std::string directory;
  append_bytes(directory, static_cast<uint32_t>(chunks.size()));
  std::vector<BlobPiece> pieces(1);
  for (const auto& [number, chunk] : chunks) {
    append_bytes(directory, number);
    chunk->append_directory(directory);
    pieces.push_back({chunk, chunk->bytes()});
  }
  pieces[0] = BlobPiece::of(std::move(directory));
  return pieces;
}

namespace {

/// Takes the places of a chunk's rows and their width; false: they are not there.
bool take_directory(ByteReader& reader, StoredChunk& chunk) {
  const auto width = reader.take<uint8_t>();
  const auto rows = reader.take<uint8_t>();
  const auto places = reader.take_bytes(rows.value_or(0));
  if (!rows || !places || *width > 1 || *rows > kChunkGroups) return false;
  chunk.width = static_cast<RowWidth>(*width);
  chunk.places = *places;
  return std::all_of(places->begin(), places->end(),
                     [](char place) { return static_cast<uint8_t>(place) < kChunkGroups; });
}

/// Reads how many chunks there are, of each its number and what `directory` takes, and their rows.
template <class Directory>
std::optional<std::vector<StoredChunk>> read_chunks(std::string_view bytes, const RowLayout& layout,
                                                    const Directory& directory) {
  ByteReader reader(bytes);
  const auto count = reader.take<uint32_t>();
  if (!count || *count > bytes.size()) return std::nullopt;
  std::vector<StoredChunk> chunks;
  for (uint32_t i = 0; i < *count; ++i) {
    const auto number = reader.take<uint32_t>();
    if (!number || !directory(reader, chunks.emplace_back())) return std::nullopt;
    chunks.back().chunk = *number;
  }
  for (StoredChunk& chunk : chunks) {
    const auto rows = reader.take_bytes(chunk.places.size() * layout.bytes(chunk.width));
    if (!rows) return std::nullopt;
    chunk.rows = *rows;
  }
  if (!reader.at_end()) return std::nullopt;
  return chunks;
}

}  // namespace

std::optional<std::vector<StoredChunk>> read_slice_rows(std::string_view bytes,
                                                        const RowLayout& layout) {
  return read_chunks(bytes, layout, take_directory);
}

std::optional<std::vector<StoredChunk>> read_wide_slice_rows(std::string_view bytes,
                                                             const RowLayout& layout) {
  return read_chunks(bytes, layout, [](ByteReader&, StoredChunk& chunk) {
    chunk.places = all_places();  // and the width is that of a new one
    return true;
  });
}

}  // namespace kpid
