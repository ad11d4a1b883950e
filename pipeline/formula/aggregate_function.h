#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/formula.h"
#include "pipeline/formula/syntax.h"

namespace kpid {

/// A function that aggregates, as it is written.
struct AggregateFunction {
  /// What stands between the parentheses, before `where`.
  enum class Shape : uint8_t {
    kValue,     ///< (x)
    kQuantile,  ///< (q, x)
    kTopShare,  ///< (n, x, by: f)
    kKeys,      ///< (f) or (f, memory)
  };
  /// Of which types x may be.
  enum class Takes : uint8_t {
    kAnything,
    kNumbers,  ///< and durations
    kOrdered,  ///< numbers, durations and times
  };

  std::string_view name;
  Aggregate keeps;  ///< `avg` keeps a sum, and a count beside it
  ReadAs read = ReadAs::kResult;
  Shape shape = Shape::kValue;
  Takes takes = Takes::kNumbers;
  std::string_view usage = {};  ///< an example, for messages
};

/// Nothing where no aggregate is called so.
const AggregateFunction* find_aggregate_function(std::string_view name);

/// The names of all, for hints.
std::vector<std::string> aggregate_function_names();

/// Whether the call aggregates: with two arguments `min` and `max` do not.
bool is_aggregate(const Syntax& call);

}  // namespace kpid
