#pragma once

#include <optional>
#include <vector>

#include "pipeline/formula/formula.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// The length of time that an argument says: `7d`, `1 year`, `2 windows`; nothing for anything
/// else, and a report.
std::optional<WrittenLookBack> check_span(const Syntax& argument, std::vector<TextError>& errors);

/// What is said of a span where none has a place.
TextError misplaced_span(const Syntax& span);

}  // namespace kpid
