#pragma once

#include <mutex>
#include <vector>

#include "pipeline/window/progress.h"

namespace kpid {

/// Where the workers tell each other how far their partitions are: the one thing they share.
/// Thread-safe.
class ProgressBoard {
 public:
  explicit ProgressBoard(size_t workers) : entries_(workers) {}

  /// Replaces what the worker had told, and gives what all have, in the order of the workers.
  /// `first_own` is where the worker's own begin in it.
  void exchange(size_t worker, const std::vector<PartitionProgress>& own,
                std::vector<PartitionProgress>& all, size_t& first_own);

  /// What all workers have told, in the order of the workers.
  std::vector<PartitionProgress> all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::vector<PartitionProgress>> entries_;  ///< per worker; guarded by mutex_
};

}  // namespace kpid
