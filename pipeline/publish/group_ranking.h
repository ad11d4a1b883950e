#pragma once

#include <tsl/robin_set.h>

#include <set>
#include <string>
#include <vector>

#include "pipeline/event/time.h"
#include "pipeline/formula/number.h"

namespace kpid {

/// A group and what it is ranked by.
struct RankedGroup {
  std::string key;               ///< GroupKey::bytes
  std::optional<Number> figure;  ///< nothing ranks below everything
};

/// Which groups of one KPI have series of their own, where there are more than fit.
///
/// A shown group leaves only when its figure is more than 10 % below the last place, so that two
/// groups of nearly the same size do not take turns on every dashboard.
class GroupRanking {
 public:
  /// REQUIRES: places > 0.
  explicit GroupRanking(size_t places) : places_(places) {}

  /// Decides anew from one window's figures. Ties go to the lesser key.
  void decide(std::vector<RankedGroup> groups);
  /// All of these fit: they are the members.
  void admit_all(const std::set<std::string>& keys) { members_ = {keys.begin(), keys.end()}; }

  bool is_member(const std::string& key) const { return members_.contains(key); }
  size_t size() const { return members_.size(); }
  std::set<std::string> members() const { return {members_.begin(), members_.end()}; }

 private:
  size_t places_;
  tsl::robin_set<std::string> members_;
};

}  // namespace kpid
