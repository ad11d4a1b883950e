#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "pipeline/formula/exact_expression.h"
#include "tests/unit/formula/shop.h"

namespace kpid {
namespace {

/// An arithmetic expression over three terms, up to `depth` levels.
rc::Gen<ExactExpression> expressions(int depth) {
  const auto term = rc::gen::map(rc::gen::inRange(0, 3), [](int index) {
    return ExactExpression{.operation = ExactOperation::kReading,
                           .reading = static_cast<size_t>(index)};
  });
  const auto number = rc::gen::map(rc::gen::arbitrary<int32_t>(), [](int32_t value) {
    return ExactExpression{
        .operation = ExactOperation::kNumber, .numerator = value, .denominator = 100};
  });
  if (depth == 0) return rc::gen::oneOf(term, number);
  const auto binary = rc::gen::mapcat(
      rc::gen::element(ExactOperation::kAdd, ExactOperation::kSubtract, ExactOperation::kMultiply,
                       ExactOperation::kDivide, ExactOperation::kMin, ExactOperation::kMax),
      [depth](ExactOperation operation) {
        return rc::gen::map(rc::gen::pair(expressions(depth - 1), expressions(depth - 1)),
                            [operation](const auto& sides) {
                              ExactExpression node{.operation = operation};
                              node.operands = {sides.first, sides.second};
                              return node;
                            });
      });
  const auto unary = rc::gen::mapcat(
      rc::gen::element(ExactOperation::kNegate, ExactOperation::kAbs, ExactOperation::kRound),
      [depth](ExactOperation operation) {
        return rc::gen::map(expressions(depth - 1), [operation](const ExactExpression& operand) {
          ExactExpression node{.operation = operation, .digits = 2};
          node.operands = {operand};
          return node;
        });
      });
  return rc::gen::oneOf(binary, binary, unary, term, number);
}

std::vector<TermValue> any_values() {
  const auto value = rc::gen::map(
      rc::gen::pair(rc::gen::arbitrary<int64_t>(), rc::gen::inRange(0, 63)),
      [](const std::pair<int64_t, int>& pair) { return TermValue::of(pair.first >> pair.second); });
  auto values = *rc::gen::container<std::vector<TermValue>>(3, value);
  values[1].denominator = kNanosPerUnit;
  if (*rc::gen::arbitrary<bool>()) {
    values[2].nearest =
        std::ldexp(static_cast<double>(*rc::gen::arbitrary<int32_t>()), *rc::gen::inRange(-60, 60));
  }
  return values;
}

std::string text_of(const std::optional<Number>& number) {
  return number ? number->to_string() : "absent";
}

TEST(ExactEvaluation, GivesTheSameWithNarrowAndWithWideIntegers) {
  EXPECT_TRUE(rc::check([] {
    const ExactExpression expression = *expressions(3);
    const std::vector<TermValue> values = any_values();
    const auto narrow = evaluate_exact_narrow(expression, values);
    const std::optional<Number> wide = evaluate_exact_wide(expression, values);
    RC_TAG(narrow.has_value());
    if (narrow) RC_ASSERT(text_of(*narrow) == text_of(wide));
    RC_ASSERT(text_of(evaluate_exact(expression, values)) == text_of(wide));
  }));
}

TEST(ExactEvaluation, RoundsAQuotientOfTwoDoublesAsTheProcessorDoes) {
  EXPECT_TRUE(rc::check([] {
    constexpr int64_t kExactDoubles = int64_t{1} << 53;
    const auto dividend = *rc::gen::inRange<int64_t>(-kExactDoubles, kExactDoubles);
    const auto divisor = *rc::gen::inRange<int64_t>(1, kExactDoubles);
    ExactExpression quotient{.operation = ExactOperation::kDivide};
    quotient.operands = {
        ExactExpression{.operation = ExactOperation::kNumber, .numerator = dividend},
        ExactExpression{.operation = ExactOperation::kNumber, .numerator = divisor}};
    const double expected = static_cast<double>(dividend) / static_cast<double>(divisor);
    RC_ASSERT(evaluate_exact(quotient, {})->to_double() == expected);
    RC_ASSERT(evaluate_exact_wide(quotient, {})->to_double() == expected);
  }));
}

TEST(ExactEvaluation, ReadsADecimalAsStrtodDoes) {
  EXPECT_TRUE(rc::check([] {
    ExactExpression scaled{.operation = ExactOperation::kDivide};
    const auto units = *rc::gen::arbitrary<int64_t>();
    const int zeros = *rc::gen::inRange(10, 300);
    scaled.operands.push_back({.operation = ExactOperation::kNumber, .numerator = units});
    ExactExpression divisor{.operation = ExactOperation::kNumber, .numerator = 1};
    for (int i = 0; i < zeros; ++i) {
      ExactExpression product{.operation = ExactOperation::kMultiply};
      product.operands = {divisor, {.operation = ExactOperation::kNumber, .numerator = 10}};
      divisor = product;
    }
    scaled.operands.push_back(divisor);
    const std::string text = std::to_string(units) + "e-" + std::to_string(zeros);
    RC_ASSERT(evaluate_exact(scaled, {})->to_double() == std::strtod(text.c_str(), nullptr));
  }));
}

TEST(ExactEvaluation, RoundsBelowTheSmallestNormalDouble) {
  for (const int zeros : {305, 310, 318, 323, 324, 340}) {
    for (const int64_t units : {1, 3, 5, 25, 7'654'321}) {
      ExactExpression value{.operation = ExactOperation::kNumber, .numerator = units};
      for (int i = 0; i < zeros; ++i) {
        ExactExpression quotient{.operation = ExactOperation::kDivide};
        quotient.operands = {value, {.operation = ExactOperation::kNumber, .numerator = 10}};
        value = quotient;
      }
      const std::string text = std::to_string(units) + "e-" + std::to_string(zeros);
      EXPECT_EQ(evaluate_exact(value, {})->to_double(), std::strtod(text.c_str(), nullptr)) << text;
    }
  }
}

TEST(CompileFormula, SurvivesAnyTextAndGivesEveryMistakeAPlace) {
  EXPECT_TRUE(rc::check([] {
    static const std::vector<std::string> kParts = {"count",
                                                    "sum",
                                                    "min",
                                                    "avg",
                                                    "if",
                                                    "coalesce",
                                                    "round",
                                                    "(",
                                                    ")",
                                                    "[",
                                                    "]",
                                                    ",",
                                                    ".",
                                                    "sales",
                                                    "feedback",
                                                    "amount",
                                                    "type",
                                                    "paid",
                                                    "ordered_at",
                                                    "where",
                                                    "and",
                                                    "or",
                                                    "not",
                                                    "in",
                                                    "matches",
                                                    "contains",
                                                    "==",
                                                    "!=",
                                                    "<",
                                                    "=",
                                                    "+",
                                                    "-",
                                                    "*",
                                                    "/",
                                                    "null",
                                                    "true",
                                                    "3",
                                                    "2.5",
                                                    "7%",
                                                    "10m",
                                                    "'a'",
                                                    "\"b",
                                                    "'(['",
                                                    "median",
                                                    ":",
                                                    "\xC3",
                                                    "\xE2\x80\x9C",
                                                    "!",
                                                    "$"};
    std::string text;
    for (const size_t part :
         *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, kParts.size()))) {
      text += kParts[part] + (part % 3 == 0 ? "" : " ");
    }
    const auto formula = compile_formula(text, shop::scope());
    if (formula) return;
    size_t before = 0;
    RC_ASSERT(!formula.error().empty());
    for (const TextError& error : formula.error()) {
      RC_ASSERT(error.offset >= before && error.length >= 1 && !error.text.empty());
      RC_ASSERT(error.offset + error.length <= text.size() + 1);
      before = error.offset;
    }
  }));
}

TEST(CompileFormula, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto formula = compile_formula(text, shop::scope());
    RC_ASSERT(formula || !formula.error().empty());
  }));
}

}  // namespace
}  // namespace kpid
