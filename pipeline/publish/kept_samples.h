#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/publish/joined_window.h"
#include "pipeline/publish/snapshot.h"
#include "pipeline/publish/sorted_samples.h"

namespace kpid {

/// The samples of a showing of a KPI, kept from publication to publication: only those are made
/// anew whose rows differ, and labels and order only of groups that come.
class KeptSamples {
 public:
  /// Samples of more than one group, where there are any.
  struct Others {
    std::optional<Sample> merged;
    std::optional<Sample> overflow;
  };

  /// The samples of these groups of `window`, ascending by their numbers, and the `others`.
  SampleList next(std::unique_ptr<const JoinedWindow> window, const std::vector<uint32_t>& groups,
                  Others others);

  /// The keys of the groups of the last `next`.
  std::set<std::string> keys() const;

 private:
  struct Shown {
    uint64_t identity = 0;  ///< of the group when it was put in
    std::shared_ptr<const GroupKey> key;
  };

  std::vector<uint32_t> exchange_groups(const JoinedGroups& joined,
                                        const std::vector<uint32_t>& groups);
  void put(uint32_t number, std::optional<Sample> sample);

  std::unique_ptr<const JoinedWindow> window_;  ///< of the last `next`
  uint64_t newest_identity_ = 0;                ///< of the groups at the last `next`
  std::vector<uint32_t> groups_;                ///< shown, ascending
  std::vector<Shown> shown_;                    ///< parallel
  SortedSamples samples_;
};

}  // namespace kpid
