#pragma once

#include <string>
#include <string_view>

#include "pipeline/event/time.h"
#include "pipeline/result.h"

namespace kpid {

/// The windows that one entry of `windows:` asks for: tumbling where slide equals size, else
/// hopping. Starts are multiples of the slide since 1970-01-01T00:00:00Z.
/// Invariant: 0 < slide <= size; slide divides size.
struct WindowSpec {
  std::string name;  ///< as written, blanks folded to one: the `window` label
  Duration size{};
  Duration slide{};

  /// The start of the last window that starts at or before `time`.
  EventTime last_start(EventTime time) const;
  /// The end of the window that ends first after `time`.
  EventTime next_end(EventTime time) const;
  /// The last end at or before `time`.
  EventTime last_end(EventTime time) const;
  /// The window that ends at `end`. REQUIRES: `end` is a multiple of the slide.
  Window ending_at(EventTime end) const { return {end - size, end}; }

  bool operator==(const WindowSpec&) const = default;
};

/// Reads `5m` or `1h every 10s`. Calendar windows are known and "not supported yet".
TextResult<WindowSpec> parse_window(std::string_view text);

/// Reads `200ms 30s 10m 1h 7d`; zero is allowed, a sign is not. The unit must be there.
TextResult<Duration> parse_duration(std::string_view text);

}  // namespace kpid
