#include "pipeline/window/slicing.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

Slicing::Slicing(std::vector<NeededWindow> windows, Duration retention)
    : windows_(std::move(windows)), retention_(retention) {
  KPID_ASSERT(!windows_.empty());
}

Window Slicing::slice_at(EventTime time) const {
  Window slice{EventTime::min(), EventTime::max()};
  for (const NeededWindow& window : windows_) {
    slice.start = std::max(slice.start, window.spec.last_start(time));
    slice.end = std::min(slice.end, window.spec.next_end(time));
  }
  return slice;
}

EventTime Slicing::needed_until(const Window& slice) const {
  EventTime until = slice.end;
  for (const auto& [spec, look_back] : windows_) {
    const Duration shown_for = std::max(spec.longest_slide() - retention_, Duration{0});
    until = std::max(until, spec.last_end_around(slice.start + look_back) + shown_for);
  }
  return until;
}

}  // namespace kpid
