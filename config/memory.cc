#include "config/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

namespace kpid {

namespace {

using std::chrono::days;

/// From here on a group's slices are its memory.
constexpr int64_t kSlicesWarned = 10'000;
/// A slice of one group takes some hundred bytes: this many are a slip of the pen.
constexpr int64_t kSlicesMax = 1'000'000;

/// The least time between two ends, without the hour that a change of the clock takes away.
Duration least_slide(const WindowSpec& spec) {
  if (!spec.calendar()) return spec.slide();
  switch (spec.calendar()->unit()) {
    case CalendarUnit::kDay:
      return days{1};
    case CalendarUnit::kWeek:
      return days{7};
    case CalendarUnit::kMonth:
      return days{28};
    case CalendarUnit::kQuarter:
      return days{90};
    case CalendarUnit::kYear:
      return days{365};
  }
  __builtin_unreachable();
}

/// Windows that cut a grouping, and how old its slices get before these look at them no more.
struct Cut {
  Duration until{};
  Duration slide{};
};

std::vector<Cut> cuts_of(const GroupingPlan& grouping) {
  std::vector<Cut> cuts;
  for (const auto& [spec, look_back] : grouping.windows) {
    cuts.push_back({.until = spec.longest() + look_back, .slide = least_slide(spec)});
  }
  std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.until < b.until; });
  return cuts;
}

/// How many slices a stretch of time has at most: every slide that is no multiple of another cuts
/// by itself.
int64_t slices_in(Duration stretch, std::span<const Cut> cuts) {
  std::set<Duration> slides;
  for (const Cut& cut : cuts) slides.insert(cut.slide);
  int64_t slices = 0;
  for (auto slide = slides.begin(); slide != slides.end(); ++slide) {
    const bool by_itself = std::none_of(
        slides.begin(), slide, [&](Duration finer) { return *slide % finer == Duration::zero(); });
    if (by_itself) slices += (stretch + *slide - Duration{1}) / *slide;
  }
  return slices;
}

/// How many slices of a group `age` is made of at most. What is older than a cut's windows reach is
/// cut by the others alone.
int64_t slices_of_age(Duration age, const GroupingPlan& grouping) {
  const std::vector<Cut> cuts = cuts_of(grouping);
  int64_t slices = 0;
  Duration from{0};
  for (size_t i = 0; i < cuts.size() && from < age; ++i) {
    const bool is_last = i + 1 == cuts.size();
    const Duration to = is_last ? age : std::min(cuts[i].until, age);
    slices += slices_in(to - from, std::span(cuts).subspan(i));
    from = to;
  }
  return slices;
}

Duration span_of(const KpiInput& input, const WindowSpec& spec) {
  Duration span = spec.longest();
  for (const LookBack& step : input.earlier) span += longest_look_back(spec, step);
  if (input.memory) span += longest_look_back(spec, *input.memory);
  return span;
}

/// A window of a KPI of the configuration.
struct PlacedWindow {
  size_t kpi = 0;
  size_t window_spec = 0;
};

/// The window that cuts a grouping finest.
PlacedWindow finest_window(const Plan& plan, size_t grouping) {
  PlacedWindow finest;
  std::optional<Duration> least;
  for (size_t kpi = 0; kpi < plan.kpis.size(); ++kpi) {
    const auto& groupings = plan.kpis[kpi].groupings;
    if (std::find(groupings.begin(), groupings.end(), grouping) == groupings.end()) continue;
    const auto& windows = plan.definitions->kpis[kpi].windows;
    for (size_t spec = 0; spec < windows.size(); ++spec) {
      if (least && least_slide(windows[spec]) >= *least) continue;
      least = least_slide(windows[spec]);
      finest = {kpi, spec};
    }
  }
  return finest;
}

const ConfigPlace& place_of(const Plan& plan, const YamlNode& root, const PlacedWindow& window) {
  const YamlNode& kpis = root.find("kpis")->value;
  const YamlNode& kpi = kpis.find(plan.definitions->kpis[window.kpi].name)->value;
  return kpi.find("windows")->value.items[window.window_spec].place;
}

}  // namespace

std::vector<KpiMemory> memory_of(const Plan& plan) {
  std::vector<KpiMemory> memories;
  for (size_t kpi = 0; kpi < plan.kpis.size(); ++kpi) {
    const auto& windows = plan.definitions->kpis[kpi].windows;
    for (size_t spec = 0; spec < windows.size(); ++spec) {
      KpiMemory memory{.kpi = kpi, .window_spec = spec};
      for (const KpiInput& input : plan.kpis[kpi].inputs) {
        const Duration span = span_of(input, windows[spec]);
        const GroupingPlan& grouping = plan.groupings[plan.kpis[kpi].groupings[input.source]];
        memory.span = std::max(memory.span, span);
        memory.slices = std::max(memory.slices, slices_of_age(span, grouping));
      }
      memories.push_back(memory);
    }
  }
  return memories;
}

void check_memory(const Plan& plan, const YamlNode& root, Problems& problems) {
  for (size_t index = 0; index < plan.groupings.size(); ++index) {
    const GroupingPlan& grouping = plan.groupings[index];
    Duration longest{0};
    for (const auto& [spec, look_back] : grouping.windows) {
      longest = std::max(longest, spec.longest() + look_back);
    }
    const int64_t slices = slices_of_age(longest + grouping.retention, grouping);
    if (slices <= kSlicesWarned) continue;
    const ConfigPlace& place = place_of(plan, root, finest_window(plan, index));
    const std::string text = fmt::format("a group of source '{}' keeps up to {} slices",
                                         plan.definitions->sources[grouping.source].name, slices);
    const std::string hint =
        "a longer slide, or a shorter window, look back or retention, makes them fewer";
    if (slices <= kSlicesMax) {
      problems.warning(place, text, hint);
    } else {
      problems.error(place, fmt::format("{}, at most {} are possible", text, kSlicesMax), hint);
    }
  }
}

}  // namespace kpid
