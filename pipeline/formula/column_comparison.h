#pragma once

#include <vector>

#include "pipeline/event/column.h"
#include "pipeline/formula/literal.h"
#include "pipeline/formula/row_operation.h"

namespace kpid {

// Comparisons on the rows of whole columns. A row is null where an operand is. Both sides have one
// type; the result's column has its type and room for the rows.

/// kEqual, kNotEqual, kLess, kLessEqual, kGreater or kGreaterEqual.
void compare_columns(RowOperation operation, const Column& left, const Column& right,
                     const Selection& rows, Column& result);
/// The same with a constant that is not null.
void compare_with_constant(RowOperation operation, const Column& left, const Literal& right,
                           const Selection& rows, Column& result);

/// Whether the value is in the list.
void search_list(const Column& values, const std::vector<Literal>& list, const Selection& rows,
                 Column& result);

/// kMin or kMax.
void choose_extreme(RowOperation operation, const Column& left, const Column& right,
                    const Selection& rows, Column& result);

}  // namespace kpid
