#include "pipeline/decode/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

namespace kpid {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// How much of a text's first code point is well-formed.
struct Sequence {
  size_t size = 1;  ///< bytes of the code point, or of its maximal ill-formed part
  bool valid = false;
};

bool is_tail(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

/// REQUIRES: `text` is not empty. Follows table 3-7 of the Unicode standard: only the second byte
/// of a sequence has a range that depends on the first.
Sequence first_sequence(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (size_t i = 1; i < size; ++i) {
    if (i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {size, true};
}

/// Bytes of ASCII that `text` begins with, counted by the word: a lower bound.
size_t ascii_prefix(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t size = 0;
  while (size + 8 <= text.size()) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + size, 8);
    if ((word & kHighBits) != 0) break;
    size += 8;
  }
  return size;
}

}  // namespace

bool valid_utf8(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const auto lead = static_cast<uint8_t>(*at);
    if (lead < 0x80) {
      at += std::max<size_t>(ascii_prefix({at, end}), 1);
    } else if (lead >= 0xC2 && lead < 0xE0 && end - at >= 2 && is_tail(at[1])) {
      at += 2;  // most letters that are not ASCII, in one step
    } else {
      const Sequence sequence = first_sequence({at, end});
      if (!sequence.valid) return false;
      at += sequence.size;
    }
  }
  return true;
}

void repair_utf8(std::string_view text, std::string& repaired) {
  repaired.clear();
  while (!text.empty()) {
    const Sequence sequence = first_sequence(text);
    repaired += sequence.valid ? text.substr(0, sequence.size) : kReplacement;
    text.remove_prefix(sequence.size);
  }
}

std::string_view cut_at_code_point(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && is_tail(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::optional<char32_t> first_code_point(std::string_view text, size_t& size) {
  const Sequence sequence = first_sequence(text);
  size = sequence.size;
  if (!sequence.valid) return std::nullopt;
  constexpr uint8_t kLeadBits[] = {0x7F, 0x1F, 0x0F, 0x07};
  char32_t value = static_cast<uint8_t>(text[0]) & kLeadBits[size - 1];
  for (size_t i = 1; i < size; ++i) value = value << 6 | (static_cast<uint8_t>(text[i]) & 0x3F);
  return value;
}

char* write_utf8(char32_t code_point, char* to) {
  const auto tail = [&](int shift) {
    return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F));
  };
  if (code_point < 0x80) {
    *to++ = static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    *to++ = static_cast<char>(0xC0 | (code_point >> 6));
    *to++ = tail(0);
  } else if (code_point < 0x10000) {
    *to++ = static_cast<char>(0xE0 | (code_point >> 12));
    *to++ = tail(6);
    *to++ = tail(0);
  } else {
    *to++ = static_cast<char>(0xF0 | (code_point >> 18));
    *to++ = tail(12);
    *to++ = tail(6);
    *to++ = tail(0);
  }
  return to;
}

void append_utf8(char32_t code_point, std::string& out) {
  char bytes[4];
  out.append(bytes, write_utf8(code_point, bytes));
}

std::string_view false_blank_name(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kFalseBlanks = {
      {{"\u00A0", "a no-break space, U+00A0"},
       {"\u00AD", "a soft hyphen, U+00AD"},
       {"\u2002", "an en space, U+2002"},
       {"\u2003", "an em space, U+2003"},
       {"\u2009", "a thin space, U+2009"},
       {"\u200B", "a zero-width space, U+200B"},
       {"\u200C", "a zero-width non-joiner, U+200C"},
       {"\u200D", "a zero-width joiner, U+200D"},
       {"\u202F", "a narrow no-break space, U+202F"},
       {"\u2060", "a word joiner, U+2060"},
       {"\u3000", "an ideographic space, U+3000"},
       {"\uFEFF", "a byte order mark, U+FEFF"}}};
  const auto found = std::find_if(kFalseBlanks.begin(), kFalseBlanks.end(),
                                  [&](const auto& known) { return text.starts_with(known.first); });
  return found == kFalseBlanks.end() ? std::string_view() : found->second;
}

}  // namespace kpid
