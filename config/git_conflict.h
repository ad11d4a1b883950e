#pragma once

#include <cstddef>
#include <optional>

#include "config/config_text.h"
#include "config/diagnostic.h"

namespace kpid {

/// A conflict that git left in the text, if one begins above the place at which a YAML reader could
/// go no further, or in its line.
std::optional<Diagnostic> git_conflict(const ConfigText& text, size_t line);

}  // namespace kpid
