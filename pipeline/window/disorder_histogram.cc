#include "pipeline/window/disorder_histogram.h"

namespace kpid {

namespace {

/// The greatest duration of the bucket.
Duration end_of(size_t bucket) {
  const size_t dropped = std::max<size_t>(bucket >> disorder_buckets::kPrecisionBits, 1) - 1;
  const uint64_t kept = bucket - (dropped << disorder_buckets::kPrecisionBits);
  return Duration{static_cast<int64_t>(((kept + 1) << dropped) - 1)};
}

}  // namespace

void DisorderHistogram::merge(const DisorderHistogram& other) {
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    buckets_[bucket] += other.buckets_[bucket];
  }
  events_ += other.events_;
  total_ += other.total_;
  maximum_ = std::max(maximum_, other.maximum_);
}

Duration DisorderHistogram::quantile(unsigned percent) const {
  // The percentage of the events, rounded up, in whole numbers that cannot overflow.
  const uint64_t rank = events_ / 100 * percent + (events_ % 100 * percent + 99) / 100;
  uint64_t counted = 0;
  for (size_t bucket = 0; bucket < buckets_.size() && events_ > 0; ++bucket) {
    counted += buckets_[bucket];
    if (counted >= rank) return std::min(end_of(bucket), maximum_);
  }
  return maximum_;
}

}  // namespace kpid
