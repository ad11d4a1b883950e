#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/engine.h"
#include "pipeline/publish/publisher.h"
#include "pipeline/restore.h"
#include "pipeline/window/progress.h"
#include "tests/property/dice.h"
#include "tests/property/scenario.h"
#include "tests/support/memory_store.h"

namespace kpid {

/// An instance of kpid without its daemon: engines, progress and publisher over a scenario's logs,
/// with a clock that the test moves. Partition i is read by shard i modulo their number.
class Simulation {
 public:
  /// Starts from what the store has; nothing: anew.
  Simulation(const Scenario& scenario, size_t shards,
             const std::optional<StoredState>& stored = {});

  /// Reads the partition up to `next_offset`, in batches of sizes that the dice choose.
  void read(size_t partition, int64_t next_offset, Dice& dice);
  /// The records of the partition up to `next_offset` are gone.
  void lose(size_t partition, int64_t next_offset);
  /// Tells everyone how far the partitions are at `now`; `forgets`: and drops what has expired.
  void progress(EventTime now, bool forgets);
  /// Makes coarser what `publish` will not ask for any more.
  void coarsen();
  /// From now on all sources are held, as while they catch up, or not.
  void hold(bool held) { held_ = held; }
  /// Between two publications, after `progress`: learns what will not be asked for any more.
  void follow(EventTime now);
  /// How many slices all shards keep, of all groupings.
  size_t slices() const;
  /// The snapshot of `now`, after `progress`.
  std::shared_ptr<const Snapshot> publish(EventTime now);

  /// Hands a checkpoint to the store, or only says that it failed.
  void checkpoint(MemoryStore& store, bool succeeds);
  /// The two halves of it: events may be applied between them.
  Checkpoint freeze();
  void saved(bool success);

  int64_t next_offset(size_t partition) const;
  const PartitionState& state(size_t partition) const;
  const ProgressTracker& tracker() const { return *tracker_; }
  const std::vector<PartitionProgress>& progress_of_partitions() const { return progress_; }
  uint64_t amendments(size_t kpi, size_t window_spec);
  /// Every window that exists, a line each; then the ledgers and the amendments.
  std::vector<std::string> everything();
  std::vector<std::string> report();

 private:
  /// For simulations without a bound on groups.
  class AdmitAll : public GroupAdmission {
   public:
    bool admit(size_t, std::string_view) override { return true; }
    void readmit(size_t, std::string_view) override {}
    void leave(size_t, std::string_view) override {}
  };

  PublishInput input(EventTime now) const;
  Engine& engine_of(size_t partition) const { return *engines_[partition % engines_.size()]; }
  std::vector<Engine*> shards() const;

  const Scenario& scenario_;
  AdmitAll admission_;
  std::vector<std::unique_ptr<Engine>> engines_;
  std::vector<size_t> numbers_;  ///< of each partition of the scenario in its engine
  std::vector<GroupingLayout> layouts_;
  std::vector<SourceState> sources_;
  std::unique_ptr<ProgressTracker> tracker_;
  std::unique_ptr<Publisher> publisher_;
  bool held_ = false;
  std::vector<PartitionProgress> progress_;
  std::vector<std::optional<EventTime>> newest_read_;  ///< record timestamps, since the start
};

/// What a snapshot shows, a line a window: value, samples, finality, completeness.
std::vector<std::string> shown_lines(const Snapshot& snapshot);

/// How many records of the partition have been written by `now`.
int64_t written_by(const ShapedPartition& partition, EventTime now);

}  // namespace kpid
