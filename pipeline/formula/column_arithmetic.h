#pragma once

#include "pipeline/event/column.h"
#include "pipeline/formula/row_operation.h"

namespace kpid {

// Arithmetic on the rows of whole columns. A row is null where an operand is; where the result
// passes its type's range, or a divisor is zero, it is null too and counted. The result's column
// has its type and room for the rows.

/// kNegate, kAbs, kRound (at `digits` fractional digits), kWiden or kToDecimal.
/// Returns how many rows arithmetic made null.
uint64_t apply_to_column(RowOperation operation, int64_t digits, const Column& operand,
                         const Selection& rows, Column& result);

/// kAdd, kSubtract, kMultiply or kDivide. Returns how many rows arithmetic made null.
uint64_t combine_columns(RowOperation operation, const Column& left, const Column& right,
                         const Selection& rows, Column& result);

}  // namespace kpid
