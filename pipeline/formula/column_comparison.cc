#include "pipeline/formula/column_comparison.h"

#include <algorithm>
#include <functional>

#include "pipeline/check.h"
#include "pipeline/formula/column_values.h"

namespace kpid {
namespace {

/// Calls `action` with the function object that compares as `operation` says.
template <class Action>
void with_comparison(RowOperation operation, const Action& action) {
  switch (operation) {
    case RowOperation::kEqual:
      return action(std::equal_to<>());
    case RowOperation::kNotEqual:
      return action(std::not_equal_to<>());
    case RowOperation::kLess:
      return action(std::less<>());
    case RowOperation::kLessEqual:
      return action(std::less_equal<>());
    case RowOperation::kGreater:
      return action(std::greater<>());
    case RowOperation::kGreaterEqual:
      return action(std::greater_equal<>());
    default:
      KPID_ASSERT(!"a comparison");
  }
}

}  // namespace

void compare_columns(RowOperation operation, const Column& left, const Column& right,
                     const Selection& rows, Column& result) {
  with_value_type(left.type, [&]<class Value>(Value*) {
    const Value* first = values_of<Value>(left).data();
    const Value* second = values_of<Value>(right).data();
    with_comparison(operation, [&](const auto& compare) {
      for (const uint32_t row : rows) {
        const bool present = left.present[row] != 0 && right.present[row] != 0;
        set_bool(result, row, present, present && compare(first[row], second[row]));
      }
    });
  });
}

void compare_with_constant(RowOperation operation, const Column& left, const Literal& right,
                           const Selection& rows, Column& result) {
  with_value_type(left.type, [&]<class Value>(Value*) {
    const Value* values = values_of<Value>(left).data();
    const Value constant = value_of<Value>(right);
    with_comparison(operation, [&](const auto& compare) {
      for (const uint32_t row : rows) {
        const bool present = left.present[row] != 0;
        set_bool(result, row, present, present && compare(values[row], constant));
      }
    });
  });
}

void search_list(const Column& values, const std::vector<Literal>& list, const Selection& rows,
                 Column& result) {
  with_value_type(values.type, [&]<class Value>(Value*) {
    const Value* found = values_of<Value>(values).data();
    for (const uint32_t row : rows) {
      const bool present = values.present[row] != 0;
      const auto equal = [&](const Literal& element) {
        return value_of<Value>(element) == found[row];
      };
      set_bool(result, row, present, present && std::any_of(list.begin(), list.end(), equal));
    }
  });
}

void choose_extreme(RowOperation operation, const Column& left, const Column& right,
                    const Selection& rows, Column& result) {
  const bool least = operation == RowOperation::kMin;
  with_value_type(result.type, [&]<class Value>(Value*) {
    Value* target = values_of<Value>(result).data();
    const Value* first = values_of<Value>(left).data();
    const Value* second = values_of<Value>(right).data();
    for (const uint32_t row : rows) {
      result.present[row] = left.present[row] & right.present[row];
      if (result.present[row] == 0) continue;
      target[row] = least ? std::min(first[row], second[row]) : std::max(first[row], second[row]);
    }
  });
}

}  // namespace kpid
