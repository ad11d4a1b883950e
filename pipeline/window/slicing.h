#pragma once

#include <vector>

#include "pipeline/window/window_spec.h"

namespace kpid {

/// Windows of one spec, and how far back from one's start something is read on its behalf, cut by
/// their boundaries.
struct NeededWindow {
  WindowSpec spec;
  Duration look_back{};
};

/// Cuts event time into slices: the longest intervals that no boundary of a set of windows cuts.
/// An event belongs to one slice, and a window is a whole number of slices, however many windows
/// overlap.
/// Source: general stream slicing, Traub et al., "Scotty", ICDE 2018.
class Slicing {
 public:
  /// A slice is dropped `retention` after it is last needed. REQUIRES: `windows` is not empty.
  Slicing(std::vector<NeededWindow> windows, Duration retention);

  /// The slice that has `time` in it.
  Window slice_at(EventTime time) const;

  /// Nobody needs `slice` once this is `retention` past: the end of the last window that contains
  /// it or looks back at it, and as much more as that window is shown beyond its retention, for its
  /// successor is final only a slide later. A slice of an earlier configuration counts as it lies.
  EventTime needed_until(const Window& slice) const;

  /// What becomes of a slice when nobody needs it so fine any more: in a few steps, as its
  /// neighbours are needed no finer either, one slice of the coarser windows.
  struct Fold {
    /// From when on: the windows that are gone by then ended before others of their specs became
    /// final, so that nobody asks for them again. The last instant: never.
    EventTime at = EventTime::max();
    Window into{};  ///< contains the slice; no window that needs it cuts it
  };
  Fold fold_of(const Window& slice) const;
  /// What a slice has become by `before` if it takes all steps that are due by then at once,
  /// beginning with `first`. REQUIRES: that one is due.
  Window folded_by(const Fold& first, EventTime before) const;
  /// Slices that become one at a fold, as long as they all may. Each event's count is merged once a
  /// step, so few steps are good; and as many slices as this, less one, wait at each step for the
  /// last of them, so small steps are.
  static constexpr int64_t kFoldedTogether = 4;

 private:
  /// Until when `time` is needed for `window`.
  EventTime needed_by(const NeededWindow& window, EventTime time) const;
  /// When the last of `window` that needs `time` is not shown any more: at its successor's end.
  static EventTime superseded_at(const NeededWindow& window, EventTime time);

  std::vector<NeededWindow> windows_;
  Duration retention_;
};

}  // namespace kpid
