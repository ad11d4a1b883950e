#include "pipeline/window/look_back.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

namespace {

using std::chrono::days;
using std::chrono::months;

using Unit = LookBack::Unit;

constexpr Duration kDay = std::chrono::hours{24};
// Spans beyond it are slips of the pen; below it no sum of a few overflows.
constexpr Duration kCentury = 36'525 * kDay;

// The most that the clocks of any zone were set back since 1971: those of Vostok, in 1994.
constexpr Duration kMostSetBack = std::chrono::hours{7};

/// The noun of a unit of the calendar.
std::string_view noun_of(Unit unit) {
  constexpr std::array<std::string_view, 7> kNouns = {"window", "millisecond", "day", "week",
                                                      "month",  "quarter",     "year"};
  return kNouns[static_cast<size_t>(unit)];
}

std::string in_largest_unit(int64_t milliseconds) {
  constexpr std::array<std::pair<int64_t, std::string_view>, 5> kUnits = {
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}}};
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                 [&](const auto& u) { return milliseconds % u.first == 0; });
  return fmt::format("{}{}", milliseconds / unit->first, unit->second);
}

Unit unit_of(const Calendar& calendar) {
  switch (calendar.unit()) {
    case CalendarUnit::kDay:
      return Unit::kDay;
    case CalendarUnit::kWeek:
      return Unit::kWeek;
    case CalendarUnit::kMonth:
      return Unit::kMonth;
    case CalendarUnit::kQuarter:
      return Unit::kQuarter;
    case CalendarUnit::kYear:
      return Unit::kYear;
  }
  __builtin_unreachable();
}

/// The length of a unit; of what the calendar stretches, the mean over four years.
Duration mean_length(const WindowSpec& spec, Unit unit) {
  switch (unit) {
    case Unit::kWindow:
      return spec.calendar() ? mean_length(spec, unit_of(*spec.calendar())) : spec.size();
    case Unit::kMillisecond:
      return Duration{1};
    case Unit::kDay:
      return kDay;
    case Unit::kWeek:
      return 7 * kDay;
    case Unit::kMonth:
      return kCentury / 1200;
    case Unit::kQuarter:
      return kCentury / 400;
    case Unit::kYear:
      return kCentury / 100;
  }
  __builtin_unreachable();
}

bool has_fixed_length(Unit unit) {
  return unit != Unit::kMonth && unit != Unit::kQuarter && unit != Unit::kYear;
}

/// How far a span goes back from a fixed window.
Duration fixed_length(const WindowSpec& spec, const LookBack& span) {
  KPID_ASSERT(has_fixed_length(span.unit));
  return span.amount * mean_length(spec, span.unit);
}

/// How far a span goes back by the date; nothing for parts of a day.
std::optional<DateStep> date_step(const Calendar& calendar, const LookBack& span) {
  switch (span.unit) {
    case Unit::kWindow:
      return date_step(calendar, {unit_of(calendar), span.amount});
    case Unit::kMillisecond:
      if (span.amount % kDay.count() != 0) return std::nullopt;
      return DateStep{.days = days{span.amount / kDay.count()}};
    case Unit::kDay:
      return DateStep{.days = days{span.amount}};
    case Unit::kWeek:
      return DateStep{.days = days{7 * span.amount}};
    case Unit::kMonth:
      return DateStep{.months = months{span.amount}};
    case Unit::kQuarter:
      return DateStep{.months = months{3 * span.amount}};
    case Unit::kYear:
      return DateStep{.months = months{12 * span.amount}};
  }
  __builtin_unreachable();
}

/// Whether such a step back from the first day of a unit leads to the first day of another.
bool leads_to_a_unit(const Calendar& calendar, DateStep step) {
  switch (calendar.unit()) {
    case CalendarUnit::kDay:
      return true;
    case CalendarUnit::kWeek:
      return step.months == months{0} && step.days % 7 == days{0};
    case CalendarUnit::kMonth:
      return step.days == days{0};
    case CalendarUnit::kQuarter:
      return step.days == days{0} && step.months % 3 == months{0};
    case CalendarUnit::kYear:
      return step.days == days{0} && step.months % 12 == months{0};
  }
  __builtin_unreachable();
}

/// The units of which a memory of such a length before one of `calendar` is a whole number.
Calendar memory_units(const Calendar& calendar, DateStep step) {
  return leads_to_a_unit(calendar, step) ? calendar : calendar.of_days();
}

int64_t most_of(const WindowSpec& spec, Unit unit) { return kCentury / mean_length(spec, unit); }

std::optional<LookBackMistake> check_amount(const WindowSpec& spec, const LookBack& span) {
  if (span.amount <= 0) {
    return LookBackMistake{fmt::format("'{}' is no time to look back", to_string(span)),
                           "write a length of time above 0"};
  }
  const int64_t most = most_of(spec, span.unit);
  if (span.amount <= most) return std::nullopt;
  const std::string written = span.unit == Unit::kWindow
                                  ? fmt::format("{} of '{}' are", to_string(span), spec.name())
                                  : fmt::format("'{}' is", to_string(span));
  return LookBackMistake{written + " longer than a hundred years",
                         fmt::format("write at most {}", to_string({span.unit, most}))};
}

