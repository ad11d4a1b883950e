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
  for (const NeededWindow& window : windows_) {
    until = std::max(until, needed_by(window, slice.start));
  }
  return until;
}

EventTime Slicing::needed_by(const NeededWindow& window, EventTime time) const {
  const Duration shown_for = std::max(window.spec.longest_slide() - retention_, Duration{0});
  return window.spec.last_end_around(time + window.look_back) + shown_for;
}

EventTime Slicing::superseded_at(const NeededWindow& window, EventTime time) {
  return window.spec.next_end(window.spec.last_end_around(time + window.look_back));
}

namespace {

/// The next step from `slice` to all of `whole`, which contains it: aligned with the start of
/// `whole`, so that neighbours become the same.
Window next_step(const Window& slice, const Window& whole) {
  Duration length = slice.end - slice.start;
  while (length < whole.end - whole.start) {
    length *= Slicing::kFoldedTogether;
    const Duration offset = (slice.start - whole.start) / length * length;
    const Window step{whole.start + offset, std::min(whole.end, whole.start + offset + length)};
    if (step.end >= slice.end && step != slice) return step;
  }
  return whole;
}

}  // namespace

Slicing::Fold Slicing::fold_of(const Window& slice) const {
  // Asked for once each: the calendar's answers cost more than all the rest.
  std::vector<std::pair<EventTime, const NeededWindow*>> by_need;
  for (const NeededWindow& window : windows_) {
    by_need.emplace_back(superseded_at(window, slice.start), &window);
  }
  std::sort(by_need.begin(), by_need.end());
  // Without those that are needed least long, the rest cut the slice's time less finely.
  for (size_t gone = 1; gone < by_need.size(); ++gone) {
    Window whole{EventTime::min(), EventTime::max()};
    for (size_t i = gone; i < by_need.size(); ++i) {
      whole.start = std::max(whole.start, by_need[i].second->spec.last_start(slice.start));
      whole.end = std::min(whole.end, by_need[i].second->spec.next_end(slice.start));
    }
    const bool is_larger = whole.start <= slice.start && whole.end >= slice.end && whole != slice;
    if (!is_larger) continue;
    Fold fold{.at = EventTime::min(), .into = next_step(slice, whole)};
    for (size_t i = 0; i < gone; ++i) {
      fold.at = std::max(fold.at, superseded_at(*by_need[i].second, fold.into.end - Duration{1}));
    }
    return fold;
  }
  return {};
}

Window Slicing::folded_by(const Fold& first, EventTime before) const {
  Fold last = first;
  for (Fold next = fold_of(last.into); next.at <= before; next = fold_of(last.into)) last = next;
  return last.into;
}

}  // namespace kpid
