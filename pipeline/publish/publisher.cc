#include "pipeline/publish/publisher.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/check.h"
#include "pipeline/publish/group_labels.h"

namespace kpid {

namespace {

using Views = std::span<const std::shared_ptr<const ShardView>>;

// Windows that become final between two publications are ranked one by one, in order; after a long
// catch-up only the last of them, for each costs as much as showing it.
constexpr size_t kRankedWindowsMax = 64;

/// With some disorder the first event after a gap may be earlier than the newest before it.
bool overlaps(const LostSpan& lost, const Window& window) {
  const auto [from, to] =
      std::minmax({lost.after.value_or(EventTime::min()), lost.before.value_or(EventTime::max())});
  return window.end > from && window.start <= to;
}

}  // namespace

Publisher::Publisher(std::shared_ptr<const Plan> plan)
    : plan_(std::move(plan)),
      shown_(*plan_),
      slowest_(*plan_),
      begins_(plan_->kpis.size()),
      kept_(shown_.showings().size()) {
  const size_t places = std::max<size_t>(plan_->definitions->limits.max_series, 1);
  ranked_.assign(plan_->kpis.size(),
                 Ranked{.ranking = GroupRanking(places), .decided_until = {}, .fitted_in = {}});
}

Publisher::Asked Publisher::ask(const PublishInput& input, size_t kpi, const WindowSpec& spec,
                                const Window& window) {
  Asked asked{.kpi = kpi, .window = window, .inputs = {}};
  const KpiPlan& plan = plan_->kpis[kpi];
  for (const KpiInput& of_kpi : plan.inputs) {
    const WindowQuery query{plan.groupings[of_kpi.source], window_of(of_kpi, spec, window)};
    const auto place = std::find(queries_.begin(), queries_.end(), query);
    asked.inputs.push_back({.window = query.window,
                            .query = static_cast<size_t>(place - queries_.begin()),
                            .recorded = recorded_since(input, kpi, query.window.start)});
    if (place == queries_.end()) queries_.push_back(query);
  }
  return asked;
}

bool Publisher::recorded_since(const PublishInput& input, size_t kpi, EventTime start) const {
  const auto had_begun = [&](const std::optional<EventTime>& begins) {
    return !begins || *begins <= start;
  };
  const auto& groupings = plan_->kpis[kpi].groupings;
  return had_begun(begins_[kpi]) &&
         std::all_of(groupings.begin(), groupings.end(), [&](size_t grouping) {
           return had_begun(input.access[plan_->groupings[grouping].source].begins);
         });
}

const std::vector<WindowQuery>& Publisher::choose(const PublishInput& input) {
  shown_.update(*input.progress, input.access, input.now);
  slowest_.update(input.partitions, *input.progress, input.now);
  queries_.clear();
  asked_.assign(shown_.showings().size(), std::nullopt);
  for (size_t i = 0; i < asked_.size(); ++i) {
    const size_t kpi = shown_.showings()[i].kpi;
    if (!shown_.held(i, begins_[kpi], input.access, input.now).empty()) continue;
    const auto& windows = plan_->definitions->kpis[kpi].windows;
    asked_[i] = ask(input, kpi, windows[shown_.showings()[i].window_spec], *shown_.window(i));
  }
  ask_for_ranking(input);
  return queries_;
}

void Publisher::follow(const PublishInput& input) {
  shown_.update(*input.progress, input.access, input.now);
  for (size_t kpi = 0; kpi < ranked_.size(); ++kpi) {
    // Of a crowded one all windows are looked at, by `ask_for_ranking`.
    if (!ranked_[kpi].crowded) move_ranking_on(kpi);
  }
}

void Publisher::move_ranking_on(size_t kpi) {
  const auto final_time = shown_.final_time(kpi);
  if (!final_time) return;
  const EventTime last = plan_->definitions->kpis[kpi].windows[0].last_end(*final_time);
  std::optional<EventTime>& decided_until = ranked_[kpi].decided_until;
  if (!decided_until || *decided_until < last) decided_until = last;
}

void Publisher::ask_for_ranking(const PublishInput& input) {
  asked_for_ranking_.clear();
  for (size_t kpi = 0; kpi < ranked_.size(); ++kpi) {
    const auto final_time = shown_.final_time(kpi);
    if (!final_time) continue;
    const Ranked& ranked = ranked_[kpi];
    const WindowSpec& spec = plan_->definitions->kpis[kpi].windows[0];
    const EventTime last = spec.last_end(*final_time);
    std::vector<EventTime> ends;  // descending
    for (EventTime end = last; ranked.crowded && ends.size() < kRankedWindowsMax;
         end = spec.end_before(end)) {
      if (ranked.decided_until && end <= *ranked.decided_until) break;
      ends.push_back(end);
      if (!ranked.decided_until) break;
    }
    for (auto end = ends.rbegin(); end != ends.rend(); ++end) {
      asked_for_ranking_.push_back(ask(input, kpi, spec, spec.ending_at(*end)));
    }
    move_ranking_on(kpi);
  }
}

void Publisher::decide_rankings(Views views) {
  for (const Asked& asked : asked_for_ranking_) {
    const JoinedGroups& joined = joined_groups(asked.kpi, views);
    const JoinedWindow window(*plan_, asked.kpi, joined, views, asked.inputs);
    if (!window.whole()) continue;
    std::vector<RankedGroup> groups;
    for (size_t group = 0; group < joined.size(); ++group) {
      if (!joined.key(group)) continue;
      groups.push_back({joined.key(group)->bytes, window.rank_figure(group)});
    }
    ranked_[asked.kpi].ranking.decide(std::move(groups));
  }
}

std::shared_ptr<const Snapshot> Publisher::combine(const PublishInput& input, Views views) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->published_at = input.now;
  snapshot->definitions = plan_->definitions;
  groups_shown_.assign(plan_->kpis.size(), 0);
  decide_rankings(views);
  for (size_t i = 0; i < asked_.size(); ++i) {
    const auto [kpi, window_spec, live] = shown_.showings()[i];
    const std::string_view held = shown_.held(i, begins_[kpi], input.access, input.now);
    if (asked_[i]) {
      show(input, i, *asked_[i], views, *snapshot);
    } else {
      KPID_ASSERT(!held.empty());
      snapshot->held.push_back(
          {.kpi = kpi, .window_spec = window_spec, .live = live, .reason = held});
    }
  }
  add_ledgers(input, views, *snapshot);
  add_disorder(views, *snapshot);
  add_counts(input, views, *snapshot);
  return snapshot;
}

