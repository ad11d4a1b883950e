#include "pipeline/window/slicing.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

Slicing::Slicing(std::vector<WindowSpec> windows) : windows_(std::move(windows)) {
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

EventTime Slicing::last_window_end(const Window& slice) const {
  EventTime end = slice.end;
  for (const WindowSpec& window : windows_) {
    end = std::max(end, window.last_end_around(slice.start));
  }
  return end;
}

}  // namespace kpid
