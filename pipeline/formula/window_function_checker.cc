#include "pipeline/formula/window_function_checker.h"

#include <array>
#include <string_view>
#include <utility>

#include "pipeline/formula/aggregate_checker.h"
#include "pipeline/formula/span.h"
#include "pipeline/formula/window_functions.h"

namespace kpid {
namespace {

/// Times that a formula may look back from where it looked back to.
constexpr size_t kMostStepsBack = 20;

/// Windows of a moving average.
constexpr int64_t kMostAveraged = 1'000;

/// Functions that tell how much there is in a unit of time, and its seconds.
constexpr std::array<std::pair<std::string_view, int64_t>, 4> kRates = {
    {{"per_second", 1}, {"per_minute", 60}, {"per_hour", 3600}, {"per_day", 86'400}}};

ExactExpression number(int64_t value) {
  return {.operation = ExactOperation::kNumber, .numerator = value};
}

ExactExpression node_of(ExactOperation operation, ExactExpression left, ExactExpression right) {
  ExactExpression node{.operation = operation};
  node.operands.push_back(std::move(left));
  node.operands.push_back(std::move(right));
  return node;
}

/// The seconds of the unit that a rate is of; nothing for other functions.
std::optional<int64_t> unit_of_rate(std::string_view name) {
  for (const auto& [rate, seconds] : kRates) {
    if (name == rate) return seconds;
  }
  return std::nullopt;
}

bool looks_back_once(std::string_view name) { return name == "previous" || name == "growth"; }

}  // namespace

std::nullopt_t WindowFunctionChecker::report(Place place, std::string text, std::string hint) {
  errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
  return std::nullopt;
}

bool WindowFunctionChecker::has_arguments(const Syntax& call) {
  if (looks_back_once(call.name)) {
    return kpid::has_arguments(call, 1, 2, errors_,
                               "write " + call.name + "(x) or " + call.name + "(x, 1 year)");
  }
  if (call.name == "moving_average") {
    return kpid::has_arguments(call, 2, 2, errors_, "write moving_average(x, 7)");
  }
  return kpid::has_arguments(call, 1, 1, errors_);
}

std::optional<Part> WindowFunctionChecker::apply(const Syntax& call, std::optional<Part> argument) {
  if (argument) argument->divisor_samples.reset();
  if (looks_back_once(call.name)) return earlier(call, std::move(argument));
  if (call.name == "share_of_total") return share(call, std::move(argument));
  if (const std::optional<int64_t> unit = unit_of_rate(call.name)) {
    return rate(std::move(argument), *unit);
  }
  return moving_average(call, std::move(argument));
}

std::optional<Part> WindowFunctionChecker::earlier(const Syntax& call, std::optional<Part> part) {
  WrittenLookBack look_back;
  if (call.operands.size() == 2) {
    const std::optional<WrittenLookBack> written = check_span(call.operands[1], errors_);
    if (!written) return std::nullopt;
    look_backs_.push_back(*written);
    look_back = *written;
  }
  if (!part || !may_look_back(*part, call.place) || !copies_.allows(*part, 1, call.place)) {
    return std::nullopt;
  }
  ExactExpression previous = earlier_of(part->expression, look_back.span, table_);
  if (call.name == "previous") {
    part->expression = std::move(previous);
  } else {
    part->expression =
        node_of(ExactOperation::kSubtract,
                node_of(ExactOperation::kDivide, std::move(part->expression), std::move(previous)),
                number(1));
  }
  return part;
}

std::optional<Part> WindowFunctionChecker::rate(std::optional<Part> part, int64_t unit_seconds) {
  if (!part) return std::nullopt;
  part->expression =
      node_of(ExactOperation::kDivide,
              node_of(ExactOperation::kMultiply, std::move(part->expression), number(unit_seconds)),
              window_seconds(table_));
  return part;
}

std::optional<Part> WindowFunctionChecker::share(const Syntax& call, std::optional<Part> part) {
  if (!part || !copies_.allows(*part, 1, call.place)) return std::nullopt;
  if (!adds_up_over_groups(part->expression, table_)) {
    return report(call.operands[0].place,
                  "'share_of_total' takes what adds up over groups: counts and sums",
                  "such as share_of_total(sum(field)); counts and sums may be added to each other, "
                  "and be times or over a number");
  }
  ExactExpression total = of_all_groups(part->expression, table_);
  part->expression =
      node_of(ExactOperation::kDivide, std::move(part->expression), std::move(total));
  return part;
}

std::optional<Part> WindowFunctionChecker::moving_average(const Syntax& call,
                                                          std::optional<Part> part) {
  const Syntax& windows = call.operands[1];
  const int64_t count = windows.literal.integer;
  if (windows.kind != Syntax::Kind::kLiteral || windows.literal.type != Type::kInt || count < 2 ||
      count > kMostAveraged) {
    return report(windows.place,
                  "'moving_average' takes its number of windows as a plain number from 2 to " +
                      std::to_string(kMostAveraged),
                  "such as moving_average(x, 7)");
  }
  if (!part || !may_look_back(*part, call.place) ||
      !copies_.allows(*part, static_cast<size_t>(count), call.place)) {
    return std::nullopt;
  }
  ExactExpression mean{.operation = ExactOperation::kMean};
  mean.operands.push_back(part->expression);
  for (int64_t back = 1; back < count; ++back) {
    mean.operands.push_back(earlier_of(part->expression, {LookBack::Unit::kWindow, back}, table_));
  }
  part->expression = std::move(mean);
  return part;
}

bool WindowFunctionChecker::may_look_back(const Part& part, Place place) {
  if (most_steps_back(part.expression, table_) < kMostStepsBack) return true;
  report(place,
         "the formula would look back more than " + std::to_string(kMostStepsBack) +
             " times, each from where it looked back to",
         "write one longer look back: previous(x, 2 years)");
  return false;
}

}  // namespace kpid
