#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/load/random.h"
#include "daemon/load/zipf.h"
#include "pipeline/event/time.h"

namespace kpid {

/// What a stream of sales looks like. The same shape, the same bytes.
struct SalesShape {
  uint64_t seed = 1;
  uint64_t customers = 10'000;  ///< in [1, kMaxCustomers]
  double skew = 0;              ///< Zipf exponent of the customers; 0: all buy alike
  uint32_t extra_fields = 0;    ///< beside the twelve; at most kMaxExtraFields
  /// Bytes of every event; nothing: the least that the fields need, 211 without extra ones.
  std::optional<uint64_t> event_bytes = {};
  EventTime start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  double events_per_second = 100;  ///< of event time
  Duration disorder{1000};         ///< an event on time is at most so far behind the newest
  double late_share = 0;           ///< of the events, in [0, 1]
  Duration lateness{std::chrono::minutes{1}};  ///< a late event is at most so far behind disorder

  static constexpr uint64_t kMaxCustomers = 9'999'999;
  static constexpr uint32_t kMaxExtraFields = 999;
  static constexpr uint64_t kMaxEventBytes = 1'000'000;
};

/// The least bytes that an event of the shape needs.
uint64_t least_event_bytes(const SalesShape& shape);

/// "extra_001" for the first, 1.
std::string extra_field_name(uint32_t number);

/// An event to be produced.
struct SalesEvent {
  EventTime timestamp;   ///< when it is sent; what happened in it happened then or earlier
  std::string customer;  ///< what the record may be keyed by
  std::string json;      ///< SalesShape::event_bytes long

  bool operator==(const SalesEvent&) const = default;
};

/// Makes up the sales of a large shop, as flat JSON objects of one size, the event time in `ts`:
/// two visits for each order, each with the value of the basket. Customers are numbered by how
/// often they are met; each has one of four regions.
class SalesGenerator {
 public:
  /// REQUIRES: the bounds of SalesShape; event_bytes, if given, at least `least_event_bytes`.
  explicit SalesGenerator(const SalesShape& shape);

  /// Event `index`, from 0: a pure function of the shape and the index, whatever was asked before.
  void make(uint64_t index, SalesEvent& event);

 private:
  Duration draw_delay(Random& random) const;

  SalesShape shape_;
  Zipf customers_;
  uint64_t event_bytes_;
  std::string rest_;  ///< of one event; kept for its memory
};

}  // namespace kpid
