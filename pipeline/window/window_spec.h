#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/event/time.h"
#include "pipeline/result.h"
#include "pipeline/window/calendar.h"

namespace kpid {

/// The windows that one entry of `windows:` asks for. Fixed ones are tumbling where slide equals
/// size, else hopping; their starts are multiples of the slide since 1970-01-01T00:00:00Z.
/// Calendar ones follow each other without a gap.
class WindowSpec {
 public:
  /// REQUIRES: 0 < slide <= size; slide divides size.
  static WindowSpec fixed(std::string name, Duration size, Duration slide);
  static WindowSpec of_calendar(std::string name, Calendar calendar);

  /// As written, blanks folded to one: the `window` label.
  const std::string& name() const { return name_; }
  bool is_calendar() const { return calendar_.has_value(); }
  /// Nothing for fixed windows.
  const std::optional<Calendar>& calendar() const { return calendar_; }
  /// Of fixed windows; zero for calendar windows.
  Duration size() const { return size_; }
  Duration slide() const { return slide_; }

  /// The start of the last window that starts at or before `time`.
  EventTime last_start(EventTime time) const;
  /// The end of the window that ends first after `time`.
  EventTime next_end(EventTime time) const;
  /// The last end at or before `time`.
  EventTime last_end(EventTime time) const;
  /// The end of the last window that has `time` in it.
  EventTime last_end_around(EventTime time) const;
  /// The end before `end`. REQUIRES: `end` is one.
  EventTime end_before(EventTime end) const;
  /// The window that ends at `end`. REQUIRES: `end` is one.
  Window ending_at(EventTime end) const;

  /// How long a window is at most.
  Duration longest() const { return calendar_ ? calendar_->longest() : size_; }
  /// How long it is at most between two ends.
  Duration longest_slide() const { return calendar_ ? calendar_->longest() : slide_; }
  /// Whether both ask for the same windows, under whatever name.
  bool same_windows(const WindowSpec& other) const;

  bool operator==(const WindowSpec&) const = default;

 private:
  std::string name_;
  Duration size_{};   ///< zero for a calendar window
  Duration slide_{};  ///< zero for a calendar window
  std::optional<Calendar> calendar_;
};

/// Reads `5m`, `1h every 10s`, or `day week month quarter year` by `rules`.
TextResult<WindowSpec> parse_window(std::string_view text, const CalendarRules& rules = {});

/// Reads `200ms 30s 10m 1h 7d`; zero is allowed, a sign is not. The unit must be there.
TextResult<Duration> parse_duration(std::string_view text);

/// The duration as `parse_duration` reads it, in the largest unit that is exact: `90s`, `1500ms`,
/// `1h`. REQUIRES: not negative.
std::string format_duration(Duration duration);

}  // namespace kpid
