#include "pipeline/decode/json_decoder.h"

#include <simdjson.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/check.h"
#include "pipeline/decode/json_reader.h"
#include "pipeline/decode/path_tree.h"
#include "pipeline/decode/row_builder.h"
#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

/// How many undeclared keys of an object are remembered beside the declared ones.
constexpr size_t kUndeclaredKeys = 32;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

template <class Word>
bool same_word(const char* a, const char* b) {
  Word left;
  Word right;
  std::memcpy(&left, a, sizeof(Word));
  std::memcpy(&right, b, sizeof(Word));
  return left == right;
}

/// Whether two keys are the same. Most are short: two words that may overlap cover them.
bool same_key(std::string_view a, std::string_view b) {
  const size_t size = a.size();
  if (size != b.size()) return false;
  const auto covered_by = [&]<class Word>(Word) {
    const size_t last = size - sizeof(Word);
    return same_word<Word>(a.data(), b.data()) && same_word<Word>(a.data() + last, b.data() + last);
  };
  if (size > 16) return a == b;
  if (size >= 8) return covered_by(uint64_t{});
  if (size >= 4) return covered_by(uint32_t{});
  if (size >= 2) return covered_by(uint16_t{});
  return size == 0 || a[0] == b[0];
}

/// The keys of the objects at one place of the records, each with the key that followed it last:
/// producers write their keys in the same order nearly always, so that the next one is guessed, and
/// one comparison finds it.
class KeyOrder {
 public:
  explicit KeyOrder(const PathNode& node) : node_(node) {
    keys_.push_back({});  // stands for the beginning of an object
    for (const PathNode& child : node.children)
      keys_.push_back({.text = child.key, .child = &child});
  }

  /// Where an object begins.
  static constexpr size_t kBegin = 0;

  /// The declared child with key `text`, nothing for an undeclared key. `at` is the key in front of
  /// it, and becomes this one.
  const PathNode* find(std::string_view text, size_t& at) {
    const size_t guess = keys_[at].next;
    if (guess == kBegin || !same_key(keys_[guess].text, text)) return search(text, at);
    at = guess;
    return keys_[guess].child;
  }

 private:
  struct KnownKey {
    std::string text;
    const PathNode* child = nullptr;  ///< nothing: undeclared
    size_t next = kBegin;             ///< the key that came behind it last
  };

  [[gnu::noinline]] const PathNode* search(std::string_view text, size_t& at) {
    size_t found = kBegin + 1;
    while (found < keys_.size() && !same_key(keys_[found].text, text)) ++found;
    if (found == keys_.size()) {
      if (keys_.size() > node_.children.size() + kUndeclaredKeys) return nullptr;
      keys_.push_back({.text = std::string(text)});
    }
    keys_[at].next = found;
    at = found;
    return keys_[found].child;
  }

  const PathNode& node_;
  std::vector<KnownKey> keys_;
};

/// Reads plain records quickly: simdjson finds where tokens begin, and this walks from one to the
/// next. Only sure of what it accepts: at the first oddity it gives up, for JsonReader to have the
/// last word.
///
/// simdjson's first stage alone is used, the one with vector instructions. It tells where every
/// bracket, comma, colon, opening quote and bare scalar stands outside of strings, and refuses
/// ill-formed UTF-8, strings that do not end and control characters in them. It reads nothing
/// beyond the text. Between a token and the next there is nothing but its own text and blanks.
///
/// REQUIRES of every record: no backslash, so that quotes are where strings end.
class QuickReader {
 public:
  QuickReader(const PathTree& tree, RowBuilder& row) : tree_(tree), row_(row), seen_(tree) {
    orders_.reserve(tree.size);
    add_orders(tree.root);
  }

  /// Fills the row begun in the builder with texts that lie in `text`; false: look more closely.
  bool read(std::string_view text) {
    if (!find_tokens(text)) return false;
    seen_.clear();
    return next() == '{' && read_object(tree_.root) && token_ == end_;
  }

 private:
  void add_orders(const PathNode& node) {
    if (orders_.size() <= node.id) orders_.resize(node.id + 1);
    orders_[node.id] = std::make_unique<KeyOrder>(node);
    for (const PathNode& child : node.children) add_orders(child);
  }

  bool find_tokens(std::string_view text) {
    if (text.size() > parser_.capacity() && parser_.allocate(text.size()) != simdjson::SUCCESS) {
      return false;
    }
    auto& stage = *parser_.implementation;
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    if (stage.stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
      return false;
    }
    text_ = text.data();
    token_ = stage.structural_indexes.get();
    end_ = token_ + stage.n_structural_indexes;
    return true;
  }

  /// Takes the next token and says what it begins with; NUL where there is none.
  char next() { return token_ == end_ ? '\0' : text_[*token_++]; }

