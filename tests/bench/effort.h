#pragma once

namespace kpid {

/// How much the growth curves take. Rounds are taken in turn over all points of a curve, so that
/// what else the machine does falls on all of them.
struct Effort {
  int rounds = 3;
  int events = 100'000;  ///< measured, a point and round
  int least_groups = 10;
  int most_groups = 1'000'000;
};

}  // namespace kpid
