#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/summary_limit.h"
#include "pipeline/event/stored_int128.h"
#include "pipeline/formula/term_value.h"

namespace kpid {

/// How often each value occurred: what quantiles are made of.
///
/// Exact up to `kExactValues` different values. Beyond, every value is replaced by its
/// `representative`, which is at most 1/128 of it away, and the quantiles are estimates. What is
/// kept is a function of the bag of values alone, whatever order or merges it came by.
class ValueCounts {
 public:
  /// Enough for prices, marks and whole seconds; a full group takes 48 KiB.
  static constexpr size_t kExactValues = 2048;

  /// REQUIRES: |units| < kSummaryLimit. Costs a search, and for a new value a move of those above.
  void add(Int128 units);
  void merge(const ValueCounts& other);

  bool estimated() const { return estimated_; }
  /// The value at the position q * (n - 1) of the n values in order, on the straight line between
  /// its neighbours, in ones. Absent of nothing. REQUIRES: 0 <= q_nanos <= 10^9.
  /// Source: SQL's percentile_cont.
  TermValue quantile(int64_t q_nanos, int64_t units_per_one) const;

  /// The stored form.
  void append_to(std::string& out) const;
  /// Nothing where the bytes are not what `append_to` writes.
  static std::optional<ValueCounts> read(std::string_view bytes);

  /// Memory that it holds beside itself.
  size_t heap_bytes() const { return entries_.capacity() * sizeof(Entry); }
  bool operator==(const ValueCounts&) const = default;

 private:
  struct Entry {
    StoredInt128 units;
    int64_t count = 0;

    bool operator==(const Entry&) const = default;
  };

  void count(Int128 units, int64_t times);
  void merge_entries(const std::vector<Entry>& others);
  void estimate();
  Int128 value_at(int64_t position) const;
  bool is_valid() const;

  std::vector<Entry> entries_;  ///< ascending by value, no value twice, counts positive
  bool estimated_ = false;
};

/// The middle of the bucket that `units` falls into: 64 buckets between a power of two and the
/// next, one for each integer below 128.
Int128 representative(Int128 units);

}  // namespace kpid
