#pragma once

#include <cstdint>
#include <string>

#include "pipeline/event/decimal.h"
#include "pipeline/event/source_definition.h"

namespace kpid {

/// A constant of a formula. One of the value members is in use, by `type`, as in `Column`.
struct Literal {
  Type type = Type::kString;
  bool null = false;      ///< the value is null, of that type
  std::string text = {};  ///< kString
  int64_t integer = 0;    ///< kInt; kBool as 0 or 1; kTime in Unix milliseconds
  Int128 nanos = 0;       ///< kDecimal times 10^9; kDuration in seconds times 10^9
};

}  // namespace kpid
