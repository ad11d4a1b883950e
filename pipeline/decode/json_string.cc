#include "pipeline/decode/json_string.h"

#include <cstring>

#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// Takes four hexadecimal digits off the front.
bool read_hex(std::string_view& rest, char32_t& unit) {
  constexpr size_t kDigits = 4;
  if (rest.size() < kDigits) return false;
  unit = 0;
  for (const char c : rest.substr(0, kDigits)) {
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
  rest.remove_prefix(kDigits);
  return true;
}

/// Takes an escape, without its backslash, off the front.
bool read_escape(std::string_view& rest, std::string& text) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (rest.empty()) return false;
  const char name = rest[0];
  rest.remove_prefix(1);
  if (name != 'u') {
    const size_t index = kNames.find(name);
    if (index == std::string_view::npos) return false;
    text += kMeanings[index];
    return true;
  }
  char32_t unit = 0;
  if (!read_hex(rest, unit)) return false;
  if (is_high_surrogate(unit)) {
    // Only a low surrogate right behind it makes a pair; anything else there is read on its own.
    std::string_view behind = rest;
    char32_t low = 0;
    if (behind.starts_with("\\u")) {
      behind.remove_prefix(2);
      if (read_hex(behind, low) && is_low_surrogate(low)) rest = behind;
    }
    unit =
        is_low_surrogate(low) ? 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00) : kReplacement;
  } else if (is_low_surrogate(unit)) {
    unit = kReplacement;
  }
  append_utf8(unit, text);
  return true;
}

}  // namespace

const char* find_quote(const char* at, const char* end) {
  const auto find = [](char c, const char* from, const char* to) {
    return static_cast<const char*>(std::memchr(from, c, static_cast<size_t>(to - from)));
  };
  const char* quote = find('"', at, end);
  while (quote != nullptr) {
    const char* const backslash = find('\\', at, quote);
    if (backslash == nullptr) return quote;
    at = backslash + 2;
    if (at > quote) quote = find('"', at, end);  // it is escaped
  }
  return nullptr;
}

bool unescape(std::string_view quoted, std::string& text) {
  text.clear();
  while (!quoted.empty()) {
    const char c = quoted[0];
    if (static_cast<uint8_t>(c) < 0x20) return false;
    quoted.remove_prefix(1);
    if (c != '\\') {
      text += c;
    } else if (!read_escape(quoted, text)) {
      return false;
    }
  }
  return true;
}

}  // namespace kpid
