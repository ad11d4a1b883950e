#pragma once

#include <cmath>
#include <cstdint>

namespace kpid {

/// Numbers that look random and depend on nothing but the seed: the same on every machine, which
/// the standard library's distributions are not.
/// Source: SplitMix64; Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators".
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  /// Scrambles the bits of `value`; different values give different results.
  static uint64_t mix(uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
  }

  uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15u); }

  /// Even over [0, 1).
  double fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// Even over [first, last].
  int64_t between(int64_t first, int64_t last) {
    return first + static_cast<int64_t>(fraction() * static_cast<double>(last - first + 1));
  }

  /// True with the given probability.
  bool chance(double probability) { return fraction() < probability; }

  /// How often something happens that happens `mean` times on average. REQUIRES: mean < 100.
  /// Source: Knuth, "The Art of Computer Programming", volume 2, 3.4.1 (Poisson distribution).
  int64_t poisson(double mean) {
    const double floor = std::exp(-mean);
    int64_t events = 0;
    for (double product = fraction(); product > floor; product *= fraction()) ++events;
    return events;
  }

 private:
  uint64_t state_;
};

}  // namespace kpid
