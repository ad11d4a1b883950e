#include "pipeline/window/progress.h"

#include <algorithm>

namespace kpid {

namespace {

void keep_least(std::optional<EventTime>& least, EventTime time) {
  if (!least || time < *least) least = time;
}

void keep_greatest(std::optional<EventTime>& greatest, std::optional<EventTime> time) {
  if (time && (!greatest || *time > *greatest)) greatest = time;
}

/// Whether the partition can be read at the moment.
bool reachable(const PartitionProgress& partition) {
  return partition.connected && !partition.stopped;
}

/// Whether there are records that the alignment could let flow or hold back.
bool has_records_to_fetch(const PartitionProgress& partition, EventTime now) {
  const bool ahead_of_clock = partition.watermark && *partition.watermark > now;
  return reachable(partition) && !partition.at_end && !ahead_of_clock;
}

/// Whether everything that is older than `idle_timeout` has been read.
bool read_up_to_recent(const PartitionProgress& partition, const SourceDefinition& source,
                       EventTime now) {
  return partition.at_end ||
         (partition.newest_read && *partition.newest_read >= now - source.idle_timeout);
}

}  // namespace

bool is_idle(const PartitionProgress& partition, const SourceDefinition& source, EventTime now) {
  if (!reachable(partition) || partition.waiting) return false;
  const bool recent_event =
      partition.newest_timestamp && *partition.newest_timestamp > now - source.idle_timeout;
  return read_up_to_recent(partition, source, now) && !recent_event;
}

ProgressTracker::ProgressTracker(const Plan& plan)
    : plan_(plan), sources_(plan.definitions->sources.size()) {}

void ProgressTracker::update(std::span<const PartitionProgress> partitions, EventTime now) {
  idle_.resize(partitions.size());
  for (size_t i = 0; i < partitions.size(); ++i) {
    idle_[i] = is_idle(partitions[i], plan_.definitions->sources[partitions[i].source], now);
  }
  for (size_t source = 0; source < sources_.size(); ++source) {
    update_source(source, partitions, now);
  }
}

void ProgressTracker::update_source(size_t source, std::span<const PartitionProgress> partitions,
                                    EventTime now) {
  SourceProgress& progress = sources_[source];
  const SourceDefinition& definition = plan_.definitions->sources[source];
  std::optional<EventTime> least_active;
  std::optional<EventTime> least;
  std::optional<EventTime> newest;
  progress.all_idle = true;
  for (size_t i = 0; i < partitions.size(); ++i) {
    if (partitions[i].source != source) continue;
    progress.all_idle = progress.all_idle && idle_[i];
    keep_greatest(newest, partitions[i].newest_event_time);
    if (!partitions[i].watermark) continue;  // never had an event: holds nobody back
    keep_least(least, *partitions[i].watermark);
    if (!idle_[i]) keep_least(least_active, *partitions[i].watermark);
  }
  progress.has_events = newest.has_value();
  if (!progress.has_events) return;
  if (least_active) {
    progress.final_time = least_active;
  } else if (progress.all_idle) {
    progress.final_time = std::max(*least, now - definition.idle_timeout - definition.disorder);
  } else {
    progress.final_time = least;  // the active ones never had an event
  }
  progress.newest_time = newest;
  keep_greatest(progress.watermark, least_watermark(source, partitions, now));
}

std::optional<EventTime> ProgressTracker::least_watermark(
    size_t source, std::span<const PartitionProgress> partitions, EventTime now) const {
  std::optional<EventTime> least;
  std::optional<EventTime> unreachable;
  std::optional<EventTime> newest;
  for (size_t i = 0; i < partitions.size(); ++i) {
    const PartitionProgress& partition = partitions[i];
    if (partition.source != source) continue;
    keep_greatest(newest, partition.newest_event_time);
    if (idle_[i]) continue;
    // Furthest behind of all: nothing may be forgotten before its first event.
    if (!partition.watermark) {
      if (has_records_to_fetch(partition, now)) return std::nullopt;
      continue;
    }
    if (reachable(partition)) {
      if (*partition.watermark <= now) keep_least(least, *partition.watermark);
    } else {
      keep_least(unreachable, *partition.watermark);
    }
  }
  if (!unreachable) return least;
  const SourceDefinition& definition = plan_.definitions->sources[source];
  const EventTime held = std::max(*unreachable, *newest - definition.retention);
  return least ? std::min(*least, held) : held;
}

std::optional<EventTime> ProgressTracker::expire_before(size_t source) const {
  const auto& watermark = sources_[source].watermark;
  if (!watermark) return std::nullopt;
  return *watermark - plan_.definitions->sources[source].retention;
}

std::optional<EventTime> ProgressTracker::forget_before(size_t source) const {
  std::optional<EventTime> least = expire_before(source);
  if (!least) return std::nullopt;
  for (const size_t other : plan_.joined_sources[source]) {
    if (!sources_[other].has_events) continue;
    // The watermark of an idle source stands, but what is shown moves on by the clock.
    const auto reached =
        sources_[other].all_idle ? sources_[other].final_time : sources_[other].watermark;
    if (!reached) return std::nullopt;
    keep_least(least, *reached - plan_.definitions->sources[other].retention);
  }
  return least;
}

std::vector<bool> Alignment::update(std::span<const PartitionProgress> partitions,
                                    EventTime now) const {
  const size_t sources = plan_.definitions->sources.size();
  std::vector<std::optional<EventTime>> behind(sources);  // per source, the least watermark
  std::vector<bool> unknown(sources);  // per source, one that has records and no event yet
  for (const PartitionProgress& partition : partitions) {
    // Who reads what was just written has no backlog: the next record may come, or not.
    const SourceDefinition& source = plan_.definitions->sources[partition.source];
    const bool is_live = partition.caught_up && read_up_to_recent(partition, source, now);
    if (!has_records_to_fetch(partition, now) || is_live) continue;
    for (const size_t joined : plan_.joined_sources[partition.source]) {
      if (partition.watermark) {
        keep_least(behind[joined], *partition.watermark);
      } else {
        unknown[joined] = true;
      }
    }
  }
  std::vector<bool> waits(partitions.size());
  const Duration max_drift = plan_.definitions->max_drift;
  for (size_t i = 0; i < partitions.size(); ++i) {
    const PartitionProgress& partition = partitions[i];
    if (!has_records_to_fetch(partition, now) || !partition.watermark) continue;
    const Duration allowed = partition.waiting ? max_drift / 2 : max_drift;
    const auto& furthest = behind[partition.source];
    waits[i] =
        unknown[partition.source] || (furthest && *partition.watermark > *furthest + allowed);
  }
  return waits;
}

}  // namespace kpid
