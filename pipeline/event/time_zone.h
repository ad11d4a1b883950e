#pragma once

#include <optional>
#include <string_view>

#include "pipeline/event/time.h"

namespace date {
class time_zone;
}

namespace kpid {

/// A wall clock's reading, as if it were UTC.
using LocalTime = std::chrono::local_time<Duration>;

/// A time zone of the IANA database of the machine. Cheap to copy.
class TimeZone {
 public:
  /// The zone of this name ("Europe/London", "UTC"); nothing when there is none.
  static std::optional<TimeZone> find(std::string_view name);

  /// The instant that a wall clock in the zone showed: the first where it showed it twice; where
  /// the clock skipped it, by the offset before the gap (London 2026-03-29 01:30 is 01:30Z).
  EventTime to_utc(LocalTime local) const;
  /// What a wall clock in the zone shows at that instant.
  LocalTime to_local(EventTime time) const;

 private:
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;  ///< lives as long as the program
};

}  // namespace kpid
