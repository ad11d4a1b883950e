#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "pipeline/aggregate/slice_chunk.h"

namespace kpid {

/// Where the accumulators of a batch's events are: event i is of row i. Valid until the slices are
/// changed in another way.
class TouchedRows {
 public:
  /// Where the accumulator of a term begins in rows of either width.
  struct TermPlace {
    TermPlace(const RowLayout& layout, size_t term)
        : wide(layout.offset(term)), narrow(layout.offset(term, RowWidth::kNarrow)) {}

    size_t wide;
    size_t narrow;
  };

  /// Takes the rows of a batch of so many events; `at` says what is the chunk of event i, and the
  /// number of its row there.
  template <class At>
  void assign(size_t events, At&& at) {
    rows_.clear();
    for (size_t event = 0; event < events; ++event) {
      const auto [chunk, number] = at(event);
      rows_.push_back({chunk, chunk->row(number), number, chunk->width()});
    }
  }

  /// Calls `change(accumulator)` with the term's accumulator of an event's row.
  template <Accumulator A, class Change>
  void change(uint32_t event, const TermPlace& term, Change&& change) {
    const Row& row = rows_[event];
    if (row.width == RowWidth::kNarrow) {
      char* const place = row.accumulators + term.narrow;
      A accumulator = load<A>(place, RowWidth::kNarrow);
      change(accumulator);
      if (store(place, accumulator, RowWidth::kNarrow)) return;
      widen(*row.chunk);
      store(row.accumulators + term.wide, accumulator);
      return;
    }
    char* const place = row.accumulators + term.wide;
    A accumulator = load<A>(place);
    change(accumulator);
    store(place, accumulator);
  }

 private:
  struct Row {
    SliceChunk* chunk = nullptr;
    char* accumulators = nullptr;
    uint32_t number = 0;  ///< in the chunk
    RowWidth width = RowWidth::kWide;
  };

  /// Seldom: a chunk is made wide once.
  [[gnu::noinline]] void widen(SliceChunk& chunk) {
    chunk.widen();
    for (Row& row : rows_) {
      if (row.chunk != &chunk) continue;
      row.accumulators = chunk.row(row.number);
      row.width = RowWidth::kWide;
    }
  }

  std::vector<Row> rows_;  ///< by event
};

}  // namespace kpid
