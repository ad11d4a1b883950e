#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

namespace kpid {

/// When each event of an even stream is due. Event i is due at i / rate after the beginning,
/// whatever became of the events before it: a sender that fell behind does not shift the rest, it
/// catches up.
class Pace {
 public:
  /// REQUIRES: events_per_second > 0.
  explicit Pace(double events_per_second) : events_per_second_(events_per_second) {}

  /// How many events are due `elapsed` after the beginning, both ends included.
  uint64_t due(std::chrono::nanoseconds elapsed) const {
    return static_cast<uint64_t>(std::floor(seconds(elapsed) * events_per_second_)) + 1;
  }

  /// When event `index`, from 0, is due.
  std::chrono::nanoseconds due_at(uint64_t index) const {
    return std::chrono::nanoseconds{
        static_cast<int64_t>(std::ceil(static_cast<double>(index) * 1e9 / events_per_second_))};
  }

 private:
  static double seconds(std::chrono::nanoseconds elapsed) {
    return static_cast<double>(elapsed.count()) / 1e9;
  }

  double events_per_second_;
};

}  // namespace kpid