  /// From the place `begin` to the next token, without blanks. REQUIRES: there is a next token.
  std::string_view until_token(uint32_t begin) const {
    uint32_t end = *token_;
    while (text_[end - 1] <= ' ' && is_blank(text_[end - 1])) --end;
    return {text_ + begin, end - begin};
  }

  /// What is between the quotes of the string token taken last; false where it does not end.
  bool take_string(std::string_view& text) const {
    if (token_ == end_) return false;
    text = until_token(token_[-1]);
    if (text.size() < 2 || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    return true;
  }

  bool read_object(const PathNode& node) {
    if (token_ != end_ && text_[*token_] == '}') {
      ++token_;
      return true;
    }
    KeyOrder& order = *orders_[node.id];
    size_t key_at = KeyOrder::kBegin;
    while (true) {
      std::string_view key;
      if (next() != '"' || !take_string(key) || next() != ':') return false;
      const PathNode* child = order.find(key, key_at);
      const bool wanted = child != nullptr && seen_.first(*child);
      if (!(wanted ? read_declared(*child) : skip())) return false;
      const char behind = next();
      if (behind == '}') return true;
      if (behind != ',') return false;
    }
  }

  bool read_declared(const PathNode& node) {
    if (token_ == end_) return false;
    const char first = text_[*token_];
    if (node.slots.empty()) {
      if (first != '{') return skip();
      ++token_;
      return read_object(node);
    }
    std::string_view value;
    switch (next()) {
      case '"':
        if (!take_string(value)) return false;
        break;
      case '{':
      case '[':
        return false;
      default:
        if (token_ == end_) return false;
        return fill_bare(node, until_token(token_[-1]));
    }
    for (const Slot slot : node.slots) row_.set_kept(slot, value);
    return true;
  }

  /// What a slot has taken that takes literals alone needs no second look.
  bool fill_bare(const PathNode& node, std::string_view value) {
    if (value == "null") return true;
    for (const Slot slot : node.slots) {
      const bool taken = row_.set_kept(slot, value);
      if (!(taken && row_.takes_literals_alone(slot)) && !is_json_literal(value)) return false;
    }
    return true;
  }

  /// Passes over a value, of which only strings and brackets are looked at.
  bool skip() {
    size_t open = 0;
    do {
      if (token_ == end_) return false;
      switch (next()) {
        case '{':
        case '[':
          ++open;
          break;
        case '}':
        case ']':
          if (open == 0) return false;
          --open;
          break;
        case ',':
        case ':':
          if (open == 0) return false;
          break;
        case '"':
          break;
        default:
          // A quote right behind a scalar begins a string that is no token.
          if (token_ == end_ || until_token(token_[-1]).find('"') != std::string_view::npos) {
            return false;
          }
      }
    } while (open > 0);
    return true;
  }

  const PathTree& tree_;
  RowBuilder& row_;
  SeenKeys seen_;
  std::vector<std::unique_ptr<KeyOrder>> orders_;  ///< by PathNode::id
  simdjson::dom::parser parser_;                   ///< for its first stage
  const char* text_ = nullptr;
  const uint32_t* token_ = nullptr;  ///< the next token: its place in the text
  const uint32_t* end_ = nullptr;
};

/// Whether simdjson runs with vector instructions on this machine. Its code without them cuts odd
/// text into other tokens (in `[a"b,"c":1]` it sees no text), so it cannot be the quick way.
bool has_vector_instructions() {
  return simdjson::get_active_implementation()->name() != "fallback";
}

class JsonDecoder : public Decoder {
 public:
  JsonDecoder(const SourceDefinition& source, const Limits& limits)
      : record_bytes_(limits.record_bytes),
        tree_(source),
        row_(source, limits),
        quick_(tree_, row_),
        reader_(tree_, row_) {}

  std::optional<RejectReason> decode(const Record& record, EventBatch& batch) override {
    if (record.value.size() > record_bytes_) return RejectReason::kTooLarge;
    if (record.value.empty()) return RejectReason::kMalformed;
    row_.begin(batch);
    if (!read_quickly(record.value)) {
      row_.begin(batch);
      if (!read_closely(record.value)) return RejectReason::kMalformed;
    }
    return row_.finish(record.timestamp);
  }

 private:
  bool read_quickly(std::string_view value) {
    if (!quick_fits_ || value.find('\\') != std::string_view::npos) return false;
    return quick_.read(value);
  }

  bool read_closely(std::string_view value) {
    if (valid_utf8(value)) return reader_.read(value);
    repair_utf8(value, repaired_);
    return reader_.read(repaired_);
  }

  const size_t record_bytes_;
  const bool quick_fits_ = has_vector_instructions();
  const PathTree tree_;
  RowBuilder row_;
  QuickReader quick_;
  JsonReader reader_;
  std::string repaired_;  ///< a record whose UTF-8 was ill-formed
};

}  // namespace

std::unique_ptr<Decoder> make_json_decoder(const SourceDefinition& source, const Limits& limits) {
  return std::make_unique<JsonDecoder>(source, limits);
}

}  // namespace kpid
