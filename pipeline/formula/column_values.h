#pragma once

#include <string_view>
#include <type_traits>

#include "pipeline/event/column.h"
#include "pipeline/formula/literal.h"

namespace kpid {

/// The values of a column, a `Column` or a `const Column`, whose type they have.
template <class Value, class AnyColumn>
auto& values_of(AnyColumn& column) {
  if constexpr (std::is_same_v<Value, std::string_view>) {
    return column.strings;
  } else if constexpr (std::is_same_v<Value, int64_t>) {
    return column.integers;
  } else {
    return column.nanos;
  }
}

/// Calls `action` with a null pointer of the type that holds values of `type` in a column.
template <class Action>
void with_value_type(Type type, const Action& action) {
  switch (type) {
    case Type::kString:
      return action(static_cast<std::string_view*>(nullptr));
    case Type::kInt:
    case Type::kBool:
    case Type::kTime:
      return action(static_cast<int64_t*>(nullptr));
    case Type::kDecimal:
    case Type::kDuration:
      return action(static_cast<Int128*>(nullptr));
  }
}

/// The literal's value, in the type that holds it in a column.
template <class Value>
Value value_of(const Literal& literal) {
  if constexpr (std::is_same_v<Value, std::string_view>) {
    return literal.text;
  } else if constexpr (std::is_same_v<Value, int64_t>) {
    return literal.integer;
  } else {
    return literal.nanos;
  }
}

inline void set_bool(Column& column, uint32_t row, bool present, bool value) {
  column.present[row] = present ? 1 : 0;
  column.integers[row] = value ? 1 : 0;
}

}  // namespace kpid
