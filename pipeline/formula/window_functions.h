#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "pipeline/formula/exact_expression.h"
#include "pipeline/formula/reading_table.h"

namespace kpid {

/// Names of the functions that take their numbers from several windows, from all groups, or from
/// how long a window is.
inline constexpr std::array<std::string_view, 8> kWindowFunctions = {
    "previous", "growth",  "per_second",     "per_minute",
    "per_hour", "per_day", "share_of_total", "moving_average"};

bool is_window_function(std::string_view name);

// Arithmetic between aggregates, turned to other windows and groups. What it reads there is added
// to the table.

/// The same of the window `step` before the one at hand.
ExactExpression earlier_of(const ExactExpression& expression, const LookBack& step,
                           ReadingTable& table);

/// The same of all groups together.
ExactExpression of_all_groups(const ExactExpression& expression, ReadingTable& table);

/// The same over the readings of another table, which gets those that the expression has.
ExactExpression taken_to(ReadingTable& table, const ExactExpression& expression,
                         const ReadingTable& from);

/// Whether its sum over some groups is what it is of these groups together: counts and sums, what
/// `+` and `-` make of them, and these times or over what is the same for all groups.
bool adds_up_over_groups(const ExactExpression& expression, const ReadingTable& table);

/// The length of the window at hand in seconds. REQUIRES: the table has a term.
ExactExpression window_seconds(ReadingTable& table);

/// How many steps back the farthest of its readings is.
size_t most_steps_back(const ExactExpression& expression, const ReadingTable& table);

struct ExpressionSize {
  size_t nodes = 0;
  size_t depth = 0;
};
ExpressionSize size_of(const ExactExpression& expression);

}  // namespace kpid
