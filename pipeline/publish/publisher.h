#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/engine.h"
#include "pipeline/publish/group_ranking.h"
#include "pipeline/publish/joined_window.h"
#include "pipeline/publish/kept_samples.h"
#include "pipeline/publish/shown_windows.h"
#include "pipeline/publish/slowest_partitions.h"
#include "pipeline/publish/snapshot.h"
#include "pipeline/window/progress.h"

namespace kpid {

/// What is known at one instant beside the shards' state.
struct PublishInput {
  EventTime now{};                                ///< the clock
  const ProgressTracker* progress = nullptr;      ///< up to date at `now`
  std::span<const PartitionProgress> partitions;  ///< what `progress` was updated with
  std::vector<SourceAccess> access;               ///< per source
};

/// Makes snapshots: chooses the windows to show, asks the shards for them, merges what they answer
/// and evaluates the formulas. Pure: no clock, no thread.
///
/// Use: `choose`, then `Engine::view` of every shard with its answer, then `combine`.
class Publisher {
 public:
  explicit Publisher(std::shared_ptr<const Plan> plan);

  /// From when on the record of a KPI's terms is kept; nothing: nothing of it is missing.
  void set_begins(size_t kpi, std::optional<EventTime> begins) { begins_[kpi] = begins; }

  /// Moves on to the windows of `input.now` and says what the shards must be asked for.
  const std::vector<WindowQuery>& choose(const PublishInput& input);

  /// Learns what `choose` would, and asks for nothing: for between two publications, where only
  /// `shown_until` is wanted.
  void follow(const PublishInput& input);

  /// The snapshot. `views` answer the last `choose`, one a shard.
  std::shared_ptr<const Snapshot> combine(const PublishInput& input,
                                          std::span<const std::shared_ptr<const ShardView>> views);

  /// Per source: `choose` asks for no window any more whose successor ends by then; nothing: it may
  /// ask for any. Never goes back.
  std::vector<std::optional<EventTime>> shown_until() const;

  /// What must not go back over a restart: shown windows and ranked groups.
  std::string save() const;
  /// Takes it back. What cannot be read is left out: it only decides what is shown.
  void restore(std::string_view bytes);

 private:
  /// A window that somebody asked for, and where in the views it is.
  struct Asked {
    size_t kpi = 0;
    Window window;
    std::vector<AskedInput> inputs;  ///< parallel to the KPI's
  };
  /// Which groups of a KPI are shown, and up to which window that was decided.
  struct Ranked {
    GroupRanking ranking;
    std::optional<EventTime> decided_until;
    bool crowded = false;  ///< more groups than fit, at the last look
    /// The showing whose groups all fitted, at the last look: they are the members.
    std::optional<size_t> fitted_in;
  };

  Asked ask(const PublishInput& input, size_t kpi, const WindowSpec& spec, const Window& window);
  bool recorded_since(const PublishInput& input, size_t kpi, EventTime start) const;
  void ask_for_ranking(const PublishInput& input);
  void move_ranking_on(size_t kpi);
  void decide_rankings(std::span<const std::shared_ptr<const ShardView>> views);
  void show(const PublishInput& input, size_t showing, const Asked& asked,
            std::span<const std::shared_ptr<const ShardView>> views, Snapshot& snapshot);
  SampleList samples_of(std::unique_ptr<const JoinedWindow> joined, size_t showing,
                        const Window& span);
  const JoinedGroups& joined_groups(size_t kpi,
                                    std::span<const std::shared_ptr<const ShardView>> views);
  void rank_if_crowded(const JoinedWindow& window, const std::vector<uint32_t>& visible,
                       size_t showing);
  std::optional<double> completeness(const PublishInput& input, size_t kpi,
                                     const Window& window) const;
  std::optional<HeldBackBy> held_back_by(size_t kpi, const WindowSpec& spec, EventTime end) const;
  bool has_losses(std::span<const std::shared_ptr<const ShardView>> views,
                  const Asked& asked) const;
  bool uses_source(size_t kpi, size_t source) const;
  void add_ledgers(const PublishInput& input,
                   std::span<const std::shared_ptr<const ShardView>> views,
                   Snapshot& snapshot) const;
  void add_disorder(std::span<const std::shared_ptr<const ShardView>> views,
                    Snapshot& snapshot) const;
  void add_counts(const PublishInput& input,
                  std::span<const std::shared_ptr<const ShardView>> views,
                  Snapshot& snapshot) const;

  const std::shared_ptr<const Plan> plan_;
  ShownWindows shown_;
  SlowestPartitions slowest_;
  std::vector<std::optional<EventTime>> begins_;  ///< per KPI
  std::vector<Ranked> ranked_;                    ///< per KPI
  std::vector<WindowQuery> queries_;
  std::vector<std::optional<Asked>> asked_;  ///< per showing
  std::vector<Asked> asked_for_ranking_;
  std::map<std::vector<size_t>, JoinedGroups> groups_;  ///< by the groupings of KPIs
  std::vector<KeptSamples> kept_;                       ///< per showing
  std::vector<uint64_t> groups_shown_;                  ///< per KPI, in the snapshot at hand
};

}  // namespace kpid
