#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/aggregate/key_table.h"
#include "pipeline/event/stored_int128.h"
#include "pipeline/formula/term_value.h"

namespace kpid {

/// The sum of the values of each key. Exact up to a limit of keys; with one key more they are
/// dropped for good, and all that is left is that it is over the limit. What is kept depends on the
/// values and the limit alone.
class KeySums {
 public:
  void add(Key key, Int128 units, uint32_t max_keys);
  void merge(const KeySums& other, uint32_t max_keys);

  bool over_limit() const { return over_limit_; }
  /// The number of keys; 0 when over the limit.
  size_t size() const { return sums_.size(); }
  /// The `n` largest sums over the sum of all. Absent of nothing and where the total is 0, unknown
  /// when over the limit. REQUIRES: n >= 1.
  TermValue top_share(int64_t n) const;

  /// The stored form.
  void append_to(std::string& out) const;
  /// Nothing where the bytes are not what `append_to` writes.
  static std::optional<KeySums> read(std::string_view bytes);

  /// Memory that it holds beside itself.
  size_t heap_bytes() const { return sums_.heap_bytes(); }
  bool operator==(const KeySums&) const = default;

 private:
  struct Entry {
    Key key;
    StoredInt128 sum;

    bool operator==(const Entry&) const = default;
  };

  void enforce(uint32_t max_keys);

  KeyTable<Entry> sums_;
  bool over_limit_ = false;
};

}  // namespace kpid
