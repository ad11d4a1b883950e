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

/// A time at which the clock is set as it is at `local`, at most in `kLastStandIn` + 1.
date::local_seconds stand_in(date::local_seconds local) {
  const auto day = date::floor<date::days>(local);
  date::year year = date::year_month_day{day}.year();
  // Years from March to February, so that leap days come last and move nothing.
  const auto first_of = [](date::year y) { return date::local_days{y / date::March / 1}; };
  if (day < first_of(year)) --year;
  if (year <= date::year{kLastStandIn}) return local;
  const date::weekday wanted{first_of(year)};
  date::year other{kFirstStandIn};
  while (date::weekday{first_of(other)} != wanted) ++other;
  return local - (first_of(year) - first_of(other));
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
  const date::local_info info = zone_->get_info(stand_in(date::local_seconds{seconds}));
  return EventTime{local.time_since_epoch() - info.first.offset};
}

LocalTime TimeZone::to_local(EventTime time) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  // The offset of the stand-in of the time's own reading in UTC: rules change on the same days.
  const date::local_seconds as_local{seconds};
  const date::local_seconds standing_in = stand_in(as_local);
  const date::sys_info info = zone_->get_info(date::sys_seconds{standing_in.time_since_epoch()});
  return LocalTime{time.time_since_epoch() + info.offset};
}

}  // namespace kpid
