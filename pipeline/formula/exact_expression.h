#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/formula/formula.h"

namespace kpid {

/// What a node of the arithmetic between aggregates does. Numbers are exact fractions; conditions
/// are three-valued, and absent is both the missing number and the unknown condition.
enum class ExactOperation : uint8_t {
  kReading,
  kNumber,
  kCondition,  ///< true or false as written
  kAbsent,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kEqual,  ///< from here to kOr: conditions
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,  ///< the value, then what it may equal
  kIsAbsent,
  kNot,
  kAnd,
  kOr,
  kIf,
  kCoalesce,
  kAbs,
  kRound,
  kMin,
  kMax,
  kMean,  ///< of the operands that are present
};

struct ExactExpression {
  ExactOperation operation = ExactOperation::kAbsent;
  std::vector<ExactExpression> operands = {};
  size_t reading = 0;       ///< kReading: index in the formula's readings
  Int128 numerator = 0;     ///< kNumber
  int64_t denominator = 1;  ///< kNumber; positive
  int64_t digits = 0;       ///< kRound
  bool condition = false;   ///< kCondition
};

struct Formula::Compiled {
  std::vector<Term> terms;
  std::vector<Reading> readings;
  std::vector<std::string> sources;
  std::vector<WrittenLookBack> look_backs;
  std::vector<UsedKpi> used_kpis;
  size_t samples_reading = 0;
  bool is_quotient = false;
  ExactExpression expression;
};

/// The finished value; nothing where absent, and where it passes the range of doubles. Tries
/// 128-bit integers first and repeats with larger ones where they do not suffice.
std::optional<Number> evaluate_exact(const ExactExpression& expression,
                                     std::span<const TermValue> values);

/// The same with 128-bit integers only. Nothing where they do not suffice.
std::optional<std::optional<Number>> evaluate_exact_narrow(const ExactExpression& expression,
                                                           std::span<const TermValue> values);
/// The same with integers of any size.
std::optional<Number> evaluate_exact_wide(const ExactExpression& expression,
                                          std::span<const TermValue> values);

}  // namespace kpid
