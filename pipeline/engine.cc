#include "pipeline/engine.h"

#include <algorithm>
#include <map>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

namespace {

/// How far an event comes behind the newest of its partition; zero for the newest.
Duration behind_newest(const PartitionState& partition, EventTime time) {
  if (!partition.newest_event_time) return Duration::zero();
  return std::max(*partition.newest_event_time - time, Duration::zero());
}

}  // namespace

bool SingleShardAdmission::admit(size_t grouping, std::string_view key) {
  const uint32_t groups = grouping < groups_.size() ? groups_[grouping] : 0;
  if (groups >= max_groups_) return false;
  readmit(grouping, key);
  return true;
}

void SingleShardAdmission::readmit(size_t grouping, std::string_view /*key*/) {
  if (grouping >= groups_.size()) groups_.resize(grouping + 1);
  ++groups_[grouping];
}

void SingleShardAdmission::leave(size_t grouping, std::string_view /*key*/) {
  if (grouping < groups_.size() && groups_[grouping] > 0) --groups_[grouping];
}

Engine::Engine(std::shared_ptr<const Plan> plan, uint32_t shard, GroupAdmission& admission)
    : plan_(std::move(plan)), shard_(shard) {
  const Definitions& definitions = *plan_->definitions;
  groupings_.reserve(plan_->groupings.size());
  group_lists_.resize(plan_->groupings.size());
  for (size_t index = 0; index < plan_->groupings.size(); ++index) {
    groupings_.emplace_back(plan_->groupings[index], index, admission);
  }
  sources_.reserve(definitions.sources.size());
  for (size_t index = 0; index < definitions.sources.size(); ++index) {
    const SourceDefinition& source = definitions.sources[index];
    sources_.push_back({.definition = &source,
                        .decoder = make_decoder(source, definitions.limits, source.columns),
                        .batch = {},
                        .aggregator = SourceAggregator(*plan_, index, groupings_),
                        .expire_before = {},
                        .amendable = {},
                        .disorder = {}});
  }
  size_t offset = 0;
  for (const KpiDefinition& kpi : definitions.kpis) {
    amendment_offsets_.push_back(offset);
    for (const std::string& name : kpi.formula.sources()) {
      Source& source = sources_[source_index(definitions, name)];
      for (size_t i = 0; i < kpi.windows.size(); ++i) {
        source.amendable.emplace_back(kpi.windows[i], offset + i);
      }
    }
    offset += kpi.windows.size();
  }
  amendments_.resize(offset);
}

size_t Engine::add_partition(PartitionState state, std::span<const std::string> csv_columns) {
  Partition partition;
  partition.source = source_index(*plan_->definitions, state.source);
  partition.state = std::move(state);
  if (!csv_columns.empty()) {
    partition.decoder = make_decoder(*sources_[partition.source].definition,
                                     plan_->definitions->limits, csv_columns);
  }
  partitions_.push_back(std::move(partition));
  return partitions_.size() - 1;
}

void Engine::consume(size_t partition, RecordBatch records) {
  Partition& into = partitions_[partition];
  while (!records.empty() && records.front().offset < into.state.next_offset) {
    records = records.subspan(1);
  }
  while (!records.empty()) {
    const size_t rows = std::min(records.size(), kBatchRows);
    consume_batch(into, records.first(rows));
    records = records.subspan(rows);
  }
}

void Engine::consume_batch(Partition& partition, RecordBatch records) {
  Source& source = sources_[partition.source];
  Decoder& decoder = partition.decoder ? *partition.decoder : *source.decoder;
  PartitionState& state = partition.state;
  prepare_batch(*source.definition, records.size(), source.batch);
  source.batch.partition = state.partition;
  for (const Record& record : records) {
    ++state.ledger.read;
    auto reason = decoder.decode(record, source.batch);
    if (!reason) {
      const EventTime time = source.batch.event_times[source.batch.rows - 1];
      reason = judge(partition, record, time);
      if (!reason || *reason == RejectReason::kLate) {
        source.disorder.add(behind_newest(state, time));
      }
      if (reason) {
        --source.batch.rows;
      } else {
        accept(partition, record, time);
        source.batch.offsets[source.batch.rows - 1] = record.offset;
      }
    }
    if (reason) ++state.ledger.rejected[static_cast<size_t>(*reason)];
  }
  source.aggregator.add(source.batch);
  state.next_offset = records.back().offset + 1;
  state.fingerprint = fingerprint_of(records.back());
}

