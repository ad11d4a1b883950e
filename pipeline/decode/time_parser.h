#pragma once

#include <optional>
#include <string_view>

#include "pipeline/decode/time_pattern.h"
#include "pipeline/event/plain_number.h"
#include "pipeline/event/source_definition.h"
#include "pipeline/event/time.h"
#include "pipeline/event/time_zone.h"
#include "pipeline/result.h"

namespace kpid {

/// What became of a text that should name an instant.
enum class TimeStatus : uint8_t {
  kOk,
  kUnreadable,  ///< not of the format
  kOutOfRange,  ///< an instant, but outside the years 0000 to 9999
};

/// Whether times can be read by this format: a pattern that names an instant, and a time zone that
/// the machine knows. The error is in words for the user.
Result<void> check_time_format(const TimeFormat& format);

/// Whether the machine's database has a time zone of this name. Empty is UTC, and known.
bool known_time_zone(std::string_view name);

/// Reads instants of one format. Finer than a millisecond is cut: the floor.
///
/// unix_ms and unix_s: JSON's number grammar, fractions allowed. rfc3339: with `T`, `t` or a blank,
/// an offset or `Z` or `z`, any number of fractional digits; the leap second 60 is the second
/// after.
class TimeParser {
 public:
  /// REQUIRES: check_time_format(format).
  explicit TimeParser(const TimeFormat& format);

  /// Whether `number` is an instant of the format; `parse` has the last word on its text if not.
  bool read(const PlainNumber& number, EventTime& time) const {
    int64_t milliseconds = 0;
    return unix_digits_ && number.to_floor(*unix_digits_, milliseconds) &&
           in_range(EventTime{Duration{milliseconds}}, time) == TimeStatus::kOk;
  }
  /// `time` is set on kOk only. Never throws, whatever the text.
  TimeStatus parse(std::string_view text, EventTime& time) const;

 private:
  static constexpr EventTime kYear0{std::chrono::sys_days{std::chrono::year{0} / 1 / 1}};
  static constexpr EventTime kYear10000{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}};

  static TimeStatus in_range(EventTime instant, EventTime& time) {
    if (instant < kYear0 || instant >= kYear10000) return TimeStatus::kOutOfRange;
    time = instant;
    return TimeStatus::kOk;
  }
  TimeStatus parse_unix(std::string_view text, EventTime& time) const;
  TimeStatus parse_pattern(std::string_view text, EventTime& time) const;

  /// How many decimal digits of the format's unit make a millisecond; nothing for text.
  std::optional<int> unix_digits_;
  std::optional<TimePattern> pattern_;
  std::optional<TimeZone> zone_;  ///< nothing: UTC
};

}  // namespace kpid
