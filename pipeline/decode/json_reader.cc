#include "pipeline/decode/json_reader.h"

#include <cstdint>

#include "pipeline/decode/utf8.h"
#include "pipeline/event/decimal.h"

namespace kpid {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Whether `c` ends a value without quotes or brackets around it.
bool ends_bare(char c) {
  return is_blank(c) || c == ',' || c == ':' || c == '"' || c == '[' || c == ']' || c == '{' ||
         c == '}';
}

bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

bool is_json_literal(std::string_view text) {
  return text == "true" || text == "false" || is_number(text);
}

JsonReader::JsonReader(const PathTree& tree, RowBuilder& row)
    : tree_(tree), row_(row), seen_(tree) {}

bool JsonReader::read(std::string_view text) {
  at_ = text.data();
  end_ = at_ + text.size();
  seen_.clear();
  skip_blanks();
  if (!read_object(tree_.root)) return false;
  skip_blanks();
  return at_ == end_;
}

bool JsonReader::read_object(const PathNode& node) {
  if (!eat('{')) return false;
  skip_blanks();
  if (eat('}')) return true;
  while (true) {
    if (!read_string(key_)) return false;
    skip_blanks();
    if (!eat(':')) return false;
    skip_blanks();
    const PathNode* child = node.child(key_);
    const bool wanted = child != nullptr && seen_.first(*child);
    if (!(wanted ? read_declared(*child) : skip_undeclared())) return false;
    skip_blanks();
    if (eat('}')) return true;
    if (!eat(',')) return false;
    skip_blanks();
  }
}

bool JsonReader::read_declared(const PathNode& node) {
  const bool container = peek() == '{' || peek() == '[';
  if (!node.slots.empty()) {
    if (!container) return fill_scalar(node);
    for (const Slot slot : node.slots) row_.set_wrong_type(slot);
    return check_container();
  }
  return peek() == '{' ? read_object(node) : skip_undeclared();
}

bool JsonReader::fill_scalar(const PathNode& node) {
  std::string_view value;
  if (peek() == '"') {
    if (!read_string(text_)) return false;
    value = text_;
  } else {
    value = read_bare();
    if (value == "null") return true;
    if (!is_json_literal(value)) return false;
  }
  for (const Slot slot : node.slots) row_.set(slot, value);
  return true;
}

bool JsonReader::read_string(std::string& out) {
  out.clear();
  if (!eat('"')) return false;
  const char* plain = at_;
  for (; at_ != end_; ++at_) {
    if (*at_ == '"') {
      out.append(plain, at_++);
      return true;
    }
    if (static_cast<uint8_t>(*at_) < 0x20) return false;
    if (*at_ == '\\') {
      out.append(plain, at_++);
      if (!read_escape(out)) return false;
      plain = at_--;
    }
  }
  return false;
}

bool JsonReader::read_escape(std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (at_ == end_) return false;
  const char name = *at_++;
  if (name != 'u') {
    const size_t index = kNames.find(name);
    if (index == std::string_view::npos) return false;
    out += kMeanings[index];
    return true;
  }
  char32_t unit = 0;
  if (!read_hex(unit)) return false;
  if (is_high_surrogate(unit)) {
    // Only a low surrogate right behind it makes a pair; anything else there is read on its own.
    const char* const behind = at_;
    char32_t low = 0;
    if (eat('\\') && eat('u') && read_hex(low) && is_low_surrogate(low)) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else {
      at_ = behind;
      unit = kReplacement;
    }
  } else if (is_low_surrogate(unit)) {
    unit = kReplacement;
  }
  append_utf8(unit, out);
  return true;
}

bool JsonReader::read_hex(char32_t& unit) {
  if (end_ - at_ < 4) return false;
  unit = 0;
  for (const char* const stop = at_ + 4; at_ != stop; ++at_) {
    const char c = *at_;
    char32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<char32_t>(c - '0');
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      digit = static_cast<char32_t>((c | 0x20) - 'a' + 10);
    } else {
      return false;
    }
    unit = unit * 16 + digit;
  }
  return true;
}

std::string_view JsonReader::read_bare() {
  const char* const start = at_;
  while (at_ != end_ && !ends_bare(*at_)) ++at_;
  return {start, static_cast<size_t>(at_ - start)};
}

bool JsonReader::check_container() {
  open_objects_.clear();
  while (true) {
    if (peek() == '{' || peek() == '[') {
      open_objects_.push_back(*at_++ == '{');
      skip_blanks();
      if (peek() != closing_bracket()) {
        if (open_objects_.back() && !check_key()) return false;
        continue;
      }
    } else if (!check_scalar()) {
      return false;
    }
    // Behind a value. A bracket that closes here ends a value, too.
    skip_blanks();
    while (eat(closing_bracket())) {
      open_objects_.pop_back();
      if (open_objects_.empty()) return true;
      skip_blanks();
    }
    if (!eat(',')) return false;
    skip_blanks();
    if (open_objects_.back() && !check_key()) return false;
  }
}

bool JsonReader::check_scalar() {
  if (peek() == '"') return read_string(text_);
  const std::string_view value = read_bare();
  return value == "null" || is_json_literal(value);
}

bool JsonReader::check_key() {
  if (!read_string(text_)) return false;
  skip_blanks();
  if (!eat(':')) return false;
  skip_blanks();
  return true;
}

bool JsonReader::skip_undeclared() {
  if (peek() == '"') return skip_string();
  if (peek() != '{' && peek() != '[') return !read_bare().empty();
  size_t open = 0;
  while (at_ != end_) {
    const char c = *at_;
    if (c == '"') {
      if (!skip_string()) return false;
      continue;
    }
    ++at_;
    if (c == '{' || c == '[') ++open;
    if ((c == '}' || c == ']') && --open == 0) return true;
  }
  return false;
}

bool JsonReader::skip_string() {
  for (++at_; at_ != end_; ++at_) {
    if (*at_ == '"') {
      ++at_;
      return true;
    }
    if (*at_ == '\\' && ++at_ == end_) return false;
  }
  return false;
}

void JsonReader::skip_blanks() {
  while (at_ != end_ && is_blank(*at_)) ++at_;
}

bool JsonReader::eat(char expected) {
  if (at_ == end_ || *at_ != expected) return false;
  ++at_;
  return true;
}

}  // namespace kpid
