#include "pipeline/decode/time_parser.h"

#include "pipeline/check.h"
#include "pipeline/event/decimal.h"

namespace kpid {

bool known_time_zone(std::string_view name) { return name.empty() || TimeZone::find(name); }

Result<void> check_time_format(const TimeFormat& format) {
  if (format.kind != TimeFormat::Kind::kPattern) return {};
  if (!known_time_zone(format.time_zone)) {
    return failure("no time zone '" + format.time_zone + "' is known on this machine");
  }
  const Result<TimePattern> pattern = TimePattern::compile(format.pattern);
  if (!pattern) return tl::unexpected<Error>(pattern.error());
  return {};
}

TimeParser::TimeParser(const TimeFormat& format) {
  constexpr int kMillisecondDigits = 3;
  if (format.kind == TimeFormat::Kind::kUnixMillis) unix_digits_ = 0;
  if (format.kind == TimeFormat::Kind::kUnixSeconds) unix_digits_ = kMillisecondDigits;
  if (format.kind != TimeFormat::Kind::kPattern) return;
  Result<TimePattern> pattern = TimePattern::compile(format.pattern);
  KPID_ASSERT(pattern.has_value());
  pattern_ = *std::move(pattern);
  if (pattern_->has_offset() || format.time_zone.empty()) return;
  zone_ = TimeZone::find(format.time_zone);
  KPID_ASSERT(zone_.has_value());
}

TimeStatus TimeParser::parse(std::string_view text, EventTime& time) const {
  return unix_digits_ ? parse_unix(text, time) : parse_pattern(text, time);
}

TimeStatus TimeParser::parse_unix(std::string_view text, EventTime& time) const {
  int64_t milliseconds = 0;
  switch (parse_floor(text, *unix_digits_, milliseconds)) {
    case NumberStatus::kOk:
      return in_range(EventTime{Duration{milliseconds}}, time);
    case NumberStatus::kOutOfRange:
      return TimeStatus::kOutOfRange;
    case NumberStatus::kNotANumber:
    case NumberStatus::kNotAnInt:
      return TimeStatus::kUnreadable;
  }
  return TimeStatus::kUnreadable;
}

TimeStatus TimeParser::parse_pattern(std::string_view text, EventTime& time) const {
  const std::optional<ClockReading> reading = pattern_ ? pattern_->read(text) : read_rfc3339(text);
  if (!reading) return TimeStatus::kUnreadable;
  if (zone_) return in_range(zone_->to_utc(reading->local), time);
  const auto offset = reading->offset.value_or(std::chrono::minutes{0});
  return in_range(EventTime{reading->local.time_since_epoch() - offset}, time);
}

}  // namespace kpid
