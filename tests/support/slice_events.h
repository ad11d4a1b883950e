#pragma once

#include <span>

#include "pipeline/aggregate/slice_store.h"

namespace kpid {

/// Counts one event in a slice, as a batch of its own, and leaves its row in `rows`. Returns
/// whether it is the group's first there.
inline bool add_slice_event(SliceStore& store, const RowLayout& layout, EventTime time,
                            GroupId group, TouchedRows& rows) {
  bool first_event = false;
  const GroupSteps steps{.enters = [&](GroupId) { first_event = true; }, .leaves = {}};
  store.touch(std::span(&time, 1), std::span(&group, 1), steps, rows);
  rows.change<Count>(0, {layout, 0}, [](Count& count) { count.add(0); });
  return first_event;
}

inline bool add_slice_event(SliceStore& store, const RowLayout& layout, EventTime time,
                            GroupId group) {
  TouchedRows rows;
  return add_slice_event(store, layout, time, group, rows);
}

}  // namespace kpid
