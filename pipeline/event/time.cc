#include "pipeline/event/time.h"

#include <fmt/format.h>

#include <iterator>

namespace kpid {

namespace {

// The Gregorian calendar repeats after this many days. `std::chrono::year` holds 16 bits, an
// EventTime many more, so whole cycles are taken off before the calendar is asked.
constexpr int64_t kDaysPerCycle = 146'097;
constexpr int64_t kYearsPerCycle = 400;

}  // namespace

char* write_date(std::chrono::days day, char* to) {
  using namespace std::chrono;
  int64_t cycle = day.count() / kDaysPerCycle;
  if (day.count() % kDaysPerCycle < 0) --cycle;
  const year_month_day date{sys_days{day - days{cycle * kDaysPerCycle}}};
  const int64_t year = static_cast<int>(date.year()) + cycle * kYearsPerCycle;
  return fmt::format_to(to, "{}{:04}-{:02}-{:02}", year < 0 ? "-" : "", year < 0 ? -year : year,
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string format_rfc3339(EventTime time) {
  using namespace std::chrono;
  // `floor<days>` would pass the range of milliseconds near the first instant.
  constexpr Duration kDay = days{1};
  const bool is_before_epoch = time.time_since_epoch() % kDay < Duration{0};
  const Duration in_day = time.time_since_epoch() % kDay + (is_before_epoch ? kDay : Duration{0});
  const days day{time.time_since_epoch() / kDay - (is_before_epoch ? 1 : 0)};
  const hh_mm_ss clock{in_day};
  char date[kLongestDate];
  std::string text(date, write_date(day, date));
  fmt::format_to(std::back_inserter(text), "T{:02}:{:02}:{:02}", clock.hours().count(),
                 clock.minutes().count(), clock.seconds().count());
  const int64_t milliseconds = clock.subseconds().count();
  if (milliseconds != 0) fmt::format_to(std::back_inserter(text), ".{:03}", milliseconds);
  text += 'Z';
  return text;
}

}  // namespace kpid
