#include "pipeline/formula/column_arithmetic.h"

#include "pipeline/check.h"
#include "pipeline/formula/column_values.h"
#include "pipeline/formula/row_arithmetic.h"

namespace kpid {
namespace {

/// Writes what `operate` makes of each row that is present; it says false for no result. Returns
/// how often it did.
template <class Value, class Operate>
uint64_t write_rows(Column& result, const Selection& rows, const Operate& operate) {
  uint64_t nulls = 0;
  Value* target = values_of<Value>(result).data();
  for (const uint32_t row : rows) {
    if (result.present[row] == 0) continue;
    if (operate(row, target[row])) continue;
    result.present[row] = 0;
    ++nulls;
  }
  return nulls;
}

template <RowOperation kOperation>
uint64_t combine_values(const Column& left, const Column& right, const Selection& rows,
                        Column& result) {
  const auto write_nanos = [&](const auto& operate) {
    return write_rows<Int128>(result, rows, operate);
  };
  if (result.type == Type::kInt) {
    const auto operate = [a = left.integers.data(), b = right.integers.data()](uint32_t row,
                                                                               int64_t& value) {
      return combine_ints<kOperation>(a[row], b[row], value);
    };
    return write_rows<int64_t>(result, rows, operate);
  }
  if (left.type != Type::kTime && right.type != Type::kTime) {
    return write_nanos(
        [a = left.nanos.data(), b = right.nanos.data()](uint32_t row, Int128& value) {
          return combine_nanos<kOperation>(a[row], b[row], value);
        });
  }
  if (left.type == right.type) {
    return write_nanos(
        [a = left.integers.data(), b = right.integers.data()](uint32_t row, Int128& value) {
          return subtract_times(a[row], b[row], value);
        });
  }
  const bool time_first = left.type == Type::kTime;
  const int64_t* times = (time_first ? left : right).integers.data();
  const Int128* durations = (time_first ? right : left).nanos.data();
  const int sign = kOperation == RowOperation::kSubtract ? -1 : 1;
  return write_rows<int64_t>(result, rows, [=](uint32_t row, int64_t& value) {
    return shift_time(times[row], sign * durations[row], value);
  });
}

}  // namespace

uint64_t apply_to_column(RowOperation operation, int64_t digits, const Column& operand,
                         const Selection& rows, Column& result) {
  for (const uint32_t row : rows) result.present[row] = operand.present[row];
  const int64_t* integers = operand.integers.data();
  const Int128* nanos = operand.nanos.data();
  if (operation == RowOperation::kWiden || operation == RowOperation::kToDecimal) {
    const bool bounded = operation == RowOperation::kToDecimal;
    return write_rows<Int128>(result, rows, [=](uint32_t row, Int128& value) {
      value = static_cast<Int128>(integers[row]) * kNanosPerUnit;
      return !bounded || within_decimal(value);
    });
  }
  if (operand.type == Type::kInt) {
    return write_rows<int64_t>(result, rows, [=](uint32_t row, int64_t& value) {
      return apply_to_int(operation, integers[row], value);
    });
  }
  return write_rows<Int128>(result, rows, [=](uint32_t row, Int128& value) {
    return apply_to_nanos(operation, nanos[row], digits, value);
  });
}

uint64_t combine_columns(RowOperation operation, const Column& left, const Column& right,
                         const Selection& rows, Column& result) {
  for (const uint32_t row : rows) result.present[row] = left.present[row] & right.present[row];
  switch (operation) {
    case RowOperation::kAdd:
      return combine_values<RowOperation::kAdd>(left, right, rows, result);
    case RowOperation::kSubtract:
      return combine_values<RowOperation::kSubtract>(left, right, rows, result);
    case RowOperation::kMultiply:
      return combine_values<RowOperation::kMultiply>(left, right, rows, result);
    case RowOperation::kDivide:
      return combine_values<RowOperation::kDivide>(left, right, rows, result);
    default:
      KPID_ASSERT(!"an arithmetic operation");
  }
  return 0;
}

}  // namespace kpid
