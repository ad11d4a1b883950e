#include "config/calendar_settings.h"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>

namespace kpid {

namespace {

// Every month has it, so the first day of a fiscal year and of its quarters always exists.
constexpr unsigned kLastDay = 28;

std::optional<unsigned> two_digits(std::string_view text) {
  unsigned value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() != 2 || end != text.data() + text.size() || status != std::errc()) {
    return std::nullopt;
  }
  return value;
}

/// Reads `04-06`: April 6.
std::optional<std::chrono::month_day> month_day(std::string_view text) {
  if (text.size() != 5 || text[2] != '-') return std::nullopt;
  const auto month = two_digits(text.substr(0, 2));
  const auto day = two_digits(text.substr(3));
  if (!month || !day || *month < 1 || *month > 12 || *day < 1 || *day > kLastDay) {
    return std::nullopt;
  }
  return std::chrono::month{*month} / std::chrono::day{*day};
}

}  // namespace

void read_calendar_rules(const MappingReader& reader, CalendarRules& rules) {
  reader.time_zone("time_zone", rules.time_zone);
  const std::array<std::string, 7> days = {"monday", "tuesday",  "wednesday", "thursday",
                                           "friday", "saturday", "sunday"};
  if (const auto day = reader.choice("week_starts", days)) {
    rules.week_starts = std::chrono::Monday + std::chrono::days{*day};
  }
  std::string year_starts;
  reader.text("year_starts", year_starts);
  if (year_starts.empty()) return;
  if (const auto day = month_day(year_starts)) {
    rules.year_starts = *day;
  } else {
    reader.refuse("year_starts", "'" + year_starts + "' is no day that every year has",
                  "write month and day, like 04-06; the day is at most 28");
  }
}

}  // namespace kpid