void Publisher::show(const PublishInput& input, size_t showing, const Asked& asked, Views views,
                     Snapshot& snapshot) {
  const auto [kpi, window_spec, live] = shown_.showings()[showing];
  auto window = std::make_unique<const JoinedWindow>(*plan_, kpi, joined_groups(kpi, views), views,
                                                     asked.inputs);
  const JoinedWindow& joined = *window;
  if (!joined.whole()) {
    snapshot.held.push_back(
        {.kpi = kpi, .window_spec = window_spec, .live = live, .reason = kHeldRecordBegins});
    return;
  }
  ShownWindow shown;
  shown.kpi = kpi;
  shown.window_spec = window_spec;
  shown.live = live;
  shown.window = asked.window;
  shown.groups_cut = joined.overflow_events();
  shown.on_record = joined.on_record();
  const bool incomplete = joined.cut() || has_losses(views, asked);
  const auto final_time = shown_.final_time(kpi);
  shown.already_final = !incomplete && final_time && asked.window.end <= *final_time;
  if (!incomplete) shown.completeness = completeness(input, kpi, asked.window);
  shown.held_back_by =
      held_back_by(kpi, plan_->definitions->kpis[kpi].windows[window_spec], asked.window.end);
  shown.samples = samples_of(std::move(window), showing, asked.window);
  snapshot.windows.push_back(std::move(shown));
}

const JoinedGroups& Publisher::joined_groups(size_t kpi, Views views) {
  const auto& groupings = plan_->kpis[kpi].groupings;
  JoinedGroups& groups = groups_.try_emplace(groupings, groupings).first->second;
  groups.move_to(views);
  return groups;
}

SampleList Publisher::samples_of(std::unique_ptr<const JoinedWindow> joined, size_t showing,
                                 const Window& span) {
  const JoinedWindow& window = *joined;
  const JoinedGroups& groups = window.groups();
  const size_t kpi = shown_.showings()[showing].kpi;
  const KpiDefinition& definition = plan_->definitions->kpis[kpi];
  // Of all groups, for time alone makes one visible or expired: two comparisons each.
  const EventTime expired_before = definition.by.empty()
                                       ? EventTime::min()
                                       : span.start - plan_->definitions->limits.group_expiry;
  std::vector<uint32_t> visible;
  for (uint32_t group = 0; group < groups.size(); ++group) {
    const auto& [first, newest] = groups.times(group);
    if (first < span.end && newest >= expired_before) visible.push_back(group);
  }
  rank_if_crowded(window, visible, showing);
  const Ranked& ranked = ranked_[kpi];
  std::vector<uint32_t> merged;
  if (ranked.crowded) {
    // All of them again, as there is no sum of the others from which one could be taken.
    const auto is_member = [&](uint32_t group) {
      return ranked.ranking.is_member(groups.key(group)->bytes);
    };
    const auto first_merged = std::stable_partition(visible.begin(), visible.end(), is_member);
    merged.assign(first_merged, visible.end());
    visible.erase(first_merged, visible.end());
  }
  groups_shown_[kpi] = std::max<uint64_t>(groups_shown_[kpi], visible.size());
  KeptSamples::Others others;
  if (!merged.empty()) {
    others.merged = window.merged_sample(merged);
    others.merged->group = same_labels(kMergedGroupLabel, definition.by.size());
  }
  if (window.overflow_events() > 0) {
    others.overflow = window.overflow_sample();
    others.overflow->group = same_labels(kOverflowGroupLabel, definition.by.size());
  }
  return kept_[showing].next(std::move(joined), visible, std::move(others));
}

