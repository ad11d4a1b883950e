#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/row_expression.h"
#include "pipeline/formula/syntax.h"

namespace kpid {

class RowChecker;

/// A function of the language on the values of one event.
struct RowFunction {
  std::string_view name;
  size_t least_arguments;
  size_t most_arguments;  ///< SIZE_MAX: any number
  /// The call as an expression; nothing after a mistake, which was reported.
  /// REQUIRES: the call has a right number of arguments, and no `where`.
  RowExpressionPtr (*check)(RowChecker& checker, const Syntax& call);
};

/// All of them. A new one needs its line here, its words in config/REFERENCE.md and, unless it is
/// made of what there is, an operation of its own in row_operation.h.
std::span<const RowFunction> row_functions();

/// The function of this name, or null.
const RowFunction* find_row_function(std::string_view name);

/// The names of all.
const std::vector<std::string>& row_function_names();

}  // namespace kpid
