#include "daemon/load/load_start.h"

#include <algorithm>
#include <chrono>

namespace kpid {

namespace {

using Seconds = std::chrono::duration<double>;

/// Far beyond all event times, and small enough to be added to one of them.
constexpr Duration kForEver = std::chrono::hours{24 * 365 * 1'000};

/// How long so many events take at that rate; nothing at a rate of 0, which is no bound.
Duration time_of(uint64_t events, double rate) {
  if (rate <= 0) return Duration{0};
  const Seconds time{static_cast<double>(events) / rate};
  return time < kForEver ? std::chrono::floor<Duration>(time) : kForEver;
}

Duration event_time_of(const GenerateLoadOptions& options) {
  return time_of(options.events, options.shape.events_per_second);
}

}  // namespace

EventTime start_of_load(const GenerateLoadOptions& options, EventTime now) {
  switch (options.start) {
    case LoadStart::kGiven:
      return options.shape.start;
    case LoadStart::kNow:
      return now;
    case LoadStart::kOfThePresent:
      break;
  }
  const Duration ahead = event_time_of(options) - time_of(options.events, options.rate);
  return now - std::max(ahead, Duration{0});
}

bool fits_event_time(const GenerateLoadOptions& options, EventTime start) {
  const SalesShape& shape = options.shape;
  return start - shape.disorder - shape.lateness >= kEarliestEventTime &&
         event_time_of(options) <= kEndOfEventTime - start;
}

}  // namespace kpid
