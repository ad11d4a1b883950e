#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "pipeline/aggregate/key.h"
#include "pipeline/check.h"

namespace kpid {

/// Entries by key, small while they are few. `Entry` is a value with a member `key`, equal by
/// content; `Entry{}` has the key `Key{}`, which no value has.
///
/// The slots hold the entries in ascending order with gaps between them: the upper bits of a key,
/// which are as good as random, say near which slot it belongs. So a look-up reads a few
/// neighbouring slots, and the order of the slots does not depend on that of the additions. Up to
/// `kDenseEntries` there are no gaps.
/// Source: linear probing in key order, Amble and Knuth, "Ordered hash tables", 1974.
template <class Entry>
class KeyTable {
 public:
  size_t size() const { return size_; }

  /// The entry of a key; nullptr where there is none.
  const Entry* find(Key key) const {
    if (slots_.empty()) return nullptr;
    const Entry& entry = slots_[lower_bound(key)];
    return entry.key == key ? &entry : nullptr;
  }

  /// The entry of a key, which is new and empty where there was none: then `size` has grown. Valid
  /// until the next call. REQUIRES: key != Key{}.
  Entry& find_or_add(Key key) {
    KPID_ASSERT(key != Key{});
    if (slots_.empty()) append_gap();
    size_t slot = lower_bound(key);
    if (slots_[slot].key == key) return slots_[slot];
    if (size_ >= max_entries()) {
      spread(sorted(), bits_ == 0 ? kFirstBits : bits_ + 1);
      slot = lower_bound(key);
    }
    return insert(slot, key);
  }

  /// Calls `visit` with each entry, ascending by key.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    for (const Entry& entry : slots_) {
      if (entry.key != Key{}) visit(entry);
    }
  }

  /// Adds the entries of `other`; `combine(Entry& into, const Entry& from)` is called for each,
  /// also where `into` is new and empty.
  template <class Combine>
  void merge(const KeyTable& other, Combine&& combine) {
    // To add keys in ascending order one by one fills the table from its low end, so that all of
    // them crowd in one place: only good for few of them.
    if (other.size_ * 8 > size_) return merge_sorted(other, combine);
    other.for_each([&](const Entry& entry) { combine(find_or_add(entry.key), entry); });
  }

  /// A table of entries that ascend by key, none of them twice, none with the key `Key{}`.
  static KeyTable of_sorted(std::vector<Entry> entries) {
    size_t bits = 0;
    if (entries.size() > kDenseEntries) {
      bits = kFirstBits;
      while (entries.size() > (size_t{1} << bits) / 2) ++bits;
    }
    KeyTable table;
    if (!entries.empty()) table.spread(std::move(entries), bits);
    return table;
  }

  /// Memory that it holds beside itself.
  size_t heap_bytes() const { return slots_.capacity() * sizeof(Entry); }

  bool operator==(const KeyTable& other) const {
    return size_ == other.size_ && sorted() == other.sorted();
  }

 private:
  /// Sixteen comparisons on average cost as much as one miss of the cache.
  static constexpr size_t kDenseEntries = 32;
  /// Log2 of the slots of the first table with gaps, which is then half full.
  static constexpr size_t kFirstBits = 6;

  size_t max_entries() const { return bits_ == 0 ? kDenseEntries : (size_t{1} << bits_) / 4 * 3; }

  /// The first slot at which the key may be.
  size_t home(Key key) const { return bits_ == 0 ? 0 : key.high >> (64 - bits_); }

  /// The slot of the key, or the one before which it would be inserted: a gap or a larger key.
  size_t lower_bound(Key key) const {
    size_t slot = home(key);
    while (slots_[slot].key != Key{} && slots_[slot].key < key) ++slot;
    return slot;
  }

  Entry& insert(size_t slot, Key key) {
    size_t gap = slot;
    while (slots_[gap].key != Key{}) ++gap;
    if (gap + 1 == slots_.size()) append_gap();
    std::move_backward(slots_.begin() + static_cast<ptrdiff_t>(slot),
                       slots_.begin() + static_cast<ptrdiff_t>(gap),
                       slots_.begin() + static_cast<ptrdiff_t>(gap) + 1);
    slots_[slot] = {};
    slots_[slot].key = key;
    ++size_;
    return slots_[slot];
  }

  /// Grows by half, not by twice: most tables stay small.
  void append_gap() {
    if (slots_.size() == slots_.capacity()) slots_.reserve(slots_.size() + slots_.size() / 2 + 1);
    slots_.emplace_back();
  }

  std::vector<Entry> sorted() const {
    std::vector<Entry> entries;
    entries.reserve(size_);
    for_each([&](const Entry& entry) { entries.push_back(entry); });
    return entries;
  }

  /// Lays `entries` out anew over 2^bits slots, and some behind for what is pushed past their end.
  void spread(std::vector<Entry> entries, size_t bits) {
    constexpr size_t kBehind = 16;
    bits_ = bits;
    size_ = entries.size();
    slots_ = std::vector<Entry>(bits == 0 ? size_ + 1 : (size_t{1} << bits) + kBehind);
    size_t next = 0;
    for (Entry& entry : entries) {
      const size_t slot = std::max(next, home(entry.key));
      next = slot + 1;
      while (next >= slots_.size()) append_gap();
      slots_[slot] = std::move(entry);
    }
  }

  template <class Combine>
  void merge_sorted(const KeyTable& other, Combine&& combine) {
    std::vector<Entry> merged;
    merged.reserve(size_ + other.size_);
    const std::vector<Entry> mine = sorted();
    auto next = mine.begin();
    other.for_each([&](const Entry& entry) {
      while (next != mine.end() && next->key < entry.key) merged.push_back(*next++);
      if (next != mine.end() && next->key == entry.key) {
        merged.push_back(*next++);
      } else {
        merged.emplace_back();
        merged.back().key = entry.key;
      }
      combine(merged.back(), entry);
    });
    merged.insert(merged.end(), next, mine.end());
    *this = of_sorted(std::move(merged));
  }

  std::vector<Entry> slots_;  ///< empty, or with a gap at the end
  size_t size_ = 0;
  size_t bits_ = 0;  ///< log2 of the slots that are homes; 0: all entries lie side by side
};

/// An entry that is a key and nothing else.
struct KeyEntry {
  Key key;

  bool operator==(const KeyEntry&) const = default;
};

}  // namespace kpid
