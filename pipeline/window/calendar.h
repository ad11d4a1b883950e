#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "pipeline/event/time.h"
#include "pipeline/event/time_zone.h"

namespace kpid {

/// What a calendar window is one of.
enum class CalendarUnit : uint8_t { kDay, kWeek, kMonth, kQuarter, kYear };

/// How a business counts its days, weeks and years.
struct CalendarRules {
  std::string time_zone = "UTC";  ///< IANA name, known to the machine
  std::chrono::weekday week_starts = std::chrono::Monday;
  /// The first day of a (fiscal) year, and so of its quarters. The day is at most 28.
  std::chrono::month_day year_starts{std::chrono::January, std::chrono::day{1}};

  bool operator==(const CalendarRules&) const = default;
};

/// A distance on the calendar: first so many months, then so many days. Neither is negative.
struct DateStep {
  std::chrono::months months{0};
  std::chrono::days days{0};
};

/// Cuts time at the wall clock's midnights in a zone: days of 23, 24 and 25 hours, and whole
/// numbers of them. A day that begins in a gap of the clock begins at the gap; one whose midnight
/// comes twice begins at the first.
class Calendar {
 public:
  /// REQUIRES: the zone of `rules` is known.
  Calendar(CalendarUnit unit, CalendarRules rules);

  /// The start of the unit that has `time` in it.
  EventTime start_of(EventTime time) const;
  /// The start of the unit after that.
  EventTime next_start(EventTime time) const;

  /// The unit with the day in it that lies `step` before the day of `time`, by the date: a day
  /// that its month does not have is the month's last, and one that the zone left out is the day
  /// before. So February 29 less a year is February 28.
  Window unit_before(EventTime time, DateStep step) const;
  /// The days of the same zone.
  Calendar of_days() const;

  CalendarUnit unit() const { return unit_; }
  const CalendarRules& rules() const { return rules_; }

  /// Longer than any such unit can be, and shorter than any two.
  Duration longest() const;

  bool operator==(const Calendar& other) const {
    return unit_ == other.unit_ && rules_ == other.rules_;
  }

 private:
  std::chrono::local_days first_day(std::chrono::local_days day) const;
  std::chrono::local_days next_first_day(std::chrono::local_days first) const;
  std::chrono::local_days local_day(EventTime time) const;
  EventTime midnight(std::chrono::local_days day) const { return zone_.to_utc(LocalTime{day}); }

  CalendarUnit unit_;
  CalendarRules rules_;
  TimeZone zone_;
};

}  // namespace kpid