void Publisher::rank_if_crowded(const JoinedWindow& window, const std::vector<uint32_t>& visible,
                                size_t showing) {
  Ranked& ranked = ranked_[shown_.showings()[showing].kpi];
  const size_t places = std::max<size_t>(plan_->definitions->limits.max_series, 1);
  if (visible.size() <= places && !ranked.crowded) {
    ranked.fitted_in = showing;
    return;
  }
  // The members until now are those of the window that was looked at last, which may be few.
  const bool newly_crowded = !ranked.crowded;
  if (ranked.fitted_in) ranked.ranking.admit_all(kept_[*ranked.fitted_in].keys());
  ranked.fitted_in.reset();
  ranked.crowded = window.groups().count() > places;
  if (!newly_crowded && ranked.ranking.size() > 0) return;
  std::vector<RankedGroup> groups;
  for (const uint32_t group : visible) {
    groups.push_back({window.groups().key(group)->bytes, window.rank_figure(group)});
  }
  ranked.ranking.decide(std::move(groups));
}

bool Publisher::uses_source(size_t kpi, size_t source) const {
  const auto& groupings = plan_->kpis[kpi].groupings;
  return std::any_of(groupings.begin(), groupings.end(),
                     [&](size_t grouping) { return plan_->groupings[grouping].source == source; });
}

std::optional<double> Publisher::completeness(const PublishInput& input, size_t kpi,
                                              const Window& window) const {
  double least = 1;
  for (size_t i = 0; i < input.partitions.size(); ++i) {
    const PartitionProgress& partition = input.partitions[i];
    if (!uses_source(kpi, partition.source)) continue;
    if (!partition.watermark || input.progress->idle(i)) continue;
    const auto seen = static_cast<double>((*partition.watermark - window.start).count());
    least = std::min(least, seen / static_cast<double>((window.end - window.start).count()));
  }
  return std::max(least, 0.0);
}

std::optional<HeldBackBy> Publisher::held_back_by(size_t kpi, const WindowSpec& spec,
                                                  EventTime end) const {
  const auto& slowest = slowest_.of(kpi);
  const auto final_time = shown_.final_time(kpi);
  const bool is_final = final_time && end <= *final_time;
  const EventTime awaited = is_final ? spec.next_end(end) : end;
  if (!slowest || slowest->watermark >= awaited) return std::nullopt;
  return HeldBackBy{.source = slowest->source,
                    .partition = slowest->partition,
                    .watermark = slowest->watermark,
                    .since = slowest->since,
                    .behind = awaited - slowest->watermark};
}

bool Publisher::has_losses(Views views, const Asked& asked) const {
  for (const auto& view : views) {
    for (const PartitionState& partition : view->partitions) {
      const auto& kpi_sources = plan_->definitions->kpis[asked.kpi].formula.sources();
      const bool used =
          std::find(kpi_sources.begin(), kpi_sources.end(), partition.source) != kpi_sources.end();
      if (!used) continue;
      for (const LostSpan& lost : partition.lost_spans) {
        const auto meets = [&](const AskedInput& input) { return overlaps(lost, input.window); };
        if (std::any_of(asked.inputs.begin(), asked.inputs.end(), meets)) return true;
      }
    }
  }
  return false;
}

void Publisher::add_ledgers(const PublishInput& input, Views views, Snapshot& snapshot) const {
  std::map<std::pair<size_t, int32_t>, bool> idle;
  for (size_t i = 0; i < input.partitions.size(); ++i) {
    idle[{input.partitions[i].source, input.partitions[i].partition}] = input.progress->idle(i);
  }
  for (const auto& view : views) {
    for (const PartitionState& state : view->partitions) {
      const size_t index = source_index(*plan_->definitions, state.source);
      const auto found = idle.find({index, state.partition});
      snapshot.partitions.push_back({.state = state,
                                     .shown = input.access[index].held.empty(),
                                     .idle = found != idle.end() && found->second});
    }
  }
  std::sort(snapshot.partitions.begin(), snapshot.partitions.end(),
            [](const PartitionView& a, const PartitionView& b) {
              return std::tie(a.state.source, a.state.topic, a.state.partition) <
                     std::tie(b.state.source, b.state.topic, b.state.partition);
            });
}

