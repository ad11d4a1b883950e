#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/publish/joined_window.h"
#include "pipeline/publish/snapshot.h"

namespace kpid {

/// What a showing of a KPI had in the last snapshot, so that the next one makes only those samples
/// anew whose rows differ, and labels and order only when there are other groups.
///
/// Owns the views that its window borrows from. Use: `next`, then `keep` when the snapshot is made.
class KeptSamples {
 public:
  /// The samples of these groups of `window`, which is made of `views`, and the `others`; ascending
  /// by the bytes of their labels.
  std::vector<Sample> next(std::unique_ptr<const JoinedWindow> window,
                           std::span<const std::shared_ptr<const ShardView>> views,
                           const std::vector<size_t>& groups, std::vector<Sample> others);
  /// The samples of the last `next` are in this window of the snapshot, unchanged.
  void keep(std::shared_ptr<const Snapshot> snapshot, size_t window);

  /// The keys of the groups of the last `next`.
  std::set<std::string> keys() const;

 private:
  static constexpr uint32_t kNowhere = UINT32_MAX;

  const Sample* kept(const JoinedWindow& window, size_t group) const;
  bool same_groups(const JoinedWindow& window, const std::vector<size_t>& groups) const;
  void sort(const JoinedWindow& window, const std::vector<size_t>& groups);

  using Labels = std::shared_ptr<const std::vector<std::string>>;

  std::vector<std::shared_ptr<const ShardView>> views_;
  std::unique_ptr<const JoinedWindow> window_;
  std::vector<size_t> groups_;                     ///< as given
  std::vector<std::pair<Labels, size_t>> sorted_;  ///< the same, in the order of their labels
  std::vector<uint32_t> places_;  ///< by group: its sample in the snapshot's window, or kNowhere
  std::shared_ptr<const Snapshot> snapshot_;  ///< nothing: none is kept
  size_t snapshot_window_ = 0;
};

}  // namespace kpid
