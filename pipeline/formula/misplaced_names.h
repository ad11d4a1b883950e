#pragma once

#include <span>
#include <string_view>

#include "pipeline/formula/formula.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// What is wrong with a name between aggregates that is no KPI's: a field or a source that stands
/// outside of an aggregate, or nothing that is known.
TextError misplaced_name(const Syntax& syntax, const FormulaScope& scope);

/// What is wrong with a call between aggregates of something that is no function there. `functions`
/// are those that there are beside aggregates and functions of windows.
TextError unknown_function(const Syntax& syntax, std::span<const std::string_view> functions);

}  // namespace kpid
