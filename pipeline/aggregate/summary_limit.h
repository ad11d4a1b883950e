#pragma once

#include "pipeline/event/decimal.h"

namespace kpid {

/// The first magnitude that a value may not have in the summaries of this folder. Every field and
/// every row expression stays below 10^27, and products of two such values below 2^180.
inline constexpr Int128 kSummaryLimit = Int128{1} << 90;

inline bool within_summary(Int128 units) { return units < kSummaryLimit && units > -kSummaryLimit; }

}  // namespace kpid
