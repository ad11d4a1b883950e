#include "pipeline/formula/row_functions.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "pipeline/check.h"
#include "pipeline/formula/row_checker.h"
#include "pipeline/formula/row_operation.h"
#include "pipeline/formula/row_types.h"
#include "pipeline/formula/text_functions.h"

namespace kpid {
namespace {

/// The checked arguments from `first` on; nothing where one of them is wrong.
std::optional<std::vector<RowExpressionPtr>> values_of(RowChecker& checker, const Syntax& call,
                                                       size_t first) {
  std::vector<RowExpressionPtr> values;
  for (size_t i = first; i < call.operands.size(); ++i) {
    values.push_back(checker.check(call.operands[i]));
  }
  if (std::find(values.begin(), values.end(), nullptr) != values.end()) return std::nullopt;
  return values;
}

/// Gives all values, which are the last arguments of `call`, one type; nothing, and a report, where
/// there is none.
std::optional<Type> unify(RowChecker& checker, const Syntax& call,
                          std::vector<RowExpressionPtr>& values) {
  std::optional<Type> type;
  for (size_t i = 0; i < values.size(); ++i) {
    if (is_untyped_null(values[i])) continue;
    const Type found = values[i]->type;
    if (!type) type = found;
    if (*type == found) continue;
    if (!is_numeric(*type) || !is_numeric(found)) {
      checker.report(
          call.operands[call.operands.size() - values.size() + i].place,
          "'" + call.name + "' gives either " + with_article(*type) + " or " + with_article(found),
          "all its values need one type");
      return std::nullopt;
    }
    type = Type::kDecimal;
  }
  if (!type) {
    checker.report(call.place, "'" + call.name + "' gives nothing but null");
    return std::nullopt;
  }
  for (RowExpressionPtr& value : values) {
    if (is_untyped_null(value)) {
      value = make_literal({.type = *type, .null = true});
    } else if (*type == Type::kDecimal) {
      const bool literal = value->operation == RowOperation::kLiteral;
      const bool small = literal && value->literal.integer < kNanosPerUnit * kNanosPerUnit &&
                         value->literal.integer > -kNanosPerUnit * kNanosPerUnit;
      value = widen(value, small ? RowOperation::kWiden : RowOperation::kToDecimal);
    }
  }
  return type;
}

RowExpressionPtr check_if(RowChecker& checker, const Syntax& call) {
  const RowExpressionPtr condition = checker.check_condition(call.operands[0]);
  auto values = values_of(checker, call, 1);
  if (condition == nullptr || !values) return nullptr;
  const std::optional<Type> type = unify(checker, call, *values);
  if (!type) return nullptr;
  return make_operation(RowOperation::kIf, *type, {condition, (*values)[0], (*values)[1]});
}

RowExpressionPtr check_coalesce(RowChecker& checker, const Syntax& call) {
  auto values = values_of(checker, call, 0);
  if (!values) return nullptr;
  const std::optional<Type> type = unify(checker, call, *values);
  if (!type) return nullptr;
  return make_operation(RowOperation::kCoalesce, *type, std::move(*values));
}

/// The argument at `index`, which must be of one of `types`, `wanted` in words.
RowExpressionPtr argument(RowChecker& checker, const Syntax& call, size_t index,
                          std::initializer_list<Type> types, const std::string& wanted) {
  const Syntax& syntax = call.operands[index];
  RowExpressionPtr value = checker.check(syntax);
  if (value == nullptr) return nullptr;
  const bool fits = std::find(types.begin(), types.end(), value->type) != types.end();
  if (fits && !is_untyped_null(value)) return value;
  return checker.report(syntax.place,
                        "'" + call.name + "' takes " + wanted + ", not " + kind_of(value));
}

RowExpressionPtr number_or_duration(RowChecker& checker, const Syntax& call) {
  return argument(checker, call, 0, {Type::kInt, Type::kDecimal, Type::kDuration},
                  "a number or a duration");
}

RowExpressionPtr check_abs(RowChecker& checker, const Syntax& call) {
  RowExpressionPtr value = number_or_duration(checker, call);
  if (value == nullptr) return nullptr;
  return make_operation(RowOperation::kAbs, value->type, {value});
}

RowExpressionPtr check_round(RowChecker& checker, const Syntax& call) {
  int64_t digits = 0;
  if (call.operands.size() == 2) {
    const Syntax& second = call.operands[1];
    digits = second.literal.integer;
    if (second.kind != Syntax::Kind::kLiteral || second.literal.type != Type::kInt || digits < 0 ||
        digits > 9) {
      return checker.report(second.place, "'round' takes its digits as a plain number from 0 to 9");
    }
  }
  RowExpressionPtr value = number_or_duration(checker, call);
  if (value == nullptr) return nullptr;
  return make_round(std::move(value), digits);
}

template <RowOperation kOperation>
RowExpressionPtr check_extreme(RowChecker& checker, const Syntax& call) {
  std::vector<RowExpressionPtr> values;
  for (size_t i = 0; i < 2; ++i) {
    values.push_back(argument(checker, call, i,
                              {Type::kInt, Type::kDecimal, Type::kTime, Type::kDuration},
                              "numbers, times or durations"));
  }
  if (values[0] == nullptr || values[1] == nullptr) return nullptr;
  const std::optional<Type> type = unify(checker, call, values);
  if (!type) return nullptr;
  return make_operation(kOperation, *type, std::move(values));
}

RowExpressionPtr text_argument(RowChecker& checker, const Syntax& call, size_t index) {
  return argument(checker, call, index, {Type::kString}, "a string");
}

template <RowOperation kOperation, Type kResult>
RowExpressionPtr check_text(RowChecker& checker, const Syntax& call) {
  RowExpressionPtr text = text_argument(checker, call, 0);
  if (text == nullptr) return nullptr;
  return make_operation(kOperation, kResult, {std::move(text)});
}

/// What is the same for all texts that differ in case only.
RowExpressionPtr without_case(const RowExpressionPtr& text) {
  if (text->operation == RowOperation::kLiteral) {
    TextArena arena;
    const std::string_view folded = to_lower(to_upper(text->literal.text, arena), arena);
    return make_literal({.type = Type::kString, .text = std::string(folded)});
  }
  return make_operation(RowOperation::kLower, Type::kString,
                        {make_operation(RowOperation::kUpper, Type::kString, {text})});
}

RowExpressionPtr check_equals_ignoring_case(RowChecker& checker, const Syntax& call) {
  const RowExpressionPtr left = text_argument(checker, call, 0);
  const RowExpressionPtr right = text_argument(checker, call, 1);
  if (left == nullptr || right == nullptr) return nullptr;
  return make_operation(RowOperation::kEqual, Type::kBool,
                        {without_case(left), without_case(right)});
}

RowExpressionPtr time_argument(RowChecker& checker, const Syntax& call, size_t index) {
  const Syntax& syntax = call.operands[index];
  RowExpressionPtr value = checker.check(syntax);
  if (value == nullptr) return nullptr;
  if (!is_untyped_null(value)) value = unquoted_time(value);
  if (value->type == Type::kTime) return value;
  std::string hint;
  if (value->operation == RowOperation::kLiteral && value->type == Type::kString) {
    hint = "such as '2026-03-29T01:30:00Z'";
  } else if (value->operation == RowOperation::kField) {
    hint = "declare the field as a time";
  }
  return checker.report(syntax.place, "'" + call.name + "' takes a time, not " + kind_of(value),
                        hint);
}

/// The second argument, or the zone of the scope; nothing, and a report, where there is no such.
std::optional<TimeZone> zone_argument(RowChecker& checker, const Syntax& call, std::string& name) {
  if (call.operands.size() < 2) {
    name = checker.time_zone();
    const std::optional<TimeZone> zone = TimeZone::find(name);
    KPID_ASSERT(zone.has_value());
    return zone;
  }
  const Syntax& second = call.operands[1];
  if (second.kind != Syntax::Kind::kLiteral || second.literal.type != Type::kString) {
    checker.report(second.place, "'" + call.name + "' takes its time zone as a quoted name",
                   "such as 'Europe/Berlin'");
    return std::nullopt;
  }
  name = second.literal.text;
  const std::optional<TimeZone> zone = TimeZone::find(name);
  if (!zone) {
    checker.report(second.place, "unknown time zone '" + name + "'",
                   "use a name of the IANA database, like Europe/Berlin");
  }
  return zone;
}

template <RowOperation kOperation, Type kResult>
RowExpressionPtr check_clock(RowChecker& checker, const Syntax& call) {
  RowExpressionPtr time = time_argument(checker, call, 0);
  std::string name;
  const std::optional<TimeZone> zone = zone_argument(checker, call, name);
  if (time == nullptr || !zone) return nullptr;
  return make_clock_reading(kOperation, kResult, std::move(time), name, *zone);
}

/// (later - earlier) / unit, as if it had been written so.
template <int64_t kSeconds>
RowExpressionPtr check_between(RowChecker& checker, const Syntax& call) {
  RowExpressionPtr earlier = time_argument(checker, call, 0);
  RowExpressionPtr later = time_argument(checker, call, 1);
  if (earlier == nullptr || later == nullptr) return nullptr;
  const RowExpressionPtr taken = make_operation(RowOperation::kSubtract, Type::kDuration,
                                                {std::move(later), std::move(earlier)});
  const RowExpressionPtr unit = make_literal(
      {.type = Type::kDuration, .nanos = static_cast<Int128>(kSeconds) * kNanosPerUnit});
  return make_operation(RowOperation::kDivide, Type::kDecimal, {taken, unit});
}

constexpr RowFunction kFunctions[] = {
    {"if", 3, 3, check_if},
    {"coalesce", 2, SIZE_MAX, check_coalesce},
    {"abs", 1, 1, check_abs},
    {"round", 1, 2, check_round},
    {"min", 2, 2, check_extreme<RowOperation::kMin>},
    {"max", 2, 2, check_extreme<RowOperation::kMax>},
    {"length", 1, 1, check_text<RowOperation::kLength, Type::kInt>},
    {"lower", 1, 1, check_text<RowOperation::kLower, Type::kString>},
    {"upper", 1, 1, check_text<RowOperation::kUpper, Type::kString>},
    {"trim", 1, 1, check_text<RowOperation::kTrim, Type::kString>},
    {"equals_ignoring_case", 2, 2, check_equals_ignoring_case},
    {"hour_of", 1, 2, check_clock<RowOperation::kHourOf, Type::kInt>},
    {"weekday_of", 1, 2, check_clock<RowOperation::kWeekdayOf, Type::kInt>},
    {"date_of", 1, 2, check_clock<RowOperation::kDateOf, Type::kString>},
    {"seconds_between", 2, 2, check_between<1>},
    {"minutes_between", 2, 2, check_between<60>},
    {"hours_between", 2, 2, check_between<3'600>},
    {"days_between", 2, 2, check_between<86'400>},
};

}  // namespace

std::span<const RowFunction> row_functions() { return kFunctions; }

const RowFunction* find_row_function(std::string_view name) {
  const auto found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                  [&](const RowFunction& one) { return one.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

const std::vector<std::string>& row_function_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const RowFunction& function : kFunctions) names.emplace_back(function.name);
    return names;
  }();
  return kNames;
}

}  // namespace kpid
