#pragma once

#include <string>
#include <string_view>

namespace kpid {

/// The length in bytes of the longest valid UTF-8 prefix of `text` (RFC 3629: no surrogates,
/// nothing overlong, nothing beyond U+10FFFF).
size_t valid_utf8_prefix(std::string_view text);

/// Appends `text` with each maximal ill-formed part replaced by one U+FFFD.
/// Source: Unicode 15, section 3.9, "U+FFFD Substitution of Maximal Subparts".
void append_valid_utf8(std::string& out, std::string_view text);

}  // namespace kpid
