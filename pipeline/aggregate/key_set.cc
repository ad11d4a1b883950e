#include "pipeline/aggregate/key_set.h"

#include "pipeline/aggregate/collection_codec.h"

namespace kpid {

void KeySet::add(Key key, uint32_t max_keys) {
  if (over_limit_) return;
  keys_.find_or_add(key);
  enforce(max_keys);
}

void KeySet::merge(const KeySet& other, uint32_t max_keys) {
  over_limit_ = over_limit_ || other.over_limit_;
  if (!over_limit_) keys_.merge(other.keys_, [](KeyEntry&, const KeyEntry&) {});
  enforce(max_keys);
}

void KeySet::enforce(uint32_t max_keys) {
  over_limit_ = over_limit_ || keys_.size() > max_keys;
  if (over_limit_) keys_ = {};
}

size_t KeySet::common_with(const KeySet& other) const {
  if (size() > other.size()) return other.common_with(*this);
  size_t common = 0;
  keys_.for_each([&](const KeyEntry& entry) {
    if (other.keys_.find(entry.key) != nullptr) ++common;
  });
  return common;
}

void KeySet::append_to(std::string& out) const { append_keys(out, keys_, over_limit_); }

std::optional<KeySet> KeySet::read(std::string_view bytes) {
  auto stored = read_keys(bytes);
  if (!stored || (stored->beyond && stored->keys.size() != 0)) return std::nullopt;
  KeySet set;
  set.keys_ = std::move(stored->keys);
  set.over_limit_ = stored->beyond;
  return set;
}

TermValue retained(const KeySet& window, const KeySet& before) {
  if (window.over_limit() || before.over_limit()) return TermValue::unknown();
  if (before.size() == 0) return TermValue::absent();
  return TermValue::of(static_cast<Int128>(window.common_with(before)),
                       static_cast<Int128>(before.size()));
}

TermValue new_keys(const KeySet& window, const KeySet& before) {
  if (window.over_limit() || before.over_limit()) return TermValue::unknown();
  return TermValue::of(static_cast<Int128>(window.size() - window.common_with(before)));
}

TermValue returning(const KeySet& window, const KeySet& before) {
  if (window.over_limit() || before.over_limit()) return TermValue::unknown();
  return TermValue::of(static_cast<Int128>(window.common_with(before)));
}

}  // namespace kpid
