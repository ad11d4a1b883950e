#include "pipeline/decode/key_order.h"

#include <algorithm>

namespace kpid {

namespace {

/// How many undeclared keys of an object are remembered beside the declared ones.
constexpr size_t kUndeclaredKeys = 32;
/// How long they may be.
constexpr size_t kUndeclaredKeyBytes = 64;

/// In front of the keys: the beginning, and one for the undeclared keys that are not remembered.
constexpr size_t kNotRemembered = 1;
constexpr size_t kFirstKey = 2;

}  // namespace

void KnownKey::learn(std::string_view between, KnownKey& next) {
  if (between.size() > kLongestBetween) return;
  next_ = &next;
  between_size_ = between.size();
  std::memcpy(between_.data(), between.data(), between.size());
  front_mask_ = 0;
  std::memset(&front_mask_, 0xFF, std::min(between.size(), sizeof(Word)));
  std::memcpy(&front_, between_.data(), sizeof(Word));
  front_ &= front_mask_;
}

KeyOrder::KeyOrder(const PathNode& node) {
  keys_.reserve(kFirstKey + node.children.size() + kUndeclaredKeys);
  keys_.resize(kFirstKey, KnownKey({}, nullptr));
  for (const PathNode& child : node.children) keys_.emplace_back(child.key, &child);
}

KnownKey& KeyOrder::find(std::string_view text) {
  for (size_t i = kFirstKey; i < keys_.size(); ++i) {
    if (keys_[i].text() == text) return keys_[i];
  }
  if (keys_.size() == keys_.capacity() || text.size() > kUndeclaredKeyBytes) {
    return keys_[kNotRemembered];
  }
  return keys_.emplace_back(text, nullptr);
}

}  // namespace kpid
