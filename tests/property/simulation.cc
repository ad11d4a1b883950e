#include "tests/property/simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/check.h"
#include "tests/support/report_text.h"

namespace kpid {

Simulation::Simulation(const Scenario& scenario, size_t shards,
                       const std::optional<StoredState>& stored)
    : scenario_(scenario), newest_read_(scenario.partitions.size()) {
  for (size_t shard = 0; shard < shards; ++shard) {
    engines_.push_back(
        std::make_unique<Engine>(scenario.plan, static_cast<uint32_t>(shard), admission_));
  }
  tracker_ = std::make_unique<ProgressTracker>(*scenario.plan);
  publisher_ = std::make_unique<Publisher>(scenario.plan);
  const auto engines = this->shards();
  auto restored = restore(stored ? &*stored : nullptr, {}, *scenario.plan, engines);
  KPID_ASSERT(restored.has_value());
  layouts_ = restored->layouts;
  sources_ = restored->sources;
  for (size_t kpi = 0; kpi < restored->begins.size(); ++kpi) {
    publisher_->set_begins(kpi, restored->begins[kpi]);
  }
  if (stored) publisher_->restore(stored->publisher);
  for (size_t i = 0; i < scenario.partitions.size(); ++i) {
    const ShapedPartition& partition = scenario.partitions[i];
    PartitionState state;
    state.source = scenario.definitions().sources[partition.source].name;
    state.topic = state.source;
    state.partition = partition.number;
    for (const PartitionState& known : restored->partitions) {
      if (known.source == state.source && known.partition == state.partition) state = known;
    }
    numbers_.push_back(engine_of(i).add_partition(std::move(state)));
  }
}

std::vector<Engine*> Simulation::shards() const {
  std::vector<Engine*> shards;
  for (const auto& engine : engines_) shards.push_back(engine.get());
  return shards;
}

const PartitionState& Simulation::state(size_t partition) const {
  return engine_of(partition).partition(numbers_[partition]);
}

int64_t Simulation::next_offset(size_t partition) const { return state(partition).next_offset; }

void Simulation::read(size_t partition, int64_t next_offset, Dice& dice) {
  const PartitionLog& log = scenario_.partitions[partition].log;
  while (this->next_offset(partition) < next_offset) {
    const int64_t first = this->next_offset(partition);
    const int64_t count = std::min(dice.between(1, 40), next_offset - first);
    const RecordBatch records = log.from(first, static_cast<size_t>(count));
    for (const Record& record : records) {
      newest_read_[partition] = std::max(newest_read_[partition], record.timestamp);
    }
    engine_of(partition).consume(numbers_[partition], records);
  }
}

void Simulation::lose(size_t partition, int64_t next_offset) {
  engine_of(partition).lose(numbers_[partition], next_offset);
}

void Simulation::progress(EventTime now, bool forgets) {
  progress_.clear();
  for (size_t i = 0; i < scenario_.partitions.size(); ++i) {
    const PartitionState& state = this->state(i);
    PartitionProgress progress;
    progress.source = scenario_.partitions[i].source;
    progress.partition = scenario_.partitions[i].number;
    progress.watermark = state.watermark;
    progress.newest_event_time = state.newest_event_time;
    progress.newest_timestamp = state.newest_timestamp;
    progress.newest_read = newest_read_[i];
    progress.at_end = state.next_offset >= written_by(scenario_.partitions[i], now);
    progress_.push_back(progress);
  }
  tracker_->update(progress_, now);
  if (!forgets) return;
  for (size_t source = 0; source < scenario_.definitions().sources.size(); ++source) {
    for (const auto& engine : engines_) {
      if (const auto before = tracker_->expire_before(source)) engine->expire(source, *before);
      if (const auto before = tracker_->forget_before(source)) engine->forget(source, *before);
    }
  }
}

PublishInput Simulation::input(EventTime now) const {
  const SourceAccess access{.held = held_ ? kHeldCatchingUp : std::string_view(),
                            .all_found = true,
                            .unreachable_since = {},
                            .begins = {}};
  return {.now = now,
          .progress = tracker_.get(),
          .partitions = progress_,
          .access = std::vector<SourceAccess>(scenario_.definitions().sources.size(), access)};
}

void Simulation::follow(EventTime now) { publisher_->follow(input(now)); }

std::shared_ptr<const Snapshot> Simulation::publish(EventTime now) {
  const PublishInput input = this->input(now);
  const auto& queries = publisher_->choose(input);
  std::vector<std::shared_ptr<const ShardView>> views;
  for (const auto& engine : engines_) views.push_back(engine->view(queries));
  return publisher_->combine(input, views);
}

void Simulation::coarsen() {
  const auto until = publisher_->shown_until();
  for (size_t source = 0; source < until.size(); ++source) {
    if (!until[source]) continue;
    for (const auto& engine : engines_) engine->coarsen(source, *until[source]);
  }
}

size_t Simulation::slices() const {
  size_t slices = 0;
  for (const auto& engine : engines_) {
    for (size_t grouping = 0; grouping < scenario_.plan->groupings.size(); ++grouping) {
      engine->slices(grouping).for_each_slice([&](const Window&) { ++slices; });
    }
  }
  return slices;
}

Checkpoint Simulation::freeze() {
  Checkpoint checkpoint;
  checkpoint.shards = static_cast<uint32_t>(engines_.size());
  checkpoint.sources = sources_;
  for (const auto& engine : engines_) checkpoint.parts.push_back(engine->freeze(layouts_));
  checkpoint.publisher = publisher_->save();
  return checkpoint;
}

void Simulation::saved(bool success) {
  for (const auto& engine : engines_) engine->saved(success);
}

void Simulation::checkpoint(MemoryStore& store, bool succeeds) {
  const Checkpoint checkpoint = freeze();
  if (succeeds) store.save(checkpoint);
  saved(succeeds);
}

uint64_t Simulation::amendments(size_t kpi, size_t window_spec) {
  uint64_t amendments = 0;
  for (const auto& engine : engines_) {
    amendments += engine->view({})->amendments[engine->amendment_index(kpi, window_spec)];
  }
  return amendments;
}

std::vector<std::string> Simulation::report() { return report_lines(shards()); }

std::vector<std::string> Simulation::everything() {
  std::vector<std::string> lines = report();
  for (size_t i = 0; i < scenario_.partitions.size(); ++i) {
    const PartitionState& of = state(i);
    const auto millis = [](const std::optional<EventTime>& time) {
      return time ? time->time_since_epoch().count() : -1;
    };
    lines.push_back(fmt::format(
        "{}/{}: next {} read {} accepted {} rejected {} lost {} amending {} newest {} "
        "watermark {} written {}",
        of.source, of.partition, of.next_offset, of.ledger.read, of.ledger.accepted,
        fmt::join(of.ledger.rejected, ","), of.ledger.lost, of.ledger.amending,
        millis(of.newest_event_time), millis(of.watermark), millis(of.newest_timestamp)));
  }
  const auto& kpis = scenario_.definitions().kpis;
  for (size_t kpi = 0; kpi < kpis.size(); ++kpi) {
    for (size_t spec = 0; spec < kpis[kpi].windows.size(); ++spec) {
      lines.push_back(fmt::format("amendments {} {}: {}", kpis[kpi].name,
                                  kpis[kpi].windows[spec].name(), amendments(kpi, spec)));
    }
  }
  return lines;
}

std::vector<std::string> shown_lines(const Snapshot& snapshot) {
  const auto& kpis = snapshot.definitions->kpis;
  std::vector<std::string> lines;
  for (const ShownWindow& shown : snapshot.windows) {
    lines.push_back(fmt::format(
        "{} {} {} {} final {} complete {} cut {}: {}", kpis[shown.kpi].name,
        kpis[shown.kpi].windows[shown.window_spec].name(), shown.live ? "live" : "final",
        format_rfc3339(shown.window.end), shown.already_final,
        shown.completeness ? fmt::format("{:.9f}", *shown.completeness) : "-", shown.groups_cut,
        samples_text(shown.samples)));
  }
  for (const HeldWindow& held : snapshot.held) {
    lines.push_back(fmt::format("{} {} {} held: {}", kpis[held.kpi].name,
                                kpis[held.kpi].windows[held.window_spec].name(),
                                held.live ? "live" : "final", held.reason));
  }
  return lines;
}

int64_t written_by(const ShapedPartition& partition, EventTime now) {
  const RecordBatch records = partition.log.all();
  const auto later = std::find_if(records.begin(), records.end(),
                                  [&](const Record& record) { return *record.timestamp > now; });
  return later - records.begin();
}

}  // namespace kpid
