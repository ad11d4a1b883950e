#include "pipeline/formula/time_functions.h"

#include "pipeline/event/time.h"

namespace kpid {

int64_t hour_of(std::chrono::local_seconds clock) {
  const auto day = std::chrono::floor<std::chrono::days>(clock);
  return std::chrono::floor<std::chrono::hours>(clock - day).count();
}

int64_t weekday_of(std::chrono::local_seconds clock) {
  constexpr int64_t kThursday = 4;  // 1970-01-01
  const int64_t days = std::chrono::floor<std::chrono::days>(clock).time_since_epoch().count();
  const int64_t from_monday = (days + kThursday - 1) % 7;
  return (from_monday < 0 ? from_monday + 7 : from_monday) + 1;
}

std::string_view date_of(std::chrono::local_seconds clock, TextArena& arena) {
  char text[kLongestDate];
  const auto day = std::chrono::floor<std::chrono::days>(clock).time_since_epoch();
  return arena.keep({text, static_cast<size_t>(write_date(day, text) - text)});
}

}  // namespace kpid
