#pragma once

#include <vector>

#include "pipeline/window/window_spec.h"

namespace kpid {

/// Cuts event time into slices: the longest intervals that no boundary of a set of windows cuts.
/// An event belongs to one slice, and a window is a whole number of slices, however many windows
/// overlap.
/// Source: general stream slicing, Traub et al., "Scotty", ICDE 2018.
class Slicing {
 public:
  /// REQUIRES: `windows` is not empty.
  explicit Slicing(std::vector<WindowSpec> windows);

  /// The slice that has `time` in it.
  Window slice_at(EventTime time) const;

  /// The end of the last window that contains `slice`: nobody needs the slice after it. A slice
  /// of an earlier configuration counts as it lies.
  EventTime last_window_end(const Window& slice) const;

 private:
  std::vector<WindowSpec> windows_;
};

}  // namespace kpid
