#pragma once

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/decode/path_tree.h"

namespace kpid {

/// A key of an object, and what came behind it last.
class KnownKey {
 public:
  /// `declared`: what is declared under the key; nothing for an undeclared one.
  KnownKey(std::string_view text, const PathNode* declared) : text_(text), child_(declared) {}

  /// What stands between its quotes, without escapes.
  std::string_view text() const { return text_; }
  const PathNode* child() const { return child_; }

  /// Whether `rest`, behind a value of this key, goes on as it did last: with `between`, up to the
  /// value of `next`. False where nothing is learned.
  bool goes_on(std::string_view rest) const {
    if (rest.size() < sizeof(Word)) return next_ != nullptr && rest.starts_with(between());
    Word front;
    std::memcpy(&front, rest.data(), sizeof(Word));
    if ((front & front_mask_) != front_) return false;
    return between_size_ <= sizeof(Word) || rest.starts_with(between());
  }
  /// A comma, the next key, a colon, and blanks, as a record had them.
  std::string_view between() const { return {between_.data(), between_size_}; }
  KnownKey* next() const { return next_; }

  /// Notes how a record went on. What is too long to keep is not learned.
  void learn(std::string_view between, KnownKey& next);

 private:
  using Word = unsigned __int128;
  /// Enough for a key, a line break and its indent; little beside a record.
  static constexpr size_t kLongestBetween = 64;

  std::string text_;
  const PathNode* child_;
  KnownKey* next_ = nullptr;
  Word front_ = 1;       ///< the first bytes of `between`, zeros behind them; at first no text's
  Word front_mask_ = 0;  ///< ones where `front_` is of `between`
  size_t between_size_ = 0;
  std::array<char, kLongestBetween> between_{};
};

/// The keys of the objects at one place of the records, each with what came behind it last:
/// producers write their records alike nearly always, so that one comparison leads from a value to
/// the next.
class KeyOrder {
 public:
  KeyOrder() = default;
  /// Keeps references to the children of `node`.
  explicit KeyOrder(const PathNode& node);

  /// Stands for the beginning of an object, in front of its first key.
  KnownKey& beginning() { return keys_.front(); }
  /// The key of this text. All undeclared ones that are too many or too long are one and the same.
  KnownKey& find(std::string_view text);

 private:
  std::vector<KnownKey> keys_;  ///< point at each other: never more than was reserved
};

}  // namespace kpid
