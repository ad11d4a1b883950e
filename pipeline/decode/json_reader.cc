#include "pipeline/decode/json_reader.h"

#include <algorithm>
#include <array>

#include "pipeline/decode/json_string.h"
#include "pipeline/decode/utf8.h"
#include "pipeline/event/decimal.h"

namespace kpid {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

const char* skip_blanks(const char* at) {
  // Nearly always there is none.
  while (static_cast<uint8_t>(*at) <= ' ' && is_blank(*at)) ++at;
  return at;
}

/// For each byte, whether it is one of `those`.
constexpr std::array<bool, 256> one_of(std::string_view those) {
  std::array<bool, 256> table{};
  for (const char c : those) table[static_cast<uint8_t>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kQuotesAndBrackets = one_of("\"{}[]");
constexpr std::array<bool, 256> kEndsBare = one_of(" \t\n\r,:\"[]{}");

/// Whether `c` ends a value without quotes or brackets around it.
bool ends_bare(char c) { return kEndsBare[static_cast<uint8_t>(c)]; }

const char* bare_end(const char* at) {
  while (!ends_bare(*at)) ++at;
  return at;
}

/// Whether `text` is what JSON calls a number, `true` or `false`.
bool is_json_literal(std::string_view text) {
  return text == "true" || text == "false" || is_number(text);
}

}  // namespace

JsonReader::JsonReader(const PathTree& tree, RowBuilder& row)
    : tree_(tree), row_(row), seen_(tree), orders_(tree.size) {
  add_orders(tree.root);
}

void JsonReader::add_orders(const PathNode& node) {
  orders_[node.id] = KeyOrder(node);
  for (const PathNode& child : node.children) add_orders(child);
}

bool JsonReader::read(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty() || text.back() != '}') return false;
  end_ = text.data() + text.size();
  seen_.clear();
  const char* const begin = skip_blanks(text.data());
  return *begin == '{' && read_object(begin, tree_.root) == end_;
}

inline const char* JsonReader::read_string(const char* at, std::string_view& text) {
  if (*at != '"') return nullptr;
  const char* const special = find_special(++at, end_);
  if (special == end_) return nullptr;
  if (*special != '"') return read_odd_string(at, text);
  text = {at, special};
  return special + 1;
}

const char* JsonReader::read_object(const char* at, const PathNode& node) {
  KeyOrder& order = orders_[node.id];
  KnownKey* key = &order.beginning();
  ++at;
  while (at != nullptr && at != end_) {
    if (key->goes_on({at, end_})) {
      at = skip_blanks(at + key->between().size());  // there may be more of them this time
      key = key->next();
    } else {
      const char* const behind = at;
      at = skip_blanks(at);
      if (*at == '}') return at + 1;
      if (key != &order.beginning() && *at++ != ',') return nullptr;
      std::string_view text;
      at = read_key(skip_blanks(at), text);
      if (at == nullptr) return nullptr;
      KnownKey& found = order.find(text);
      key->learn({behind, at}, found);
      key = &found;
    }
    const PathNode* const child = key->child();
    const bool wanted = child != nullptr && seen_.first(*child);
    at = wanted ? read_declared(at, *child) : skip_undeclared(at);
  }
  return nullptr;
}

/// A key and its colon.
const char* JsonReader::read_key(const char* at, std::string_view& text) {
  at = read_string(at, text);
  if (at == nullptr) return nullptr;
  at = skip_blanks(at);
  return *at == ':' ? skip_blanks(at + 1) : nullptr;
}

const char* JsonReader::read_declared(const char* at, const PathNode& node) {
  if (node.slots.empty()) return *at == '{' ? read_object(at, node) : skip_undeclared(at);
  if (*at == '"') return fill_string(at, node);
  if (*at != '{' && *at != '[') return fill_number(at, node);
  for (const Slot slot : node.slots) row_.set_wrong_type(slot);
  return check_container(at);
}

const char* JsonReader::fill_string(const char* at, const PathNode& node) {
  std::string_view value;
  at = read_string(at, value);
  if (at == nullptr) return nullptr;
  for (const Slot slot : node.slots) {
    if (lies_in_record(value)) {
      row_.set_kept(slot, value);
    } else {
      row_.set(slot, value);
    }
  }
  return at;
}

/// A value without quotes or brackets, which is a number nearly always.
const char* JsonReader::fill_number(const char* at, const PathNode& node) {
  PlainNumber number;
  const char* const end = number.read(at, end_);
  if (end == nullptr || !ends_bare(*end)) return fill_bare(at, node);
  for (const Slot slot : node.slots) {
    if (!row_.set_number(slot, number)) row_.set_kept(slot, {at, end});
  }
  return end;
}

/// Any such value.
const char* JsonReader::fill_bare(const char* at, const PathNode& node) {
  const char* const end = bare_end(at);
  const std::string_view value{at, end};
  if (value == "null") return end;
  if (!is_json_literal(value)) return nullptr;
  for (const Slot slot : node.slots) row_.set_kept(slot, value);
  return end;
}

/// The rest of a string, behind its opening quote.
const char* JsonReader::read_odd_string(const char* at, std::string_view& text) {
  const char* const quote = find_quote(at, end_);
  if (quote == nullptr) return nullptr;
  text = {at, quote};
  const bool well_formed = valid_utf8(text);
  const auto stands_for_itself = [](char c) { return c != '\\' && static_cast<uint8_t>(c) >= ' '; };
  if (well_formed && std::ranges::all_of(text, stands_for_itself)) return quote + 1;
  if (!well_formed) {
    repair_utf8(text, repaired_);
    text = repaired_;
  }
  if (!unescape(text, unescaped_)) return nullptr;
  text = unescaped_;
  return quote + 1;
}

/// A declared value that is no scalar: wrong, but not malformed if it is right in itself.
const char* JsonReader::check_container(const char* at) {
  open_objects_.clear();
  std::string_view key;
  while (true) {
    if (*at == '{' || *at == '[') {
      open_objects_.push_back(*at == '{');
      at = skip_blanks(at + 1);
      if (*at != closing_bracket()) {
        if (open_objects_.back()) at = read_key(at, key);
        if (at == nullptr) return nullptr;
        continue;
      }
    } else {
      at = check_scalar(at);
      if (at == nullptr) return nullptr;
    }
    // Behind a value. A bracket that closes here ends a value, too.
    at = skip_blanks(at);
    while (*at == closing_bracket()) {
      open_objects_.pop_back();
      if (open_objects_.empty()) return at + 1;
      if (at + 1 == end_) return nullptr;
      at = skip_blanks(at + 1);
    }
    if (*at != ',') return nullptr;
    at = skip_blanks(at + 1);
    if (open_objects_.back()) at = read_key(at, key);
    if (at == nullptr) return nullptr;
  }
}

const char* JsonReader::check_scalar(const char* at) {
  if (std::string_view text; *at == '"') return read_string(at, text);
  const char* const end = bare_end(at);
  const std::string_view value{at, end};
  return value == "null" || is_json_literal(value) ? end : nullptr;
}

const char* JsonReader::skip_undeclared(const char* at) const {
  if (*at == '"') return skip_string(at);
  if (*at == '{' || *at == '[') return skip_container(at);
  const char* const end = bare_end(at);
  return end == at ? nullptr : end;
}

const char* JsonReader::skip_container(const char* at) const {
  size_t open = 0;
  while (at != nullptr && at != end_) {
    while (!kQuotesAndBrackets[static_cast<uint8_t>(*at)]) ++at;
    if (*at == '"') {
      at = skip_string(at);
    } else if (*at == '{' || *at == '[') {
      ++open;
      ++at;
    } else {
      ++at;
      if (--open == 0) return at;
    }
  }
  return nullptr;
}

const char* JsonReader::skip_string(const char* at) const {
  const char* const special = find_special(at + 1, end_);
  if (special == end_) return nullptr;
  if (*special == '"') return special + 1;
  const char* const quote = find_quote(special, end_);
  return quote == nullptr ? nullptr : quote + 1;
}

}  // namespace kpid
