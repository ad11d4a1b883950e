#include "pipeline/publish/group_ranking.h"

#include <algorithm>
#include <limits>

#include "pipeline/check.h"

namespace kpid {

namespace {

// A shown group stays until it is this much below the last place.
constexpr double kHysteresis = 0.1;

double figure_of(const RankedGroup& group) {
  return group.figure ? group.figure->to_double() : -std::numeric_limits<double>::infinity();
}

bool ranks_before(const RankedGroup& a, const RankedGroup& b) {
  if (a.figure && b.figure && *a.figure != *b.figure) return *a.figure > *b.figure;
  if (a.figure.has_value() != b.figure.has_value()) return a.figure.has_value();
  return a.key < b.key;
}

}  // namespace

void GroupRanking::decide(std::vector<RankedGroup> groups) {
  KPID_ASSERT(places_ > 0);
  std::sort(groups.begin(), groups.end(), ranks_before);
  tsl::robin_set<std::string> members;
  if (groups.size() > places_) {
    const RankedGroup& last = groups[places_ - 1];
    const double last_place = figure_of(last);
    const double stays_from = last_place - kHysteresis * std::abs(last_place);
    // Where too few have a figure all of these are in, and then members before the others.
    const auto is_first = [&](const RankedGroup& group) {
      if (!last.figure && group.figure) return true;
      return is_member(group.key) && figure_of(group) >= stays_from;
    };
    for (const RankedGroup& group : groups) {
      if (members.size() >= places_) break;
      if (is_first(group)) members.insert(group.key);
    }
  }
  for (const RankedGroup& group : groups) {
    if (members.size() >= places_) break;
    members.insert(group.key);
  }
  members_ = std::move(members);
}

}  // namespace kpid
