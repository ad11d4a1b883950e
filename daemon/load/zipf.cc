#include "daemon/load/zipf.h"

#include <algorithm>
#include <cmath>

#include "pipeline/check.h"

namespace kpid {
namespace {

/// log(1 + x) / x and (e^x - 1) / x, which are 1 at 0: an exponent of 1, or near it, is no
/// exception.
double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }
double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }

}  // namespace

// Rank k owns the stretch (k - 0.5, k + 0.5] of the curve. The curve is convex, so the area over
// that stretch is never less than the weight of k: a bar as wide as the weight fits in, flush with
// the stretch's far end. A uniform draw from the whole area hits a bar, which is the rank's, or the
// gap before it, and is drawn again. Rank 1 gets just its bar, without a gap.
Zipf::Zipf(uint64_t ranks, double exponent)
    : ranks_(static_cast<double>(ranks)), exponent_(exponent) {
  KPID_ASSERT(ranks >= 1 && exponent >= 0 && std::isfinite(exponent));
  area_begin_ = area_until(1.5) - weight(1);
  area_end_ = area_until(ranks_ + 0.5);
  // The gap is widest at rank 2.
  always_inside_ = 2 - rank_with_area(area_until(2.5) - weight(2));
}

double Zipf::weight(double rank) const { return std::exp(-exponent_ * std::log(rank)); }

double Zipf::area_until(double rank) const {
  const double log_rank = std::log(rank);
  return expm1_over((1 - exponent_) * log_rank) * log_rank;
}

double Zipf::rank_with_area(double area) const {
  // Rounding may go just below the least that has a logarithm.
  const double scaled = std::max(area * (1 - exponent_), -1.0);
  return std::exp(log1p_over(scaled) * area);
}

uint64_t Zipf::draw(Random& random) const {
  while (true) {
    const double area = area_end_ + random.fraction() * (area_begin_ - area_end_);
    const double place = rank_with_area(area);
    const double rank = std::clamp(std::floor(place + 0.5), 1.0, ranks_);
    if (rank - place <= always_inside_ || area >= area_until(rank + 0.5) - weight(rank)) {
      return static_cast<uint64_t>(rank);
    }
  }
}

}  // namespace kpid
