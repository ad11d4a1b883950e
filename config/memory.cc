#include "config/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
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

/// Whether every boundary of the one is a boundary of the other.
bool has_cuts_of(const Calendar& fine, const Calendar& coarse) {
  const CalendarRules& rules = fine.rules();
  const CalendarRules& wanted = coarse.rules();
  if (rules.time_zone != wanted.time_zone) return false;
  const bool same_years = rules.year_starts == wanted.year_starts;
  switch (fine.unit()) {
    case CalendarUnit::kDay:
      return true;
    case CalendarUnit::kWeek:
      return coarse.unit() == CalendarUnit::kWeek && rules.week_starts == wanted.week_starts;
    case CalendarUnit::kMonth:
      return coarse.unit() == CalendarUnit::kMonth ||
             (coarse.unit() >= CalendarUnit::kQuarter &&
              wanted.year_starts.day() == std::chrono::day{1});
    case CalendarUnit::kQuarter:
      return coarse.unit() >= CalendarUnit::kQuarter && same_years;
    case CalendarUnit::kYear:
      return coarse.unit() == CalendarUnit::kYear && same_years;
  }
  __builtin_unreachable();
}

/// The same of windows; true only where that is plain.
bool has_cuts_of(const WindowSpec& fine, const WindowSpec& coarse) {
  const auto in_utc = [](const WindowSpec& spec) {
    return spec.calendar()->rules().time_zone == "UTC";
  };
  const Duration day = days{1};
  if (fine.calendar() && coarse.calendar())
    return has_cuts_of(*fine.calendar(), *coarse.calendar());
  if (fine.calendar()) {
    return in_utc(fine) && fine.calendar()->unit() == CalendarUnit::kDay &&
           coarse.slide() % day == Duration::zero();
  }
  if (coarse.calendar()) return in_utc(coarse) && day % fine.slide() == Duration::zero();
  return coarse.slide() % fine.slide() == Duration::zero();
}

/// Windows that cut a grouping, and how old its slices get before these need them no more: the last
/// window with a slice is shown until its successor is final.
struct Cut {
  const WindowSpec* spec = nullptr;
  Duration until{};
};

std::vector<Cut> cuts_in_order(const GroupingPlan& grouping) {
  std::vector<Cut> cuts;
  for (const auto& [spec, look_back] : grouping.windows) {
    const Duration shown = spec.longest() + look_back + spec.longest_slide();
    cuts.push_back({.spec = &spec, .until = shown + grouping.fine_for});
  }
  std::stable_sort(cuts.begin(), cuts.end(),
                   [](const Cut& a, const Cut& b) { return a.until < b.until; });
  return cuts;
}

/// How many slices a stretch of time has at most: windows whose boundaries are not all those of
/// others cut by themselves.
int64_t slices_in(Duration stretch, std::span<const Cut> cuts) {
  int64_t slices = 0;
  for (size_t i = 0; i < cuts.size(); ++i) {
    bool by_itself = true;
    for (size_t j = 0; j < cuts.size() && by_itself; ++j) {
      if (i == j || !has_cuts_of(*cuts[j].spec, *cuts[i].spec)) continue;
      by_itself = i < j && has_cuts_of(*cuts[i].spec, *cuts[j].spec);  // of equals the first
    }
    const Duration slide = least_slide(*cuts[i].spec);
    if (by_itself) slices += (stretch + slide - Duration{1}) / slide;
  }
  return slices;
}

/// How many slices wait at most until they are coarse, where the finest cut at a time was a `fine`
/// one before, and is a `coarse` one now; see Slicing::Fold.
int64_t waiting_slices(Duration fine, Duration coarse) {
  int64_t waiting = 0;
  for (Duration step = fine; step < coarse; step *= Slicing::kFoldedTogether) {
    waiting += Slicing::kFoldedTogether - 1;
  }
  return std::min<int64_t>(waiting, coarse / fine);
}

Duration finest_slide(std::span<const Cut> cuts) {
  Duration finest = Duration::max();
  for (const Cut& cut : cuts) finest = std::min(finest, least_slide(*cut.spec));
  return finest;
}

/// How many slices of a group `age` is made of at most. What is older than windows need is cut by
/// the others alone.
int64_t slices_of_age(Duration age, const GroupingPlan& grouping) {
  const std::vector<Cut> cuts = cuts_in_order(grouping);
  int64_t slices = 0;
  Duration from{0};
  for (size_t i = 0; i < cuts.size() && from < age; ++i) {
    const bool is_last = i + 1 == cuts.size();
    const Duration to = is_last ? age : std::min(cuts[i].until, age);
    const auto still_cutting = std::span(cuts).subspan(i);
    slices += slices_in(to - from, still_cutting);
    if (i > 0) {
      slices +=
          waiting_slices(finest_slide(std::span(cuts).subspan(i - 1)), finest_slide(still_cutting));
    }
    from = to;
  }
  return slices;
}

/// A window of a KPI of the configuration.
struct PlacedWindow {
  size_t kpi = 0;
  size_t window_spec = 0;
};

/// The window for which a grouping is cut finest.
PlacedWindow finest_window(const Plan& plan, size_t grouping) {
  PlacedWindow finest;
  std::optional<Duration> least;
  for (size_t kpi = 0; kpi < plan.kpis.size(); ++kpi) {
    const auto& windows = plan.definitions->kpis[kpi].windows;
    for (const KpiInput& input : plan.kpis[kpi].inputs) {
      if (plan.kpis[kpi].groupings[input.source] != grouping) continue;
      for (size_t spec = 0; spec < windows.size(); ++spec) {
        const Duration slide = least_slide(cuts_of(input, windows[spec]));
        if (least && slide >= *least) continue;
        least = slide;
        finest = {kpi, spec};
      }
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
      std::vector<Duration> spans(plan.kpis[kpi].groupings.size());
      for (const KpiInput& input : plan.kpis[kpi].inputs) {
        Duration& span = spans[input.source];
        span = std::max(span, windows[spec].longest() + longest_look_back(input, windows[spec]));
      }
      for (size_t source = 0; source < spans.size(); ++source) {
        const GroupingPlan& grouping = plan.groupings[plan.kpis[kpi].groupings[source]];
        memory.span = std::max(memory.span, spans[source]);
        memory.slices = std::max(memory.slices, slices_of_age(spans[source], grouping));
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
        "a longer slide, or a shorter window, look back, keep_windows or retention, makes them "
        "fewer";
    if (slices <= kSlicesMax) {
      problems.warning(place, text, hint);
    } else {
      problems.error(place, fmt::format("{}, at most {} are possible", text, kSlicesMax), hint);
    }
  }
}

}  // namespace kpid
