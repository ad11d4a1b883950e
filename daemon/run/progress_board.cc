#include "daemon/run/progress_board.h"

namespace kpid {

void ProgressBoard::exchange(size_t worker, const std::vector<PartitionProgress>& own,
                             std::vector<PartitionProgress>& all, size_t& first_own) {
  const std::lock_guard lock(mutex_);
  entries_[worker] = own;
  all.clear();
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (i == worker) first_own = all.size();
    all.insert(all.end(), entries_[i].begin(), entries_[i].end());
  }
}

std::vector<PartitionProgress> ProgressBoard::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<PartitionProgress> all;
  for (const auto& entry : entries_) all.insert(all.end(), entry.begin(), entry.end());
  return all;
}

}  // namespace kpid
