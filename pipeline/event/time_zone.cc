#include "pipeline/event/time_zone.h"

#include <date/tz.h>

#include <stdexcept>

namespace kpid {

namespace {

// The machine's files list changes of the clock up to 2037; what comes later they give as a rule,
// which the library does not read. These years stand for all later ones: among them March 1 falls
// on each day of the week, and rules go by the day of the week.
constexpr int kFirstStandIn = 2026;
constexpr int kLastStandIn = 2036;

// The calendar, with its days of the week, repeats after so long.
constexpr std::chrono::seconds kCycle = std::chrono::days{146'097};

/// How much earlier clocks are set as they are at `reading`, at most in `kLastStandIn` + 1.
std::chrono::seconds stand_in_shift(std::chrono::seconds reading) {
  std::chrono::seconds shift{0};
  if (reading > 2 * kCycle) {  // years beyond the library's
    shift = (reading / kCycle - 1) * kCycle;
    reading -= shift;
  }
  const auto day = date::floor<date::days>(date::local_seconds{reading});
  if (day < date::local_days{date::year{kLastStandIn} / date::March / 1}) return shift;
  date::year year = date::year_month_day{day}.year();
  // Years from March to February, so that leap days come last and move nothing.
  const auto first_of = [](date::year y) { return date::local_days{y / date::March / 1}; };
  if (day < first_of(year)) --year;
  if (year <= date::year{kLastStandIn}) return shift;
  const date::weekday wanted{first_of(year)};
  date::year other{kFirstStandIn};
  while (date::weekday{first_of(other)} != wanted) ++other;
  return shift + (first_of(year) - first_of(other));
}

}  // namespace

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  if (name.empty()) return std::nullopt;
  try {
    return TimeZone(date::locate_zone(std::string(name)));
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

EventTime TimeZone::to_utc(LocalTime local) const {
  // In all three cases, unique, ambiguous and skipped, the first offset is the one wanted.
  const auto seconds = std::chrono::floor<std::chrono::seconds>(local.time_since_epoch());
  const date::local_info info =
      zone_->get_info(date::local_seconds{seconds - stand_in_shift(seconds)});
  return EventTime{local.time_since_epoch() - info.first.offset};
}

ZoneOffset TimeZone::offset_at(EventTime time) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  const std::chrono::seconds shift = stand_in_shift(seconds);
  const date::sys_info info = zone_->get_info(date::sys_seconds{seconds - shift});
  // What stands in for a later instant says nothing about its neighbours.
  if (shift != std::chrono::seconds{0}) return {info.offset, time, time};
  return {info.offset, EventTime{info.begin.time_since_epoch()},
          EventTime{info.end.time_since_epoch()}};
}

std::chrono::local_seconds ZoneClock::read(EventTime time) {
  if (time < offset_.start || time >= offset_.end) offset_ = zone_.offset_at(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  return std::chrono::local_seconds{seconds + offset_.ahead};
}

}  // namespace kpid
