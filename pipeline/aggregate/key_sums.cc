#include "pipeline/aggregate/key_sums.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "pipeline/aggregate/collection_codec.h"
#include "pipeline/check.h"

namespace kpid {

void KeySums::add(Key key, Int128 units, uint32_t max_keys) {
  if (over_limit_) return;
  Entry& entry = sums_.find_or_add(key);
  entry.sum = entry.sum.value() + units;
  enforce(max_keys);
}

void KeySums::merge(const KeySums& other, uint32_t max_keys) {
  over_limit_ = over_limit_ || other.over_limit_;
  if (!over_limit_) {
    sums_.merge(other.sums_, [](Entry& into, const Entry& from) {
      into.sum = into.sum.value() + from.sum.value();
    });
  }
  enforce(max_keys);
}

void KeySums::enforce(uint32_t max_keys) {
  over_limit_ = over_limit_ || sums_.size() > max_keys;
  if (over_limit_) sums_ = {};
}

TermValue KeySums::top_share(int64_t n) const {
  KPID_ASSERT(n >= 1);
  if (over_limit_) return TermValue::unknown();
  std::vector<Int128> sums;
  sums.reserve(sums_.size());
  sums_.for_each([&](const Entry& entry) { sums.push_back(entry.sum.value()); });
  const Int128 total = std::accumulate(sums.begin(), sums.end(), Int128{0});
  if (total == 0) return TermValue::absent();
  const auto end = sums.begin() + std::min(n, static_cast<int64_t>(sums.size()));
  if (end != sums.end()) std::nth_element(sums.begin(), end, sums.end(), std::greater<>());
  const Int128 top = std::accumulate(sums.begin(), end, Int128{0});
  return total < 0 ? TermValue::of(-top, -total) : TermValue::of(top, total);
}

void KeySums::append_to(std::string& out) const {
  append_head(out, {.beyond = over_limit_, .entries = static_cast<uint32_t>(sums_.size())});
  sums_.for_each([&](const Entry& entry) {
    append_key(out, entry.key);
    append_bytes(out, entry.sum.low);
    append_bytes(out, entry.sum.high);
  });
}

std::optional<KeySums> KeySums::read(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto head = take_head(reader, sizeof(Entry));
  if (!head || (head->beyond && head->entries != 0)) return std::nullopt;
  std::vector<Entry> entries(head->entries);
  Key last;
  for (Entry& entry : entries) {
    const auto key = take_key_after(last, reader);
    if (!key) return std::nullopt;
    entry.key = last = *key;
    entry.sum.low = *reader.take<uint64_t>();
    entry.sum.high = *reader.take<int64_t>();
  }
  KeySums sums;
  sums.sums_ = KeyTable<Entry>::of_sorted(std::move(entries));
  sums.over_limit_ = head->beyond;
  return sums;
}

}  // namespace kpid
