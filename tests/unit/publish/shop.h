#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/publish/publisher.h"
#include "tests/support/partition_log.h"
#include "tests/support/report_text.h"
#include "tests/support/small_plan.h"

namespace kpid {

/// Shards that read one partition of each source, and what is published of them. Everything that
/// was written is read. What says no shard is about the first.
class Shop {
 public:
  explicit Shop(Definitions definitions, size_t shards = 1)
      : plan_(plan_of(std::move(definitions))),
        admission_(plan_->definitions->limits.max_groups),
        tracker_(*plan_),
        publisher_(plan_),
        logs_(shards, std::vector<PartitionLog>(plan_->definitions->sources.size())),
        access(plan_->definitions->sources.size()),
        connected(plan_->definitions->sources.size(), true) {
    for (size_t shard = 0; shard < shards; ++shard) {
      engines_.push_back(std::make_unique<Engine>(plan_, static_cast<uint32_t>(shard), admission_));
      for (const SourceDefinition& source : plan_->definitions->sources) {
        PartitionState state;
        state.source = source.name;
        state.topic = source.topic;
        state.partition = static_cast<int32_t>(shard);
        engines_.back()->add_partition(state);
      }
    }
  }

  /// An event of group `group` of a source, read at once.
  void event(double seconds, const std::string& group, const std::string& value = "1",
             size_t source = 0, size_t shard = 0, double delay = 0) {
    PartitionLog& log = logs_[shard][source];
    log.add_event(at(seconds), fmt::format(R"("g":"{}","v":{})", group, value),
                  at(seconds + delay));
    Engine& engine = *engines_[shard];
    engine.consume(source, log.from(engine.partition(source).next_offset, 1));
  }
  /// The next records of a source are gone.
  void lose(int64_t records, size_t source = 0) {
    PartitionLog& log = logs_[0][source];
    for (int64_t i = 0; i < records; ++i) log.add("gone");
    engine().lose(source, static_cast<int64_t>(log.size()));
  }
  void forget(double before, size_t shard = 0) { engines_[shard]->forget(0, at(before)); }

  std::shared_ptr<const Snapshot> snapshot(double now) { return snapshot_by(publisher_, now); }
  std::shared_ptr<const Snapshot> snapshot_by(Publisher& publisher, double now) {
    const PublishInput input = input_at(now);
    const auto& queries = publisher.choose(input);
    std::vector<std::shared_ptr<const ShardView>> views;
    for (const auto& engine : engines_) views.push_back(engine->view(queries));
    return publisher.combine(input, views);
  }
  /// Between two publications.
  void follow(double now) { publisher_.follow(input_at(now)); }

  /// Until when the first source's windows will not be asked for, as was learned last; or `any`.
  std::string shown_until() const {
    const auto until = publisher_.shown_until().at(0);
    return until ? fmt::format("{}", std::chrono::duration<double>(*until - kStart).count())
                 : "any";
  }
  /// The same after a publication.
  std::string shown_until(double now) {
    snapshot(now);
    return shown_until();
  }

  /// Every window a line: `kpi 1m final [0, 60) complete: a=1 of 1`; or why it is held.
  std::string shown(double now) { return text_of(*snapshot(now)); }
  /// By a publisher that has published nothing before.
  std::shared_ptr<const Snapshot> snapshot_by_a_new_publisher(double now) {
    Publisher publisher(plan_);
    publisher.restore(publisher_.save());
    return snapshot_by(publisher, now);
  }
  static std::string text_of(const Snapshot& snapshot) {
    const auto& kpis = snapshot.definitions->kpis;
    const auto seconds = [](EventTime time) {
      return std::chrono::duration<double>(time - kStart).count();
    };
    std::vector<std::string> lines;
    for (const ShownWindow& window : snapshot.windows) {
      lines.push_back(fmt::format(
          "{} {} {} [{}, {}) {} {}: {}", kpis[window.kpi].name,
          kpis[window.kpi].windows[window.window_spec].name(), window.live ? "live" : "final",
          seconds(window.window.start), seconds(window.window.end),
          window.already_final ? "is final" : "is not",
          window.completeness ? fmt::format("{:.2f}", *window.completeness) : "incomplete",
          samples_text(window.samples)));
    }
    for (const HeldWindow& held : snapshot.held) {
      lines.push_back(fmt::format("{} {} held: {}", kpis[held.kpi].name,
                                  kpis[held.kpi].windows[held.window_spec].name(), held.reason));
    }
    return fmt::format("{}", fmt::join(lines, "\n"));
  }

  /// Who holds the first shown window back: `sales/0 at 60, 60 behind, since 61`; or `nobody`.
  std::string held_back(double now) {
    const std::optional<HeldBackBy> by = snapshot(now)->windows.at(0).held_back_by;
    if (!by) return "nobody";
    return fmt::format("{}/{} at {}, {} behind, since {}",
                       plan_->definitions->sources[by->source].name, by->partition,
                       std::chrono::duration<double>(by->watermark - kStart).count(),
                       std::chrono::duration<double>(by->behind).count(),
                       std::chrono::duration<double>(by->since - kStart).count());
  }

  Publisher& publisher() { return publisher_; }
  Engine& engine() { return *engines_[0]; }

 private:
  /// All that is known beside the shards; the partitions are those of the newest one.
  PublishInput input_at(double now) {
    partitions_.clear();
    for (const auto& engine : engines_) {
      for (size_t source = 0; source < connected.size(); ++source) {
        const PartitionState& state = engine->partition(source);
        PartitionProgress progress;
        progress.source = source;
        progress.partition = state.partition;
        progress.watermark = state.watermark;
        progress.newest_event_time = state.newest_event_time;
        progress.newest_timestamp = state.newest_timestamp;
        progress.at_end = true;
        progress.connected = connected[source];
        partitions_.push_back(progress);
      }
    }
    tracker_.update(partitions_, at(now));
    return {.now = at(now), .progress = &tracker_, .partitions = partitions_, .access = access};
  }

  const std::shared_ptr<const Plan> plan_;
  SingleShardAdmission admission_;
  std::vector<std::unique_ptr<Engine>> engines_;
  ProgressTracker tracker_;
  std::vector<PartitionProgress> partitions_;
  Publisher publisher_;
  std::vector<std::vector<PartitionLog>> logs_;  ///< by shard and source

 public:
  std::vector<SourceAccess> access;
  std::vector<bool> connected;
};

/// A KPI by group.
inline Definitions grouped(const std::string& formula = "count(sales)") {
  return small_definitions({{.formula = formula, .by = {"g"}}});
}

}  // namespace kpid
