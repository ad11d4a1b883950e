#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/row_layout.h"
#include "pipeline/aggregate/window_rows.h"
#include "pipeline/state.h"

namespace kpid {

/// The rows of 64 neighbouring groups in one slice: of those that have events, in the order in
/// which they had the first, and narrow until one of them no longer can be. So a group without
/// events costs a byte, and most rows cost half of what they do in a window.
class SliceChunk {
 public:
  /// `layout` outlives the chunk.
  explicit SliceChunk(const RowLayout& layout) : layout_(&layout) {}

  RowWidth width() const { return width_; }
  size_t row_bytes() const { return row_bytes_; }
  /// How many rows there are.
  uint32_t size() const { return rows_; }
  /// The number of the row of a group, which is called by its place in the chunk; nothing where it
  /// has none.
  std::optional<uint32_t> find(uint32_t place) const {
    if (number_of_[place] == 0) return std::nullopt;
    return number_of_[place] - 1U;
  }
  /// The places that have a row, a bit each.
  uint64_t places() const { return places_; }
  /// The number of a new row without events. Rows before may move. REQUIRES: there is none.
  uint32_t add(uint32_t place);
  /// Makes room for so many rows in all. They may move.
  void reserve(uint32_t rows);
  /// The row of that number.
  char* row(uint32_t number) { return bytes_.data() + number * row_bytes_; }
  SliceRow row(uint32_t number) const { return {bytes_.data() + number * row_bytes_, width_}; }

  /// Makes the rows wide. They move. REQUIRES: they are narrow.
  void widen();
  /// Merges a row into that of the group, which is added if it is new. Rows may move.
  void merge(uint32_t place, const SliceRow& from);
  /// Merges all rows of a chunk into those of their groups; `merged(place, is_new)` is told of each
  /// whether it had none here. Rows may move.
  template <class Merged>
  void merge(const SliceChunk& from, Merged&& merged) {
    RowsInto rows;
    from.for_each([&](uint32_t place, const SliceRow& row) {
      const auto found = find(place);
      merged(place, !found);
      rows.add(found ? *found : add(place), row.accumulators);
    });
    merge(rows, from.width());
  }

  /// Calls `visit(place, row)` for every row, in the order of the groups.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (uint64_t left = places_; left != 0; left &= left - 1) {
      const auto place = static_cast<uint32_t>(std::countr_zero(left));
      visit(place, row(number_of_[place] - 1U));
    }
  }

  /// Has the processor fetch what `prefetch_rows` reads, and what `find` does.
  void prefetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(&rows_);
  }
  /// Has the processor fetch the rows.
  void prefetch_rows() const {
    constexpr size_t kCacheLine = 64;
    for (size_t at = 0; at < bytes_.size(); at += kCacheLine) __builtin_prefetch(&bytes_[at]);
  }

  /// Appends what, before the bytes of the rows, the store needs to read them; see FORMAT.md.
  void append_directory(std::string& out) const;
  /// All rows, in the order of the directory.
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

 private:
  /// Rows that are merged into rows of ours.
  class RowsInto {
   public:
    void add(uint32_t number, const char* from) {
      numbers_[count_] = number;
      from_[count_++] = from;
    }
    size_t size() const { return count_; }
    uint32_t number(size_t i) const { return numbers_[i]; }
    const char* from(size_t i) const { return from_[i]; }

   private:
    size_t count_ = 0;
    std::array<uint32_t, kChunkGroups> numbers_;
    std::array<const char*, kChunkGroups> from_;
  };

  /// A term at a time: many rows at once are much quicker than one after the other.
  void merge(const RowsInto& rows, RowWidth width);
  /// Merges a term of narrow rows, until one does not fit: its place in `rows`.
  template <Accumulator A>
  size_t merge_narrow(size_t term, const RowsInto& rows);
  template <Accumulator A>
  void merge_row(size_t term, const RowsInto& rows, size_t i, RowWidth width);

  static_assert(kChunkGroups == 64, "a bit each");

  const RowLayout* layout_;
  uint64_t places_ = 0;
  std::array<uint8_t, kChunkGroups> number_of_{};  ///< by place, one more; 0: no row
  std::vector<char> bytes_;
  uint32_t row_bytes_ = static_cast<uint32_t>(layout_->bytes(RowWidth::kNarrow));
  uint8_t rows_ = 0;
  RowWidth width_ = RowWidth::kNarrow;
};

/// The rows of a chunk in a kSliceRows blob.
struct StoredChunk {
  uint32_t chunk = 0;  ///< holds the groups from chunk * kChunkGroups on
  RowWidth width = RowWidth::kWide;
  std::string_view places;  ///< of the rows' groups in the chunk, a byte each
  std::string_view rows;    ///< one after the other
};

/// A chunk by its number: it holds the groups from number * kChunkGroups on.
struct NumberedChunk {
  uint32_t number = 0;
  std::shared_ptr<const SliceChunk> chunk;
};

/// A kSliceRows blob of these chunks: a directory, then the rows as they lie in the chunks.
std::vector<BlobPiece> slice_rows_blob(std::span<const NumberedChunk> chunks);

/// Reads a kSliceRows blob of rows of `layout`; nothing where the bytes are not one.
std::optional<std::vector<StoredChunk>> read_slice_rows(std::string_view bytes,
                                                        const RowLayout& layout);
/// Reads a kWideSliceRows blob.
std::optional<std::vector<StoredChunk>> read_wide_slice_rows(std::string_view bytes,
                                                             const RowLayout& layout);

}  // namespace kpid
