#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/engine.h"
#include "pipeline/publish/snapshot.h"

namespace kpid {

/// One window of one KPI with every group that has an event in it.
struct WindowReport {
  size_t kpi = 0;          ///< index in Definitions::kpis
  size_t window_spec = 0;  ///< index in KpiDefinition::windows
  Window window;
  std::vector<Sample> samples;  ///< not empty; ascending by the bytes of the group's labels
};

/// Per KPI, from when on nothing of its record is missing; nothing: nothing ever was.
using Begins = std::vector<std::optional<EventTime>>;

/// Calls `visit` for every window that ends after `after` (nothing: any) and at or before `until`
/// (nothing: any), of the KPIs that `wanted` marks, ordered by end, then by the bytes of the names
/// of KPI and window. Windows that lack slices, or started before the record, are left out. The
/// engines are the shards of one instance.
void report_windows(std::span<Engine* const> shards, const std::vector<bool>& wanted,
                    std::optional<EventTime> after, std::optional<EventTime> until,
                    const Begins& begins, const std::function<void(const WindowReport&)>& visit);

}  // namespace kpid