std::optional<RejectReason> Engine::judge(const Partition& partition, const Record& record,
                                          EventTime time) const {
  const Source& source = sources_[partition.source];
  if (record.timestamp && time > *record.timestamp + source.definition->max_ahead) {
    return RejectReason::kFuture;
  }
  const auto& watermark = partition.state.watermark;
  if (watermark && time < *watermark - source.definition->allowed_lateness) {
    return RejectReason::kLate;
  }
  if (source.expire_before && time < *source.expire_before) return RejectReason::kExpired;
  return std::nullopt;
}

void Engine::accept(Partition& partition, const Record& record, EventTime time) {
  const Source& source = sources_[partition.source];
  PartitionState& state = partition.state;
  ++state.ledger.accepted;
  if (state.watermark && time < *state.watermark) {
    ++state.ledger.amending;
    count_amendments(source, *state.watermark, time);
  }
  if (!state.newest_event_time || time > *state.newest_event_time) state.newest_event_time = time;
  const EventTime watermark = *state.newest_event_time - source.definition->disorder;
  if (!state.watermark || watermark > *state.watermark) state.watermark = watermark;
  if (record.timestamp &&
      (!state.newest_timestamp || *record.timestamp > *state.newest_timestamp)) {
    state.newest_timestamp = record.timestamp;
  }
  if (!state.lost_spans.empty() && !state.lost_spans.back().before) {
    state.lost_spans.back().before = time;
  }
}

void Engine::count_amendments(const Source& source, EventTime watermark, EventTime time) {
  for (const auto& [window, place] : source.amendable) {
    if (window.next_end(time) <= watermark) ++amendments_[place];
  }
}

void Engine::lose(size_t partition, int64_t next_offset) {
  PartitionState& state = partitions_[partition].state;
  if (next_offset <= state.next_offset) return;
  state.ledger.lost += static_cast<uint64_t>(next_offset - state.next_offset);
  state.next_offset = next_offset;
  const bool open = !state.lost_spans.empty() && !state.lost_spans.back().before;
  if (!open) state.lost_spans.push_back({.after = state.newest_event_time, .before = {}});
}

void Engine::expire(size_t source, EventTime before) {
  auto& expire_before = sources_[source].expire_before;
  if (!expire_before || *expire_before < before) expire_before = before;
}

EventTime Engine::needed_until(size_t source, EventTime time) const {
  EventTime until = EventTime::min();
  for (size_t grouping = 0; grouping < groupings_.size(); ++grouping) {
    if (plan_->groupings[grouping].source != source) continue;
    const Slicing& slicing = groupings_[grouping].slices().slicing();
    until = std::max(until, slicing.needed_until(slicing.slice_at(time)));
  }
  return until;
}

void Engine::forget(size_t source, EventTime before) {
  for (size_t grouping = 0; grouping < groupings_.size(); ++grouping) {
    if (plan_->groupings[grouping].source == source) groupings_[grouping].fold(before);
  }
  for (Partition& partition : partitions_) {
    if (partition.source != source) continue;
    std::erase_if(partition.state.lost_spans, [&](const LostSpan& span) {
      if (!span.before) return false;
      const EventTime last = std::max(*span.before, span.after.value_or(*span.before));
      return needed_until(source, last) <= before;
    });
  }
}

void Engine::coarsen(size_t source, EventTime shown_until) {
  const EventTime before = shown_until - sources_[source].definition->fine_for();
  for (size_t grouping = 0; grouping < groupings_.size(); ++grouping) {
    if (plan_->groupings[grouping].source == source) groupings_[grouping].coarsen(before);
  }
}

