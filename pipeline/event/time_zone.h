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

/// How far the clocks of a zone are ahead of UTC at an instant, and in [start, end) around it,
/// which is empty where only the instant itself is known.
struct ZoneOffset {
  std::chrono::seconds ahead;
  EventTime start;
  EventTime end;
};

/// A time zone of the IANA database of the machine. Cheap to copy.
class TimeZone {
 public:
  /// The zone of this name ("Europe/London", "UTC"); nothing when there is none.
  static std::optional<TimeZone> find(std::string_view name);

  /// The instant that a wall clock in the zone showed: the first where it showed it twice; where
  /// the clock skipped it, by the offset before the gap (London 2026-03-29 01:30 is 01:30Z).
  EventTime to_utc(LocalTime local) const;

  /// How the zone's clocks are set at an instant.
  ZoneOffset offset_at(EventTime time) const;

 private:
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;  ///< lives as long as the program
};

/// Reads a zone's wall clock at one instant after the other: quick where the offset is that of the
/// instant before. Every instant has one reading, so nothing is ambiguous.
class ZoneClock {
 public:
  explicit ZoneClock(TimeZone zone) : zone_(zone), offset_(zone.offset_at({})) {}

  /// What the clock shows; fractions of a second are cut, the floor.
  std::chrono::local_seconds read(EventTime time);

 private:
  TimeZone zone_;
  ZoneOffset offset_;
};

}  // namespace kpid
