#pragma once

#include <vector>

#include "pipeline/formula/formula.h"
#include "pipeline/formula/syntax.h"

namespace kpid {

/// The source that an aggregate reads. The first qualified name fixes it, and so does a source's
/// name as the argument of count. An aggregate with bare names only reads the one source that
/// declares them all; without names, the only source there is. Otherwise nothing, and a report.
const SourceDefinition* resolve_source(const Syntax& aggregate, const FormulaScope& scope,
                                       std::vector<TextError>& errors);

/// Whether the aggregate counts events: count(source), with or without a condition.
bool counts_events(const Syntax& aggregate, const FormulaScope& scope);

}  // namespace kpid
