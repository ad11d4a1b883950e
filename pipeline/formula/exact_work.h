#pragma once

#include <cstdint>

#include "pipeline/formula/exact_expression.h"
#include "pipeline/formula/reading_table.h"

namespace kpid {

/// How much there is to do for one value of the expression, at most. Fractions are exact, so that
/// products, and sums of different denominators, are as long as their parts together: a product of
/// numbers that are 10 and 20 times as long as one reading is 200. Roughly nanoseconds.
uint64_t work_of(const ExactExpression& expression, const ReadingTable& table);

}  // namespace kpid
