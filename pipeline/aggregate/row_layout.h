#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "pipeline/aggregate/accumulator.h"
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

/// How the accumulators of one grouping lie in the row of a group: side by side, in the order of
/// the terms. The first is always the count of all events, which also says whether a group has
/// any. A row is bytes: copying it copies the accumulators.
class RowLayout {
 public:
  /// REQUIRES: the first term is count(source), without `where`.
  explicit RowLayout(std::vector<Term> terms);

  const std::vector<Term>& terms() const { return terms_; }
  size_t bytes() const { return empty_row_.size(); }
  /// Where the accumulator of a term begins.
  size_t offset(size_t term) const { return offsets_[term]; }
  /// Where the accumulator of a term ends.
  size_t end_offset(size_t term) const {
    return term + 1 < offsets_.size() ? offsets_[term + 1] : bytes();
  }
  /// The row of a group without events.
  const std::string& empty_row() const { return empty_row_; }

  /// Merges row `from` into row `into`.
  void merge(char* into, const char* from) const;
  /// What the term's accumulator says.
  TermValue value(const char* row, size_t term) const;
  /// How many events the row has.
  static int64_t events(const char* row) { return load<Count>(row).values; }

 private:
  std::vector<Term> terms_;
  std::vector<size_t> offsets_;
  std::string empty_row_;
};

}  // namespace kpid
