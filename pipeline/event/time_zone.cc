#include "pipeline/event/time_zone.h"

#include <date/tz.h>

#include <stdexcept>

namespace kpid {

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
  const date::local_info info = zone_->get_info(date::local_seconds{seconds});
  return EventTime{local.time_since_epoch() - info.first.offset};
}

}  // namespace kpid
