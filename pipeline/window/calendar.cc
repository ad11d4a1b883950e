#include "pipeline/window/calendar.h"

#include <utility>

#include "pipeline/check.h"

namespace kpid {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::months;
using std::chrono::year_month_day;
using std::chrono::years;

TimeZone known_zone(const std::string& name) {
  const auto zone = TimeZone::find(name);
  KPID_ASSERT(zone.has_value());
  return *zone;
}

/// The first of the days `first`, `first` + `step` months, ... behind which `day` still lies.
local_days last_multiple(year_month_day first, months step, local_days day) {
  // The year before may hold the period that the day is in.
  first -= years{1};
  while (local_days{first + step} <= day) first += step;
  return local_days{first};
}

local_days earlier_by(local_days day, DateStep step) {
  const year_month_day date = year_month_day{day} - step.months;
  const local_days moved{date.ok() ? date : date.year() / date.month() / std::chrono::last};
  return moved - step.days;
}

}  // namespace

Calendar::Calendar(CalendarUnit unit, CalendarRules rules)
    : unit_(unit), rules_(std::move(rules)), zone_(known_zone(rules_.time_zone)) {
  KPID_ASSERT(rules_.year_starts.ok() && rules_.year_starts.day() <= std::chrono::day{28});
}

local_days Calendar::first_day(local_days day) const {
  const year_month_day date{day};
  switch (unit_) {
    case CalendarUnit::kDay:
      return day;
    case CalendarUnit::kWeek:
      return day - (std::chrono::weekday{day} - rules_.week_starts);
    case CalendarUnit::kMonth:
      return local_days{date.year() / date.month() / 1};
    case CalendarUnit::kQuarter:
      return last_multiple(date.year() / rules_.year_starts, months{3}, day);
    case CalendarUnit::kYear:
      return last_multiple(date.year() / rules_.year_starts, months{12}, day);
  }
  __builtin_unreachable();
}

local_days Calendar::next_first_day(local_days first) const {
  const year_month_day date{first};
  switch (unit_) {
    case CalendarUnit::kDay:
      return first + days{1};
    case CalendarUnit::kWeek:
      return first + days{7};
    case CalendarUnit::kMonth:
      return local_days{date + months{1}};
    case CalendarUnit::kQuarter:
      return local_days{date + months{3}};
    case CalendarUnit::kYear:
      return local_days{date + years{1}};
  }
  __builtin_unreachable();
}

local_days Calendar::local_day(EventTime time) const {
  return std::chrono::floor<days>(LocalTime{time.time_since_epoch() + zone_.offset_at(time).ahead});
}

EventTime Calendar::start_of(EventTime time) const {
  local_days first = first_day(local_day(time));
  // A clock set back over midnight shows the day before once more, in a day that had begun.
  while (midnight(next_first_day(first)) <= time) first = next_first_day(first);
  return midnight(first);
}

EventTime Calendar::next_start(EventTime time) const {
  local_days first = first_day(local_day(time));
  do {
    first = next_first_day(first);
  } while (midnight(first) <= time);
  return midnight(first);
}

Window Calendar::unit_before(EventTime time, DateStep step) const {
  const local_days first = first_day(earlier_by(local_day(time), step));
  // From its end, for a day that was left out ends where it starts, and where the day before ends.
  const EventTime end = midnight(next_first_day(first));
  return {start_of(end - Duration{1}), end};
}

Calendar Calendar::of_days() const {
  Calendar calendar = *this;
  calendar.unit_ = CalendarUnit::kDay;
  return calendar;
}

Duration Calendar::longest() const {
  // One hour more than by the clock, for the day on which it is set back.
  switch (unit_) {
    case CalendarUnit::kDay:
      return std::chrono::hours{25};
    case CalendarUnit::kWeek:
      return days{7} + std::chrono::hours{1};
    case CalendarUnit::kMonth:
      return days{31} + std::chrono::hours{1};
    case CalendarUnit::kQuarter:
      return days{92} + std::chrono::hours{1};
    case CalendarUnit::kYear:
      return days{366} + std::chrono::hours{1};
  }
  __builtin_unreachable();
}

}  // namespace kpid
