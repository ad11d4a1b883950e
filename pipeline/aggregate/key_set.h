#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/aggregate/key_table.h"
#include "pipeline/formula/term_value.h"

namespace kpid {

/// Which keys there were. Exact up to a limit; with one key more they are dropped for good, and
/// all that is left is that it is over the limit. What is kept depends on the keys and the limit
/// alone.
class KeySet {
 public:
  void add(Key key, uint32_t max_keys);
  void merge(const KeySet& other, uint32_t max_keys);

  bool over_limit() const { return over_limit_; }
  /// 0 when over the limit.
  size_t size() const { return keys_.size(); }
  /// How many keys are in both; 0 when one is over the limit. Costs a look-up for each key of the
  /// smaller set.
  size_t common_with(const KeySet& other) const;

  /// The stored form.
  void append_to(std::string& out) const;
  /// Nothing where the bytes are not what `append_to` writes.
  static std::optional<KeySet> read(std::string_view bytes);

  /// Memory that it holds beside itself.
  size_t heap_bytes() const { return keys_.heap_bytes(); }
  bool operator==(const KeySet&) const = default;

 private:
  void enforce(uint32_t max_keys);

  KeyTable<KeyEntry> keys_;
  bool over_limit_ = false;
};

/// Which part of the keys before is in the window too; absent where there were none before, unknown
/// where one set is over its limit.
TermValue retained(const KeySet& window, const KeySet& before);
/// How many keys of the window were not there before; unknown where one set is over its limit.
TermValue new_keys(const KeySet& window, const KeySet& before);
/// How many keys of the window were there before; unknown where one set is over its limit.
TermValue returning(const KeySet& window, const KeySet& before);

}  // namespace kpid
