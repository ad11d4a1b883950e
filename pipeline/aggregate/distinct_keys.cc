#include "pipeline/aggregate/distinct_keys.h"

#include "pipeline/aggregate/collection_codec.h"

namespace kpid {

void DistinctKeys::add(Key key, uint32_t max_distinct) {
  if (sketch_) return sketch_->add(key);
  keys_.find_or_add(key);
  enforce(max_distinct);
}

void DistinctKeys::merge(const DistinctKeys& other, uint32_t max_distinct) {
  if (other.sketch_) {
    start_sketch();
    sketch_->merge(*other.sketch_);
  } else if (sketch_) {
    other.keys_.for_each([&](const KeyEntry& entry) { sketch_->add(entry.key); });
  } else {
    keys_.merge(other.keys_, [](KeyEntry&, const KeyEntry&) {});
    enforce(max_distinct);
  }
}

void DistinctKeys::enforce(uint32_t max_distinct) {
  if (keys_.size() > max_distinct) start_sketch();
}

void DistinctKeys::start_sketch() {
  if (sketch_) return;
  sketch_.emplace();
  keys_.for_each([&](const KeyEntry& entry) { sketch_->add(entry.key); });
  keys_ = {};
}

TermValue DistinctKeys::count() const {
  if (!sketch_) return TermValue::of(static_cast<Int128>(keys_.size()));
  TermValue value = TermValue::of(sketch_->estimate());
  value.estimated = true;
  return value;
}

void DistinctKeys::append_to(std::string& out) const {
  if (!sketch_) return append_keys(out, keys_, false);
  append_head(out, {.beyond = true, .entries = 1});
  sketch_->append_to(out);
}

std::optional<DistinctKeys> DistinctKeys::read(std::string_view bytes) {
  DistinctKeys distinct;
  if (auto stored = read_keys(bytes); stored && !stored->beyond) {
    distinct.keys_ = std::move(stored->keys);
    return distinct;
  }
  ByteReader reader(bytes);
  const auto head = take_head(reader, HyperLogLog::kRegisters);
  if (!head || !head->beyond || head->entries != 1) return std::nullopt;
  distinct.sketch_ = HyperLogLog::read(reader.rest());
  if (!distinct.sketch_) return std::nullopt;
  return distinct;
}

}  // namespace kpid