/// Adds the running window that has the shortest way to the query, if that is shorter than the
/// window itself; else a new one.
void Engine::take_nearest(const WindowQuery& query, std::list<RunningWindow>& taken) {
  const auto way = [&](const RunningWindow& running) {
    if (running.at.grouping != query.grouping) return Duration::max();
    const Window& from = running.at.window;
    return std::chrono::abs(query.window.start - from.start) +
           std::chrono::abs(query.window.end - from.end);
  };
  const auto nearest = std::min_element(
      running_.begin(), running_.end(),
      [&](const RunningWindow& a, const RunningWindow& b) { return way(a) < way(b); });
  if (nearest == running_.end() || way(*nearest) >= query.window.end - query.window.start) {
    taken.push_back({query, SlidingWindow(plan_->groupings[query.grouping].layout)});
  } else {
    taken.splice(taken.end(), running_, nearest);
    taken.back().at = query;
  }
}

void Engine::move_windows(std::span<const WindowQuery> queries, ShardView& view) {
  std::map<WindowQuery, std::shared_ptr<const WindowRows>> rows;
  for (const WindowQuery& query : queries) rows.emplace(query, nullptr);
  std::list<RunningWindow> moved;
  for (auto& [query, of_query] : rows) {
    GroupingState& grouping = groupings_[query.grouping];
    take_nearest(query, moved);
    of_query = moved.back().window.move_to(query.window, grouping.slices());
    GroupList& groups = view.groups[query.grouping];
    if (groups.size() > 0) continue;
    group_lists_[query.grouping].update(grouping.groups());
    groups = group_lists_[query.grouping];
  }
  running_ = std::move(moved);
  for (const WindowQuery& query : queries) view.windows.push_back(rows[query]);
}

std::shared_ptr<const ShardView> Engine::view(std::span<const WindowQuery> queries) {
  auto view = std::make_shared<ShardView>();
  for (const Partition& partition : partitions_) view->partitions.push_back(partition.state);
  view->groups.resize(groupings_.size());
  for (const GroupingState& grouping : groupings_) {
    view->group_counts.push_back(grouping.groups().size());
  }
  move_windows(queries, *view);
  view->amendments = amendments_;
  for (const Source& source : sources_) {
    view->arithmetic_nulls.push_back(source.aggregator.arithmetic_nulls());
    view->disorder.push_back(source.disorder);
  }
  return view;
}

ShardCheckpoint Engine::freeze(std::span<const GroupingLayout> layouts) {
  KPID_ASSERT(layouts.size() == groupings_.size());
  ShardCheckpoint checkpoint;
  checkpoint.shard = shard_;
  for (size_t i = 0; i < groupings_.size(); ++i) {
    groupings_[i].freeze(shard_, layouts[i].id, checkpoint.writes, checkpoint.removals);
  }
  for (const Partition& partition : partitions_) checkpoint.partitions.push_back(partition.state);
  checkpoint.groupings.assign(layouts.begin(), layouts.end());
  const auto& kpis = plan_->definitions->kpis;
  for (size_t kpi = 0; kpi < kpis.size(); ++kpi) {
    for (size_t window = 0; window < kpis[kpi].windows.size(); ++window) {
      checkpoint.amendments.push_back({.shard = shard_,
                                       .kpi = kpis[kpi].name,
                                       .window = kpis[kpi].windows[window].name(),
                                       .amendments = amendments_[amendment_index(kpi, window)]});
    }
  }
  return checkpoint;
}

void Engine::saved(bool success) {
  for (GroupingState& grouping : groupings_) grouping.saved(success);
}

void Engine::forget_store() {
  for (GroupingState& grouping : groupings_) grouping.forget_store();
}

void Engine::finish_restore(bool in_store) {
  for (GroupingState& grouping : groupings_) grouping.finish_restore(in_store);
}

}  // namespace kpid
