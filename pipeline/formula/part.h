#pragma once

#include <cstdint>
#include <optional>

#include "pipeline/formula/exact_expression.h"
#include "pipeline/formula/formula.h"

namespace kpid {

/// What a part of a formula outside of its aggregates gives.
enum class Outcome : uint8_t {
  kNumber,
  kCondition,
  kNull,  ///< null as written: fits both
};

/// A part of a formula outside of its aggregates, checked.
struct Part {
  ExactExpression expression = {};
  Outcome outcome = Outcome::kNumber;
  std::optional<Term> samples = {};  ///< counts what its first aggregate aggregates
  /// The same of its right side, where its outermost operator is `/`.
  std::optional<Term> divisor_samples = {};
};

}  // namespace kpid
