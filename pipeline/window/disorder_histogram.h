#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "pipeline/event/time.h"

namespace kpid {

/// The buckets of a DisorderHistogram.
namespace disorder_buckets {

/// 2^6 buckets a power of two: the bound on the error of quantiles.
inline constexpr int kPrecisionBits = 6;
/// No two event times are further apart; what would be, if ever, is counted there.
inline constexpr Duration kLongest = kEndOfEventTime - kEarliestEventTime;

constexpr size_t bucket_of(Duration behind) {
  const auto millis = static_cast<uint64_t>(std::min(behind, kLongest).count());
  const int dropped = std::max(static_cast<int>(std::bit_width(millis)) - kPrecisionBits - 1, 0);
  return (static_cast<size_t>(dropped) << kPrecisionBits) + (millis >> dropped);
}

}  // namespace disorder_buckets

/// How far events came behind the newest event of their own partition: a bag of durations, of which
/// the number, the sum and the maximum are exact and the quantiles nearly so.
///
/// `merge` is associative and commutative to the bit, with the empty bag as identity. Of fixed
/// size, about 19 KiB. Below 128 ms every millisecond has its bucket; above, every power of two has
/// 64 of equal width.
/// Source: HdrHistogram, Gil Tene.
class DisorderHistogram {
 public:
  /// One more event. O(1), allocates nothing. REQUIRES: not negative.
  void add(Duration behind) {
    ++buckets_[disorder_buckets::bucket_of(behind)];
    ++events_;
    total_ += behind;
    maximum_ = std::max(maximum_, behind);
  }
  void merge(const DisorderHistogram& other);

  uint64_t events() const { return events_; }
  /// Of all events together.
  Duration total() const { return total_; }
  /// Zero of no events.
  Duration maximum() const { return maximum_; }
  /// At least `percent` % of the events came at most this far behind. Never less than the least
  /// such duration, and above it by less than 1/64 (1.6 %). Zero of no events; O(size).
  /// REQUIRES: 0 < percent <= 100.
  Duration quantile(unsigned percent) const;

  bool operator==(const DisorderHistogram&) const = default;

 private:
  std::array<uint64_t, disorder_buckets::bucket_of(disorder_buckets::kLongest) + 1> buckets_{};
  uint64_t events_ = 0;
  Duration total_{};
  Duration maximum_{};
};

}  // namespace kpid
