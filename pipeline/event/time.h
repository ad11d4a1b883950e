#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <string>

namespace kpid {

using Duration = std::chrono::milliseconds;
using EventTime = std::chrono::sys_time<Duration>;  ///< when it happened; UTC

/// Half-open interval of event time, [start, end). Invariant: start < end.
struct Window {
  EventTime start;
  EventTime end;

  auto operator<=>(const Window&) const = default;
};

/// The first instant an event may have, 1971-01-01, and the first it may not, 2200-01-01.
/// Catches seconds taken for milliseconds, and the reverse.
inline constexpr EventTime kEarliestEventTime{
    std::chrono::sys_days{std::chrono::year{1971} / 1 / 1}};
inline constexpr EventTime kEndOfEventTime{std::chrono::sys_days{std::chrono::year{2200} / 1 / 1}};

/// The calendar's date as "2026-03-29", written to `to`, which has room for `kLongestDate` bytes;
/// returns where it ends. Years below 0 or above 9999 are written as they are.
/// REQUIRES: a day within 2^63 milliseconds of 1970-01-01, which is day 0.
char* write_date(std::chrono::days day, char* to);
inline constexpr size_t kLongestDate = 16;

/// RFC 3339 in UTC: "2026-03-29T01:30:00Z", with ".250" only where the milliseconds are not 0.
/// Years below 0 or above 9999 are written as they are, and are no RFC 3339 any more.
std::string format_rfc3339(EventTime time);

}  // namespace kpid
