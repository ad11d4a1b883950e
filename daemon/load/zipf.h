#pragma once

#include <cstdint>

#include "daemon/load/random.h"

namespace kpid {

/// Draws ranks of a population in which few are met often and many are met rarely: rank k with a
/// probability in proportion to k to the power of -exponent. With exponent 0 all are met alike.
///
/// Exact for any number of ranks and without a table: rejection-inversion, which needs little more
/// than one draw a rank.
/// Source: Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
/// distributions", ACM TOMACS 6 (3), 1996.
class Zipf {
 public:
  /// REQUIRES: ranks >= 1, exponent >= 0 and finite.
  Zipf(uint64_t ranks, double exponent);

  /// A rank in [1, ranks].
  uint64_t draw(Random& random) const;

 private:
  double weight(double rank) const;          ///< of a rank, before they are scaled to sum to 1
  double area_until(double rank) const;      ///< below the weight's curve, from 1
  double rank_with_area(double area) const;  ///< the inverse of `area_until`

  double ranks_;
  double exponent_;
  double area_begin_;     ///< where the bar of rank 1 begins
  double area_end_;       ///< where the bar of the last rank ends
  double always_inside_;  ///< so far above a rank no draw has to be rejected
};

}  // namespace kpid
