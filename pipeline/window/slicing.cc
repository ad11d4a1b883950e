#include "pipeline/window/slicing.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

Slicing::Slicing(std::vector<WindowSpec> windows, Duration retention)
    : windows_(std::move(windows)), retention_(retention) {
  KPID_ASSERT(!windows_.empty());
}

Window Slicing::slice_at(EventTime time) const {
  Window slice{EventTime::min(), EventTime::max()};
  for (const WindowSpec& window : windows_) {
    slice.start = std::max(slice.start, window.last_start(time));
    slice.end = std::min(slice.end, window.next_end(time));
  }
  return slice;
}

EventTime Slicing::needed_until(const Window& slice) const {
  EventTime until = slice.end;
  for (const WindowSpec& window : windows_) {
    const Duration shown_for = std::max(window.longest_slide() - retention_, Duration{0});
    until = std::max(until, window.last_end_around(slice.start) + shown_for);
  }
  return until;
}

}  // namespace kpid
