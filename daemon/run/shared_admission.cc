#include "daemon/run/shared_admission.h"

namespace kpid {

SharedAdmission::ShardsByKey& SharedAdmission::groups(size_t grouping) {
  if (grouping >= groups_.size()) groups_.resize(grouping + 1);
  return groups_[grouping];
}

bool SharedAdmission::admit(size_t grouping, std::string_view key) {
  const std::lock_guard lock(mutex_);
  ShardsByKey& known = groups(grouping);
  if (known.size() >= max_groups_ && known.find(key) == known.end()) return false;
  ++known.try_emplace(std::string(key), 0).first->second;
  return true;
}

void SharedAdmission::readmit(size_t grouping, std::string_view key) {
  const std::lock_guard lock(mutex_);
  ++groups(grouping).try_emplace(std::string(key), 0).first->second;
}

void SharedAdmission::leave(size_t grouping, std::string_view key) {
  const std::lock_guard lock(mutex_);
  ShardsByKey& known = groups(grouping);
  const auto found = known.find(key);
  if (found == known.end()) return;
  if (--found->second == 0) known.erase(found);
}

}  // namespace kpid