void Publisher::add_disorder(Views views, Snapshot& snapshot) const {
  const auto& sources = plan_->definitions->sources;
  for (size_t source = 0; source < sources.size(); ++source) {
    DisorderHistogram seen;
    for (const auto& view : views) seen.merge(view->disorder[source]);
    snapshot.disorder.push_back({.source = sources[source].name,
                                 .limit = sources[source].disorder,
                                 .events = seen.events(),
                                 .total = seen.total(),
                                 .p50 = seen.quantile(50),
                                 .p99 = seen.quantile(99),
                                 .maximum = seen.maximum()});
  }
}

void Publisher::add_counts(const PublishInput& input, Views views, Snapshot& snapshot) const {
  size_t place = 0;
  for (size_t kpi = 0; kpi < plan_->kpis.size(); ++kpi) {
    bool held = false;
    uint64_t groups = 0;
    for (const size_t grouping : plan_->kpis[kpi].groupings) {
      held = held || !input.access[plan_->groupings[grouping].source].held.empty();
      uint64_t in_grouping = 0;
      for (const auto& view : views) in_grouping += view->group_counts[grouping];
      groups = std::max(groups, in_grouping);
    }
    snapshot.groups.push_back({.kpi = kpi, .groups = groups, .groups_shown = groups_shown_[kpi]});
    for (size_t spec = 0; spec < plan_->definitions->kpis[kpi].windows.size(); ++spec, ++place) {
      if (held) continue;
      uint64_t amendments = 0;
      for (const auto& view : views) amendments += view->amendments[place];
      snapshot.amendments.push_back({.kpi = kpi, .window_spec = spec, .amendments = amendments});
    }
  }
}

std::vector<std::optional<EventTime>> Publisher::shown_until() const {
  std::vector<std::optional<EventTime>> until(plan_->definitions->sources.size());
  std::vector<bool> any(until.size());  // a showing that any window may be chosen for
  const auto limit = [&](size_t kpi, std::optional<EventTime> by) {
    for (const size_t grouping : plan_->kpis[kpi].groupings) {
      const size_t source = plan_->groupings[grouping].source;
      if (!by) any[source] = true;
      if (by && (!until[source] || *by < *until[source])) until[source] = by;
    }
  };
  for (size_t i = 0; i < shown_.showings().size(); ++i) {
    limit(shown_.showings()[i].kpi, shown_.shown_until(i));
  }
  for (size_t kpi = 0; kpi < ranked_.size(); ++kpi) {
    std::optional<EventTime> by = ranked_[kpi].decided_until;
    if (by) by = plan_->definitions->kpis[kpi].windows[0].next_end(*by) - Duration{1};
    limit(kpi, by);
  }
  for (size_t source = 0; source < until.size(); ++source) {
    if (any[source]) until[source].reset();
  }
  return until;
}

std::string Publisher::save() const {
  std::string bytes;
  shown_.save(bytes);
  for (size_t kpi = 0; kpi < ranked_.size(); ++kpi) {
    const Ranked& ranked = ranked_[kpi];
    if (!ranked.crowded) continue;
    append_text(bytes, plan_->definitions->kpis[kpi].name);
    append_bytes(bytes, ranked.decided_until ? ranked.decided_until->time_since_epoch().count()
                                             : int64_t{0});
    append_bytes(bytes, static_cast<uint32_t>(ranked.ranking.size()));
    for (const std::string& key : ranked.ranking.members()) append_text(bytes, key);
  }
  return bytes;
}

void Publisher::restore(std::string_view bytes) {
  ByteReader reader(shown_.restore(bytes));
  while (!reader.at_end()) {
    const auto name = reader.take_text();
    const auto decided_until = reader.take<int64_t>();
    const auto count = reader.take<uint32_t>();
    std::set<std::string> members;
    for (uint32_t i = 0; i < count.value_or(0); ++i) {
      const auto key = reader.take_text();
      if (!key) return;
      members.emplace(*key);
    }
    for (size_t kpi = 0; name && kpi < ranked_.size(); ++kpi) {
      if (plan_->definitions->kpis[kpi].name != *name) continue;
      ranked_[kpi].decided_until = EventTime{Duration{decided_until.value_or(0)}};
      ranked_[kpi].crowded = true;
      ranked_[kpi].ranking.admit_all(members);
    }
  }
}

}  // namespace kpid
