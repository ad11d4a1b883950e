#include "pipeline/formula/exact_work.h"

#include <algorithm>

namespace kpid {
namespace {

/// How long the sides of a fraction are, in lengths of a reading; a denominator that all readings
/// of its kind have is none.
struct Length {
  uint64_t numerator = 1;
  uint64_t denominator = 0;
};

/// What it takes to go through the digits of a number, beside what is computed with them.
constexpr uint64_t kWorkOfADigit = 4;

bool is_condition(ExactOperation operation) {
  return operation >= ExactOperation::kEqual && operation <= ExactOperation::kOr;
}

class Estimate {
 public:
  explicit Estimate(const ReadingTable& table) : table_(table) {}

  Length of(const ExactExpression& node) {
    const auto& operands = node.operands;
    if (node.operation == ExactOperation::kReading)
      return of_reading(table_.readings()[node.reading]);
    if (operands.empty()) return {};
    Length length = of(operands[0]);
    for (size_t i = 1; i < operands.size(); ++i)
      length = join(node.operation, length, of(operands[i]));
    work_ += kWorkOfADigit * (length.numerator + length.denominator);
    if (is_condition(node.operation)) return {};
    if (node.operation == ExactOperation::kRound) {
      multiply(length.numerator, length.denominator);
      length.denominator = 0;
    }
    return length;
  }

  uint64_t work() const { return work_; }

 private:
  Length of_reading(const Reading& reading) const {
    const Aggregate aggregate = table_.terms()[reading.term].aggregate;
    const bool fraction = reading.as != ReadAs::kResult || aggregate == Aggregate::kMoments;
    return {1, fraction ? 1U : 0U};
  }

  uint64_t multiply(uint64_t left, uint64_t right) {
    work_ += left * right;
    return left + right;
  }

  Length join(ExactOperation operation, const Length& left, const Length& right) {
    switch (operation) {
      case ExactOperation::kMultiply:
        return {multiply(left.numerator, right.numerator),
                multiply(left.denominator, right.denominator)};
      case ExactOperation::kDivide:
        return {multiply(left.numerator, right.denominator),
                multiply(left.denominator, right.numerator)};
      case ExactOperation::kAdd:
      case ExactOperation::kSubtract:
      case ExactOperation::kMean:
        return {std::max(multiply(left.numerator, right.denominator),
                         multiply(right.numerator, left.denominator)),
                multiply(left.denominator, right.denominator)};
      case ExactOperation::kIn:
        // The value is compared with each of the list, and goes on as it is.
        multiply(left.numerator, right.denominator + 1);
        work_ += kWorkOfADigit * (left.numerator + left.denominator);
        return left;
      default:
        multiply(left.numerator, right.denominator);
        multiply(right.numerator, left.denominator);
        return {std::max(left.numerator, right.numerator),
                std::max(left.denominator, right.denominator)};
    }
  }

  const ReadingTable& table_;
  uint64_t work_ = 0;
};

}  // namespace

uint64_t work_of(const ExactExpression& expression, const ReadingTable& table) {
  Estimate estimate(table);
  const Length length = estimate.of(expression);
  // The last division, of which a side may be much longer than the other.
  return estimate.work() + length.numerator * (length.denominator + 1);
}

}  // namespace kpid
