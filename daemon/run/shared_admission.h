#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/aggregate/group_table.h"

namespace kpid {

/// Admits groups up to the limit for all shards of an instance together: a group that several
/// shards have counts once. Asked for new groups only. Thread-safe.
class SharedAdmission : public GroupAdmission {
 public:
  explicit SharedAdmission(uint32_t max_groups) : max_groups_(max_groups) {}
  bool admit(size_t grouping, std::string_view key) override;
  void readmit(size_t grouping, std::string_view key) override;
  void leave(size_t grouping, std::string_view key) override;

 private:
  using ShardsByKey = std::map<std::string, uint32_t, std::less<>>;  ///< how many shards have it

  ShardsByKey& groups(size_t grouping);

  const uint32_t max_groups_;
  std::mutex mutex_;
  std::vector<ShardsByKey> groups_;  ///< per grouping; guarded by mutex_
};

}  // namespace kpid