LookBackMistake stretches(const WindowSpec& spec, const LookBack& span) {
  const int64_t whole_days = span.amount * mean_length(spec, span.unit) / kDay;
  return {fmt::format("'{}' is a fixed window, and a {} has no fixed length", spec.name(),
                      noun_of(span.unit)),
          fmt::format("write {}d, or use a calendar window such as 'day' or 'month'", whole_days)};
}

/// Names the nearest span in whole units.
std::string nearest(const WindowSpec& spec, Unit unit, const LookBack& span) {
  const Duration length = mean_length(spec, unit);
  const int64_t amount = (span.amount * mean_length(spec, span.unit) + length / 2) / length;
  const LookBack near{unit, std::clamp<int64_t>(amount, 1, most_of(spec, unit))};
  return fmt::format("write {}", to_string(near));
}

/// The day that many days before. A year at a time by the date; but one by one where the zone left
/// out a day, which a step by the date would count.
Window days_before(const WindowSpec& spec, Window day, int64_t amount) {
  constexpr days kYear{365};
  constexpr Duration kHalfADay = kDay / 2;
  while (amount > 0) {
    if (amount >= kYear.count()) {
      const Window back = spec.calendar()->unit_before(day.start, {.days = kYear});
      if (std::chrono::abs(day.start - back.start - kYear) < kHalfADay) {
        day = back;
        amount -= kYear.count();
        continue;
      }
    }
    day = spec.ending_at(day.start);
    --amount;
  }
  return day;
}

WindowSpec multiples_of(Duration step) {
  return WindowSpec::fixed(in_largest_unit(step.count()), step, step);
}

}  // namespace

std::string to_string(const LookBack& span) {
  if (span.unit == Unit::kMillisecond) return in_largest_unit(span.amount);
  return fmt::format("{} {}{}", span.amount, noun_of(span.unit), span.amount == 1 ? "" : "s");
}

std::optional<LookBackMistake> check_earlier(const WindowSpec& spec, const LookBack& span) {
  if (auto mistake = check_amount(spec, span)) return mistake;
  if (!spec.calendar()) {
    if (has_fixed_length(span.unit)) return std::nullopt;
    return stretches(spec, span);
  }
  const std::optional<DateStep> step = date_step(*spec.calendar(), span);
  if (step && leads_to_a_unit(*spec.calendar(), *step)) return std::nullopt;
  const Unit unit = unit_of(*spec.calendar());
  return LookBackMistake{fmt::format("the window '{}' moves by whole {}s, not by {}", spec.name(),
                                     noun_of(unit), to_string(span)),
                         nearest(spec, unit, span)};
}

std::optional<LookBackMistake> check_memory(const WindowSpec& spec, const LookBack& span) {
  if (!spec.calendar()) return check_earlier(spec, span);
  if (auto mistake = check_amount(spec, span)) return mistake;
  if (date_step(*spec.calendar(), span)) return std::nullopt;
  return LookBackMistake{fmt::format("the memory of the window '{}' is whole days, not {}",
                                     spec.name(), to_string(span)),
                         nearest(spec, Unit::kDay, span)};
}

Window earlier(const WindowSpec& spec, const Window& window, const LookBack& span) {
  if (!spec.calendar()) {
    const Duration length = fixed_length(spec, span);
    return {window.start - length, window.end - length};
  }
  if (span.unit != Unit::kWindow) {
    return spec.calendar()->unit_before(window.start, *date_step(*spec.calendar(), span));
  }
  if (spec.calendar()->unit() != CalendarUnit::kDay) {
    return spec.calendar()->unit_before(window.start, *date_step(*spec.calendar(), span));
  }
  return days_before(spec, window, span.amount);
}

Window memory_before(const WindowSpec& spec, const Window& window, const LookBack& span) {
  if (!spec.calendar() || span.unit == Unit::kWindow) {
    return {earlier(spec, window, span).start, window.start};
  }
  const DateStep step = *date_step(*spec.calendar(), span);
  return {memory_units(*spec.calendar(), step).unit_before(window.start, step).start, window.start};
}

std::optional<WindowSpec> cuts_of_earlier(const WindowSpec& spec, const LookBack& span) {
  if (spec.calendar() || span.unit == Unit::kWindow) return std::nullopt;
  const int64_t slide = spec.slide().count();
  const int64_t common = std::gcd(slide, fixed_length(spec, span).count());
  if (common == slide) return std::nullopt;
  return multiples_of(Duration{common});
}

std::optional<WindowSpec> cuts_of_memory(const WindowSpec& spec, const LookBack& span) {
  if (!spec.calendar() || span.unit == Unit::kWindow) return cuts_of_earlier(spec, span);
  const Calendar& calendar = *spec.calendar();
  const Calendar units = memory_units(calendar, *date_step(calendar, span));
  if (units == calendar) return std::nullopt;
  return WindowSpec::of_calendar("day", units);
}

Duration longest_look_back(const WindowSpec& spec, const LookBack& span) {
  if (!spec.calendar()) return fixed_length(spec, span);
  const DateStep step = *date_step(*spec.calendar(), span);
  const int64_t whole_years = step.months.count() / 12;
  const int64_t more_months = step.months.count() % 12;
  return (366 * whole_years + 31 * more_months + step.days.count()) * kDay + kMostSetBack;
}

}  // namespace kpid
