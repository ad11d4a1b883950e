#include "pipeline/formula/text_functions.h"

#include <algorithm>
#include <functional>

#include "pipeline/decode/utf8.h"
#include "pipeline/formula/letter_case.h"

namespace kpid {
namespace {

// Letters of two bytes may have another case of three; no letter grows by more.
constexpr size_t room_for(size_t bytes) { return bytes + bytes / 2; }

using LetterMapping = char32_t (*)(char32_t);

std::string_view map_letters(std::string_view text, LetterMapping other_case, TextArena& arena) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
  char* const start = arena.allocate(ascii ? text.size() : room_for(text.size()));
  if (ascii) {
    std::transform(text.begin(), text.end(), start, [&](char c) {
      return static_cast<char>(other_case(static_cast<unsigned char>(c)));
    });
    return {start, text.size()};
  }
  char* end = start;
  while (!text.empty()) {
    size_t size = 0;
    if (const auto letter = first_code_point(text, size)) {
      end = write_utf8(other_case(*letter), end);
    } else {
      end = std::copy_n(text.data(), size, end);
    }
    text.remove_prefix(size);
  }
  return {start, static_cast<size_t>(end - start)};
}

/// Source: Unicode's property White_Space.
bool is_blank(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Bytes of the blank at the end of the text; 0 where none is. REQUIRES: `text` is not empty.
size_t last_blank(std::string_view text) {
  size_t start = text.size() - 1;
  while (start > 0 && continues(text[start])) --start;
  size_t size = 0;
  const auto last = first_code_point(text.substr(start), size);
  return last && start + size == text.size() && is_blank(*last) ? size : 0;
}

}  // namespace

size_t length_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), std::not_fn(continues)));
}

std::string_view to_lower(std::string_view text, TextArena& arena) {
  return map_letters(text, lower_case, arena);
}

std::string_view to_upper(std::string_view text, TextArena& arena) {
  return map_letters(text, upper_case, arena);
}

std::string_view trimmed(std::string_view text) {
  size_t size = 0;
  while (!text.empty()) {
    const auto first = first_code_point(text, size);
    if (!first || !is_blank(*first)) break;
    text.remove_prefix(size);
  }
  while (!text.empty() && (size = last_blank(text)) > 0) text.remove_suffix(size);
  return text;
}

}  // namespace kpid
