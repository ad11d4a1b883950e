#pragma once

#include <cstddef>
#include <string_view>

#include "pipeline/event/text_arena.h"

namespace kpid {

// What formulas do to a text. Texts are UTF-8; a byte that is not stands for itself.

/// How many code points the text has: bytes that begin one.
size_t length_of(std::string_view text);

/// Each letter by `lower_case`. The result lives in `arena`.
std::string_view to_lower(std::string_view text, TextArena& arena);

/// Each letter by `upper_case`. The result lives in `arena`.
std::string_view to_upper(std::string_view text, TextArena& arena);

/// The text between the blanks at its ends: a part of `text`. Blanks are the characters that
/// Unicode calls white space, among them line ends and the no-break space.
std::string_view trimmed(std::string_view text);

}  // namespace kpid
