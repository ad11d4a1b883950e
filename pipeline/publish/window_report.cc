#include "pipeline/publish/window_report.h"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "pipeline/publish/group_labels.h"
#include "pipeline/publish/joined_window.h"

namespace kpid {

namespace {

/// A window to report, in the order of the output.
struct Entry {
  std::string_view kpi_name;
  std::string_view window_name;
  size_t kpi = 0;
  size_t window_spec = 0;

  auto operator<=>(const Entry&) const = default;
};

using EntriesByEnd = std::map<EventTime, std::set<Entry>>;

/// The ends, within bounds, of the windows that have a slice in them.
void add_ends(const Engine& engine, size_t kpi, std::optional<EventTime> after,
              std::optional<EventTime> until, EntriesByEnd& entries) {
  const KpiDefinition& definition = engine.plan().definitions->kpis[kpi];
  for (const size_t grouping : engine.plan().kpis[kpi].groupings) {
    for (size_t i = 0; i < definition.windows.size(); ++i) {
      const WindowSpec& spec = definition.windows[i];
      engine.slices(grouping).for_each_slice([&](const Window& slice) {
        EventTime end = spec.next_end(slice.start);
        if (after && end <= *after) end = spec.next_end(*after);
        // A slice of an earlier configuration may be longer than the windows of this one.
        const EventTime last = spec.last_end_around(slice.end - Duration{1});
        for (; end <= last && (!until || end <= *until); end = spec.next_end(end)) {
          entries[end].insert({definition.name, spec.name(), kpi, i});
        }
      });
    }
  }
}

bool labels_before(const Sample& a, const Sample& b) { return *a.group < *b.group; }

std::vector<Sample> samples_of(const JoinedWindow& window, size_t labels) {
  std::vector<Sample> samples;
  for (size_t group = 0; group < window.groups().size(); ++group) {
    if (window.events(group) == 0) continue;
    samples.push_back(window.sample(group));
    samples.back().group = shown_labels(window.groups().key(group));
  }
  if (window.overflow_events() > 0) {
    samples.push_back(window.overflow_sample());
    samples.back().group = same_labels(kOverflowGroupLabel, labels);
  }
  std::sort(samples.begin(), samples.end(), labels_before);
  return samples;
}

void report_end(std::span<Engine* const> shards, const Begins& begins, EventTime end,
                const std::set<Entry>& entries,
                const std::function<void(const WindowReport&)>& visit) {
  const Plan& plan = shards[0]->plan();
  std::vector<WindowQuery> queries;
  std::vector<std::vector<AskedInput>> asked;
  for (const Entry& entry : entries) {
    const WindowSpec& spec = plan.definitions->kpis[entry.kpi].windows[entry.window_spec];
    const KpiPlan& kpi = plan.kpis[entry.kpi];
    asked.emplace_back();
    for (const KpiInput& input : kpi.inputs) {
      const Window window = window_of(input, spec, spec.ending_at(end));
      const auto& begin = begins[entry.kpi];
      asked.back().push_back({.window = window,
                              .query = queries.size(),
                              .recorded = !begin || *begin <= window.start});
      queries.push_back({kpi.groupings[input.source], window});
    }
  }
  std::vector<std::shared_ptr<const ShardView>> views;
  for (Engine* shard : shards) views.push_back(shard->view(queries));
  std::map<std::vector<size_t>, JoinedGroups> groups_of;
  auto of_entry = asked.begin();
  for (const Entry& entry : entries) {
    const KpiDefinition& kpi = plan.definitions->kpis[entry.kpi];
    const auto& groupings = plan.kpis[entry.kpi].groupings;
    JoinedGroups& groups = groups_of.try_emplace(groupings, groupings).first->second;
    groups.move_to(views);
    const JoinedWindow joined(plan, entry.kpi, groups, views, std::move(*of_entry++));
    if (!joined.whole()) continue;
    const WindowReport report{.kpi = entry.kpi,
                              .window_spec = entry.window_spec,
                              .window = kpi.windows[entry.window_spec].ending_at(end),
                              .samples = samples_of(joined, kpi.by.size())};
    if (!report.samples.empty()) visit(report);
  }
}

}  // namespace

void report_windows(std::span<Engine* const> shards, const std::vector<bool>& wanted,
                    std::optional<EventTime> after, std::optional<EventTime> until,
                    const Begins& begins, const std::function<void(const WindowReport&)>& visit) {
  EntriesByEnd entries;
  for (const Engine* shard : shards) {
    for (size_t kpi = 0; kpi < wanted.size(); ++kpi) {
      if (wanted[kpi]) add_ends(*shard, kpi, after, until, entries);
    }
  }
  for (const auto& [end, at_end] : entries) report_end(shards, begins, end, at_end, visit);
}

}  // namespace kpid
