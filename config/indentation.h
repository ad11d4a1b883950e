#pragma once

#include <cstddef>
#include <optional>

#include "config/config_text.h"
#include "config/diagnostic.h"

namespace kpid {

/// Why a YAML reader can go no further than `line`, if that is because of where that line or one
/// shortly before it begins, or because one is no key. Nothing where the cause is another one, as
/// for all that stands within quotes or brackets.
std::optional<Diagnostic> indentation_mistake(const ConfigText& text, size_t line);

/// The line below `line`, which is an entry of a list, if that line would be the next entry but is
/// indented deeper: YAML reads it as more text of this one.
std::optional<Diagnostic> swallowed_entry(const ConfigText& text, size_t line);

}  // namespace kpid
