#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/time.h"
#include "pipeline/event/time_zone.h"
#include "pipeline/result.h"

namespace kpid {

/// What a wall clock and a calendar said, and how far they were from UTC, if they said that.
struct ClockReading {
  LocalTime local;
  std::optional<std::chrono::minutes> offset;  ///< local minus UTC
};

/// A strftime pattern, made for reading.
///
/// Knows %Y %y %m %d %e %j %b %B %h %a %A %H %I %p %M %S %z %D %F %R %T %n %t %%. Numbers may lack
/// leading zeros but for %Y, which has four digits. %S takes a fraction of any length with it, and
/// 60 for the second after 59. Names are English, in any case. A blank stands for any number of
/// blanks. %z is `Z`, `+hh`, `+hhmm` or `+hh:mm`.
/// Source: POSIX strptime, which this follows but for the fraction and the strict year.
class TimePattern {
 public:
  /// Fails for a specifier it does not know, and for a pattern that names no day.
  static Result<TimePattern> compile(std::string_view pattern);

  /// What `text`, all of it, says by the pattern; nothing when it does not match or names a day or
  /// an hour that does not exist.
  std::optional<ClockReading> read(std::string_view text) const;

  /// Whether the text itself names its offset from UTC (%z).
  bool has_offset() const { return has('z'); }

 private:
  /// A specifier by its letter, a literal character, or blanks.
  struct Item {
    enum class Kind : uint8_t { kSpecifier, kLiteral, kBlanks };

    Kind kind;
    char character;
  };

  bool has(char specifier) const;
  bool add_specifier(char specifier);

  std::vector<Item> items_;
};

/// Reads RFC 3339's date-time; nothing when `text` is not one.
std::optional<ClockReading> read_rfc3339(std::string_view text);

}  // namespace kpid
