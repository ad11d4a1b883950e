#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <optional>

#include "daemon/store/checkpoint_store.h"

namespace kpid {

/// Saves checkpoints on a thread of its own, one at a time.
///
/// Use: when `busy()` is false and a checkpoint is due, `start` it; ask `poll` once per turn of the
/// loop. Engines are told of the outcome before they make the next checkpoint. For one owner.
class CheckpointWriter {
 public:
  /// How a save went.
  struct Outcome {
    tl::expected<SaveReport, SaveFailure> result;
    std::chrono::nanoseconds duration{};
  };

  /// REQUIRES: `store` outlives this, and nobody else calls it while `busy()`.
  explicit CheckpointWriter(CheckpointStore& store);

  /// Waits for the save in flight.
  ~CheckpointWriter();

  /// Whether a checkpoint was started whose outcome nobody has taken yet.
  bool busy() const;

  /// Begins to save. REQUIRES: !busy().
  void start(Checkpoint checkpoint);

  /// Takes the outcome, if the save has ended. Never blocks.
  std::optional<Outcome> poll();

  /// Takes the outcome when the save has ended. Blocks. REQUIRES: busy().
  Outcome wait();

 private:
  CheckpointStore& store_;
  std::future<Outcome> in_flight_;
};

}  // namespace kpid
