#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace kpid {

/// The first byte of [at, end) that a string is not free to have as it is, or that is not ASCII: a
/// quote, a backslash, a control character, part of a longer code point; `end` where there is none.
inline const char* find_special(const char* at, const char* end) {
#ifdef __SSE2__
  // Sixteen at once: most strings are shorter.
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    // As signed numbers, control characters and all that is not ASCII are below a blank.
    const __m128i others = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
    const int special = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), others));
    if (special != 0) return at + std::countr_zero(static_cast<unsigned>(special));
  }
#endif
  while (at != end && *at != '"' && *at != '\\' && static_cast<int8_t>(*at) >= ' ') ++at;
  return at;
}

/// The closing quote of the string whose text begins at `at`, whatever is in it; nullptr where
/// there is none in front of `end`.
const char* find_quote(const char* at, const char* end);

/// What the characters between a string's quotes stand for; a lone surrogate becomes U+FFFD. False
/// where they are not as RFC 8259 has them. REQUIRES: `quoted` is well-formed UTF-8.
bool unescape(std::string_view quoted, std::string& text);

}  // namespace kpid
