#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kpid {

/// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF).
bool valid_utf8(std::string_view text);

/// Replaces `repaired` by `text` in which each maximal ill-formed part became one U+FFFD.
/// Source: Unicode 15, section 3.9, "U+FFFD Substitution of Maximal Subparts".
void repair_utf8(std::string_view text, std::string& repaired);

/// The longest beginning of `text` of at most `bytes` bytes that ends at a whole code point.
/// REQUIRES: `text` is well-formed UTF-8.
std::string_view cut_at_code_point(std::string_view text, size_t bytes);

/// The code point that `text` begins with, and in `size` how many bytes it has; nothing where the
/// text begins with an ill-formed part, of `size` bytes. REQUIRES: `text` is not empty.
std::optional<char32_t> first_code_point(std::string_view text, size_t& size);

/// Writes `code_point` in UTF-8, at most four bytes; returns where it ends.
/// REQUIRES: at most U+10FFFF and no surrogate.
char* write_utf8(char32_t code_point, char* to);

/// Appends `code_point` in UTF-8. REQUIRES: at most U+10FFFF and no surrogate.
void append_utf8(char32_t code_point, std::string& out);

/// What the text begins with, if that is a character that looks like a blank or like nothing and is
/// no blank: "a no-break space, U+00A0"; else empty.
std::string_view false_blank_name(std::string_view text);

}  // namespace kpid
