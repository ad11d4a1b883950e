#include "pipeline/formula/window_functions.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"

namespace kpid {
namespace {

/// A copy whose readings are what `change` makes of each.
template <class Change>
ExactExpression reread(const ExactExpression& expression, const ReadingTable& from,
                       ReadingTable& table, const Change& change) {
  ExactExpression copy{.operation = expression.operation,
                       .reading = expression.reading,
                       .numerator = expression.numerator,
                       .denominator = expression.denominator,
                       .digits = expression.digits,
                       .condition = expression.condition};
  if (copy.operation == ExactOperation::kReading) {
    copy.reading = table.add_reading(change(from.readings()[copy.reading]));
  }
  copy.operands.reserve(expression.operands.size());
  for (const ExactExpression& operand : expression.operands) {
    copy.operands.push_back(reread(operand, from, table, change));
  }
  return copy;
}

/// Whether the value does not depend on the group.
bool same_for_all_groups(const ExactExpression& expression, const ReadingTable& table) {
  if (expression.operation == ExactOperation::kReading) {
    const Reading& reading = table.readings()[expression.reading];
    return reading.of_all_groups || reading.as == ReadAs::kWindowLength;
  }
  return std::all_of(
      expression.operands.begin(), expression.operands.end(),
      [&](const ExactExpression& operand) { return same_for_all_groups(operand, table); });
}

}  // namespace

bool is_window_function(std::string_view name) {
  return std::find(kWindowFunctions.begin(), kWindowFunctions.end(), name) !=
         kWindowFunctions.end();
}

ExactExpression earlier_of(const ExactExpression& expression, const LookBack& step,
                           ReadingTable& table) {
  return reread(expression, table, table, [&](Reading reading) {
    // What is read is some steps before the window; that window is now `step` further back.
    const auto counts_windows = [](const LookBack& look_back) {
      return look_back.unit == LookBack::Unit::kWindow;
    };
    if (!reading.earlier.empty() && counts_windows(step) &&
        counts_windows(reading.earlier.front())) {
      reading.earlier.front().amount += step.amount;
      return reading;
    }
    std::vector<LookBack> steps = {step};
    steps.insert(steps.end(), reading.earlier.begin(), reading.earlier.end());
    reading.earlier = std::move(steps);
    return reading;
  });
}

ExactExpression of_all_groups(const ExactExpression& expression, ReadingTable& table) {
  return reread(expression, table, table, [](Reading reading) {
    reading.of_all_groups = reading.as != ReadAs::kWindowLength;
    return reading;
  });
}

ExactExpression taken_to(ReadingTable& table, const ExactExpression& expression,
                         const ReadingTable& from) {
  return reread(expression, from, table, [&](Reading reading) {
    // The length of the window is of no term; any will do, and the first is always there.
    const bool has_term = reading.as != ReadAs::kWindowLength;
    if (has_term) reading.term = table.add_term(from.terms()[reading.term]);
    return reading;
  });
}

bool adds_up_over_groups(const ExactExpression& expression, const ReadingTable& table) {
  const auto& operands = expression.operands;
  const auto adds_up = [&](const ExactExpression& operand) {
    return adds_up_over_groups(operand, table);
  };
  switch (expression.operation) {
    case ExactOperation::kReading: {
      const Reading& reading = table.readings()[expression.reading];
      const Aggregate aggregate = table.terms()[reading.term].aggregate;
      return reading.as == ReadAs::kResult && !reading.of_all_groups &&
             (aggregate == Aggregate::kCount || aggregate == Aggregate::kSum);
    }
    case ExactOperation::kNegate:
    case ExactOperation::kAdd:
    case ExactOperation::kSubtract:
      return std::all_of(operands.begin(), operands.end(), adds_up);
    case ExactOperation::kMultiply:
      return (adds_up(operands[0]) && same_for_all_groups(operands[1], table)) ||
             (same_for_all_groups(operands[0], table) && adds_up(operands[1]));
    case ExactOperation::kDivide:
      return adds_up(operands[0]) && same_for_all_groups(operands[1], table);
    default:
      return false;
  }
}

ExactExpression window_seconds(ReadingTable& table) {
  KPID_ASSERT(!table.terms().empty());
  return {.operation = ExactOperation::kReading,
          .reading = table.add_reading({.as = ReadAs::kWindowLength})};
}

size_t most_steps_back(const ExactExpression& expression, const ReadingTable& table) {
  size_t most = 0;
  if (expression.operation == ExactOperation::kReading) {
    most = table.readings()[expression.reading].earlier.size();
  }
  for (const ExactExpression& operand : expression.operands) {
    most = std::max(most, most_steps_back(operand, table));
  }
  return most;
}

ExpressionSize size_of(const ExactExpression& expression) {
  ExpressionSize size{.nodes = 1, .depth = 1};
  for (const ExactExpression& operand : expression.operands) {
    const ExpressionSize inner = size_of(operand);
    size.nodes += inner.nodes;
    size.depth = std::max(size.depth, inner.depth + 1);
  }
  return size;
}

}  // namespace kpid
