#pragma once

#include <string>
#include <string_view>

#include "pipeline/decode/utf8.h"

namespace kpid {

/// Appends `text`, each maximal ill-formed part of its UTF-8 as one U+FFFD.
inline void append_valid_utf8(std::string& out, std::string_view text) {
  if (valid_utf8(text)) {
    out += text;
    return;
  }
  std::string repaired;
  repair_utf8(text, repaired);
  out += repaired;
}

/// Appends `text` as valid UTF-8 with the characters replaced that may not stand in it:
/// `escape(char)` gives what stands for an ASCII character instead, as a string or a view, and an
/// empty one for what may stand as it is.
template <class Escape>
void append_escaped(std::string& out, std::string_view text, Escape escape) {
  size_t copied = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto instead = escape(text[at]);
    if (instead.empty()) continue;
    append_valid_utf8(out, text.substr(copied, at - copied));
    out += instead;
    copied = at + 1;
  }
  append_valid_utf8(out, text.substr(copied));
}

}  // namespace kpid
