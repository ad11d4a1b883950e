#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/aggregate/accumulator.h"
#include "pipeline/aggregate/collection.h"
#include "pipeline/formula/formula.h"

namespace kpid {

/// Reads an accumulator from a row.
template <Accumulator A>
A load(const char* place) {
  A accumulator;
  std::memcpy(&accumulator, place, sizeof(A));
  return accumulator;
}

/// Writes an accumulator to a row.
template <Accumulator A>
void store(char* place, const A& accumulator) {
  std::memcpy(place, &accumulator, sizeof(A));
}

/// How the numbers of a row are written: rows of slices are narrow for as long as theirs are small.
enum class RowWidth : uint8_t { kWide, kNarrow };

/// Reads an accumulator from a row of any width.
template <Accumulator A>
A load(const char* place, RowWidth width) {
  if (width == RowWidth::kWide) return load<A>(place);
  typename NarrowForm<A>::Bytes bytes;
  std::memcpy(&bytes, place, sizeof(bytes));
  return NarrowForm<A>::wide(bytes);
}

/// Writes an accumulator to a row of any width; not where it is too large for that.
template <Accumulator A>
[[nodiscard]] bool store(char* place, const A& accumulator, RowWidth width) {
  if (width == RowWidth::kWide) {
    store(place, accumulator);
    return true;
  }
  if (!NarrowForm<A>::fits(accumulator)) return false;
  const auto bytes = NarrowForm<A>::of(accumulator);
  std::memcpy(place, &bytes, sizeof(bytes));
  return true;
}

/// A collection that nobody writes to any more; nullptr is the empty one.
using CollectionPtr = std::shared_ptr<const Collection>;

/// What a group holds: accumulators as bytes, and collections beside them.
struct GroupRow {
  const char* accumulators = nullptr;
  const CollectionPtr* collections = nullptr;  ///< by RowLayout::collection; nullptr: all empty
};

/// The accumulators of a group in a slice.
struct SliceRow {
  const char* accumulators = nullptr;
  RowWidth width = RowWidth::kWide;
};

/// Rows of one width, each of which is merged into a wide one, or taken out of it.
class RowPairs {
 public:
  /// Of at most so many.
  static constexpr size_t kMost = 64;

  explicit RowPairs(RowWidth width) : width_(width) {}

  /// REQUIRES: there are fewer than kMost.
  void add(char* into, const char* from) {
    into_[count_] = into;
    from_[count_++] = from;
  }
  RowWidth width() const { return width_; }
  std::span<char* const> into() const { return {into_.data(), count_}; }
  const char* from(size_t pair) const { return from_[pair]; }

 private:
  RowWidth width_;
  size_t count_ = 0;
  std::array<char*, kMost> into_;
  std::array<const char*, kMost> from_;
};

/// How the terms of one grouping lie in the row of a group. Accumulators stand side by side, in the
/// order of the terms; the first is always the count of all events, which also says whether a group
/// has any. They are bytes: copying them copies the accumulators. Collections are numbered in the
/// same order and lie elsewhere. Where no width is named, a row is wide.
class RowLayout {
 public:
  /// REQUIRES: the first term is count(source), without `where`.
  explicit RowLayout(std::vector<Term> terms, const CollectionLimits& limits = {});

  const std::vector<Term>& terms() const { return terms_; }
  const CollectionLimits& limits() const { return limits_; }
  /// Size of a row's accumulators.
  size_t bytes(RowWidth width = RowWidth::kWide) const { return of(width).empty_row.size(); }
  /// Where the accumulator of a term begins.
  size_t offset(size_t term, RowWidth width = RowWidth::kWide) const {
    return of(width).offsets[term];
  }
  /// How many collections a row has.
  size_t collections() const { return collection_terms_.size(); }
  /// The number of a term's collection; nothing where it has an accumulator.
  std::optional<size_t> collection(size_t term) const;
  /// The term of a collection.
  size_t collection_term(size_t collection) const { return collection_terms_[collection]; }

  /// The accumulators of a group without events.
  const std::string& empty_row(RowWidth width = RowWidth::kWide) const {
    return of(width).empty_row;
  }
  GroupRow empty_group() const { return {empty_row().data(), nullptr}; }

  /// Merges rows, a term at a time: many at once are much quicker than one after the other.
  void merge(const RowPairs& rows) const;
  /// Merges the accumulators of row `from` into those of row `into`.
  void merge(char* into, const SliceRow& from) const;
  void merge(char* into, const char* from) const { merge(into, {from, RowWidth::kWide}); }
  /// Whether every term of a row can be subtracted: then `unmerge` undoes `merge`.
  bool invertible() const { return invertible_; }
  /// Takes rows that were merged into others out of them again. REQUIRES: invertible.
  void unmerge(const RowPairs& rows) const;
  /// How many events the row has.
  static int64_t events(const char* accumulators) { return load<Count>(accumulators).values; }
  static int64_t events(const GroupRow& row) { return events(row.accumulators); }

 private:
  struct Places {
    std::vector<size_t> offsets;  ///< by term
    std::string empty_row;
  };
  const Places& of(RowWidth width) const { return width == RowWidth::kWide ? wide_ : narrow_; }

  std::vector<Term> terms_;
  CollectionLimits limits_;
  Places wide_;
  Places narrow_;
  std::vector<size_t> collection_terms_;
  bool invertible_ = true;
};

/// Whether both rows hold the same, to the bit. Collections are taken for different where they are
/// not shared: to compare them would cost more than to read them.
bool same_row(const RowLayout& layout, const GroupRow& a, const GroupRow& b);

/// What a reading's term says for a group. `memory` is the group's row of the reading's memory; the
/// reading's memory, shift and scope are the caller's matter otherwise.
TermValue read_row(const RowLayout& layout, const Reading& reading, size_t term,
                   const GroupRow& row, const GroupRow& memory);

}  // namespace kpid
