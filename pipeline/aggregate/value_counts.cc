#include "pipeline/aggregate/value_counts.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "pipeline/aggregate/collection_codec.h"
#include "pipeline/check.h"

namespace kpid {

Int128 representative(Int128 units) {
  // 7 bits of a magnitude are kept: the first, which is 1, and the six that number its bucket.
  constexpr int kKeptBits = 7;
  const auto magnitude = static_cast<unsigned __int128>(units < 0 ? -units : units);
  const auto high = static_cast<uint64_t>(magnitude >> 64);
  const int bits = high != 0 ? 64 + static_cast<int>(std::bit_width(high))
                             : static_cast<int>(std::bit_width(static_cast<uint64_t>(magnitude)));
  if (bits <= kKeptBits) return units;
  const int dropped = bits - kKeptBits;
  const Int128 middle =
      static_cast<Int128>((magnitude >> dropped) << dropped) + (Int128{1} << (dropped - 1));
  return units < 0 ? -middle : middle;
}

void ValueCounts::add(Int128 units) {
  KPID_ASSERT(within_summary(units));
  count(estimated_ ? representative(units) : units, 1);
  if (!estimated_ && entries_.size() > kExactValues) estimate();
}

void ValueCounts::count(Int128 units, int64_t times) {
  const auto place = std::lower_bound(
      entries_.begin(), entries_.end(), units,
      [](const Entry& entry, Int128 value) { return entry.units.value() < value; });
  if (place != entries_.end() && place->units.value() == units) {
    place->count += times;
    return;
  }
  const auto index = place - entries_.begin();
  // Grows by half, not by twice: most groups have few values.
  if (entries_.size() == entries_.capacity()) {
    entries_.reserve(entries_.size() + entries_.size() / 2 + 1);
  }
  entries_.insert(entries_.begin() + index, {units, times});
}

void ValueCounts::merge(const ValueCounts& other) {
  if (other.estimated_ && !estimated_) estimate();
  if (estimated_ && !other.estimated_) {
    ValueCounts estimates = other;
    estimates.estimate();
    merge_entries(estimates.entries_);
  } else {
    merge_entries(other.entries_);
  }
  if (!estimated_ && entries_.size() > kExactValues) estimate();
}

void ValueCounts::merge_entries(const std::vector<Entry>& others) {
  std::vector<Entry> merged;
  merged.reserve(std::max(entries_.size(), others.size()));
  auto next = entries_.begin();
  for (const Entry& entry : others) {
    const Int128 units = entry.units.value();
    while (next != entries_.end() && next->units.value() < units) merged.push_back(*next++);
    merged.push_back(entry);
    if (next != entries_.end() && next->units.value() == units) {
      merged.back().count += next++->count;
    }
  }
  merged.insert(merged.end(), next, entries_.end());
  entries_ = std::move(merged);
}

void ValueCounts::estimate() {
  // Representatives ascend with their values, so equal ones are neighbours.
  estimated_ = true;
  std::vector<Entry> buckets;
  for (const Entry& entry : entries_) {
    const Int128 middle = representative(entry.units.value());
    if (!buckets.empty() && buckets.back().units.value() == middle) {
      buckets.back().count += entry.count;
    } else {
      buckets.push_back({middle, entry.count});
    }
  }
  entries_ = std::move(buckets);
}

TermValue ValueCounts::quantile(int64_t q_nanos, int64_t units_per_one) const {
  KPID_ASSERT(q_nanos >= 0 && q_nanos <= kNanosPerUnit);
  if (entries_.empty()) return TermValue::absent();
  int64_t values = 0;
  for (const Entry& entry : entries_) values += entry.count;
  const Int128 position = Int128{q_nanos} * (values - 1);
  const auto below = static_cast<int64_t>(position / kNanosPerUnit);
  const auto part = static_cast<int64_t>(position % kNanosPerUnit);
  const int64_t shared = std::gcd(part, kNanosPerUnit);
  const int64_t numerator = part / shared;
  const int64_t denominator = kNanosPerUnit / shared;
  const Int128 lower = value_at(below);
  // Below 2^90 * 2^30: no product overflows.
  const Int128 units =
      part == 0 ? lower : lower * (denominator - numerator) + value_at(below + 1) * numerator;
  TermValue value = TermValue::of(units, Int128{denominator} * units_per_one);
  value.estimated = estimated_;
  return value;
}

Int128 ValueCounts::value_at(int64_t position) const {
  for (const Entry& entry : entries_) {
    if (position < entry.count) return entry.units.value();
    position -= entry.count;
  }
  KPID_ASSERT(false);
  return 0;
}

void ValueCounts::append_to(std::string& out) const {
  append_head(out, {.beyond = estimated_, .entries = static_cast<uint32_t>(entries_.size())});
  for (const Entry& entry : entries_) {
    append_bytes(out, entry.units.low);
    append_bytes(out, entry.units.high);
    append_bytes(out, entry.count);
  }
}

std::optional<ValueCounts> ValueCounts::read(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto head = take_head(reader, sizeof(Entry));
  if (!head) return std::nullopt;
  ValueCounts counts;
  counts.estimated_ = head->beyond;
  counts.entries_.resize(head->entries);
  for (Entry& entry : counts.entries_) {
    entry.units.low = *reader.take<uint64_t>();
    entry.units.high = *reader.take<int64_t>();
    entry.count = *reader.take<int64_t>();
  }
  if (!counts.is_valid()) return std::nullopt;
  return counts;
}

bool ValueCounts::is_valid() const {
  if (!estimated_ && entries_.size() > kExactValues) return false;
  int64_t values = 0;
  const Entry* before = nullptr;
  for (const Entry& entry : entries_) {
    const Int128 units = entry.units.value();
    if (!within_summary(units) || entry.count <= 0) return false;
    if (estimated_ && representative(units) != units) return false;
    if (before != nullptr && before->units.value() >= units) return false;
    if (entry.count > std::numeric_limits<int64_t>::max() - values) return false;
    values += entry.count;
    before = &entry;
  }
  return true;
}

}  // namespace kpid
