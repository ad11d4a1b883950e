#include "pipeline/publish/shown_windows.h"

#include <algorithm>

#include "pipeline/aggregate/byte_codec.h"

namespace kpid {

namespace {

const WindowSpec& spec_of(const Plan& plan, const Showing& showing) {
  return plan.definitions->kpis[showing.kpi].windows[showing.window_spec];
}

/// What names a showing in the checkpoint.
std::string name_of(const Plan& plan, const Showing& showing) {
  return plan.definitions->kpis[showing.kpi].name + '\n' + spec_of(plan, showing).name() + '\n' +
         (showing.live ? "live" : "final");
}

void move_on(std::optional<EventTime>& time, std::optional<EventTime> to) {
  if (to && (!time || *to > *time)) time = to;
}

}  // namespace

ShownWindows::ShownWindows(const Plan& plan)
    : plan_(plan), final_times_(plan.definitions->kpis.size()) {
  for (size_t kpi = 0; kpi < plan.kpis.size(); ++kpi) {
    sources_of_.emplace_back();
    for (const size_t grouping : plan.kpis[kpi].groupings) {
      sources_of_.back().push_back(plan.groupings[grouping].source);
    }
    const KpiDefinition& definition = plan.definitions->kpis[kpi];
    for (size_t spec = 0; spec < definition.windows.size(); ++spec) {
      const Show show = show_of(definition, definition.windows[spec]);
      if (show != Show::kLive) showings_.push_back({kpi, spec, false});
      if (show != Show::kFinal) showings_.push_back({kpi, spec, true});
    }
  }
  ends_.resize(showings_.size());
}

void ShownWindows::update(const ProgressTracker& progress, const std::vector<SourceAccess>& access,
                          EventTime now) {
  for (size_t kpi = 0; kpi < final_times_.size(); ++kpi) {
    final_times_[kpi].reset();
    for (const size_t source : sources_of_[kpi]) {
      const auto& time = progress.source(source).final_time;
      if (time && (!final_times_[kpi] || *time < *final_times_[kpi])) final_times_[kpi] = time;
    }
  }
  for (size_t i = 0; i < showings_.size(); ++i) {
    const auto& sources = sources_of_[showings_[i].kpi];
    const bool held = std::any_of(sources.begin(), sources.end(),
                                  [&](size_t source) { return !access[source].held.empty(); });
    move_on(ends_[i], held ? held_end(showings_[i], progress, access, now)
                           : choose_end(showings_[i], progress, now));
  }
}

std::optional<EventTime> ShownWindows::choose_end(const Showing& showing,
                                                  const ProgressTracker& progress,
                                                  EventTime now) const {
  const WindowSpec& spec = spec_of(plan_, showing);
  if (!showing.live) {
    const auto& final_time = final_times_[showing.kpi];
    return final_time ? std::optional(spec.last_end(*final_time)) : std::nullopt;
  }
  const std::optional<EventTime> newest = newest_time(showing, progress);
  if (!newest) return std::nullopt;
  const auto& sources = sources_of_[showing.kpi];
  const bool all_idle = std::all_of(sources.begin(), sources.end(), [&](size_t source) {
    return progress.source(source).all_idle;
  });
  return spec.next_end(all_idle ? now : std::min(*newest, now));
}

/// final_time may go far ahead while a source catches up, when no other partition than an idle one
/// has been found yet. The watermark waits for all that are found and have something to read.
std::optional<EventTime> ShownWindows::held_end(const Showing& showing,
                                                const ProgressTracker& progress,
                                                const std::vector<SourceAccess>& access,
                                                EventTime now) const {
  std::optional<EventTime> least;
  for (const size_t source : sources_of_[showing.kpi]) {
    const bool held = !access[source].held.empty();
    const auto& watermark = progress.source(source).watermark;
    if (held && (!access[source].all_found || !watermark)) return std::nullopt;
    if (watermark && (!least || *watermark < *least)) least = watermark;
  }
  if (!least) return std::nullopt;
  const WindowSpec& spec = spec_of(plan_, showing);
  if (!showing.live) return spec.last_end(*least);
  return spec.next_end(std::min(*newest_time(showing, progress), now));
}

std::optional<EventTime> ShownWindows::newest_time(const Showing& showing,
                                                   const ProgressTracker& progress) const {
  std::optional<EventTime> newest;
  for (const size_t source : sources_of_[showing.kpi]) {
    move_on(newest, progress.source(source).newest_time);
  }
  return newest;
}

std::optional<Window> ShownWindows::window(size_t showing) const {
  if (!ends_[showing]) return std::nullopt;
  return spec_of(plan_, showings_[showing]).ending_at(*ends_[showing]);
}

std::optional<EventTime> ShownWindows::shown_until(size_t showing) const {
  if (!ends_[showing]) return std::nullopt;
  return spec_of(plan_, showings_[showing]).next_end(*ends_[showing]) - Duration{1};
}

std::string_view ShownWindows::held(size_t showing, std::optional<EventTime> begins,
                                    const std::vector<SourceAccess>& access, EventTime now) const {
  for (const size_t source : sources_of_[showings_[showing].kpi]) {
    if (!access[source].held.empty()) return access[source].held;
  }
  const auto shown = window(showing);
  if (!shown) return kHeldNoEvents;
  if (begins && shown->start < *begins) return kHeldRecordBegins;
  for (const size_t source : sources_of_[showings_[showing].kpi]) {
    if (access[source].begins && shown->start < *access[source].begins) return kHeldRecordBegins;
  }
  return is_stale(showing, access, now) ? kHeldStale : std::string_view();
}

bool ShownWindows::is_stale(size_t showing, const std::vector<SourceAccess>& access,
                            EventTime now) const {
  std::optional<EventTime> unreachable_since;
  Duration disorder{0};
  for (const size_t source : sources_of_[showings_[showing].kpi]) {
    disorder = std::max(disorder, plan_.definitions->sources[source].disorder);
    const auto& since = access[source].unreachable_since;
    if (since && (!unreachable_since || *since < *unreachable_since)) unreachable_since = since;
  }
  if (!unreachable_since) return false;
  EventTime due = *unreachable_since;  // a live value is due for replacement all the time
  if (!showings_[showing].live) {
    due = std::max(due, spec_of(plan_, showings_[showing]).next_end(*ends_[showing]) + disorder);
  }
  return now >= due + plan_.definitions->stale_after;
}

void ShownWindows::save(std::string& out) const {
  uint32_t count = 0;
  std::string entries;
  for (size_t i = 0; i < showings_.size(); ++i) {
    if (!ends_[i]) continue;
    append_text(entries, name_of(plan_, showings_[i]));
    append_bytes(entries, ends_[i]->time_since_epoch().count());
    ++count;
  }
  append_bytes(out, count);
  out += entries;
}

std::string_view ShownWindows::restore(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto count = reader.take<uint32_t>();
  for (uint32_t entry = 0; entry < count.value_or(0); ++entry) {
    const auto name = reader.take_text();
    const auto end = reader.take<int64_t>();
    if (!name || !end) return {};
    for (size_t i = 0; i < showings_.size(); ++i) {
      if (name_of(plan_, showings_[i]) == *name) ends_[i] = EventTime{Duration{*end}};
    }
  }
  return reader.rest();
}

}  // namespace kpid
