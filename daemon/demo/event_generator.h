#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/time.h"

namespace kpid {

/// The topics of the demo.
enum class DemoTopic : uint8_t { kSales, kFeedback, kProduction };

inline constexpr std::array<std::string_view, 3> kDemoTopicNames = {"sales", "feedback",
                                                                    "production"};

/// A record to be produced.
struct DemoRecord {
  DemoTopic topic = DemoTopic::kSales;
  EventTime timestamp;  ///< when it reaches Kafka; the event in it happened earlier
  std::string key;      ///< the customer or the line
  std::string value;    ///< JSON, but for the odd broken one

  bool operator==(const DemoRecord&) const = default;
};

/// Makes up the business of the demo pack: visits and orders in four regions of different size, by
/// a few large customers and many small ones; stars that customers give; lots that leave six
/// production lines. It is busier by day than by night (UTC). Every six minutes one line makes
/// many defective units for a while, and every nine a region's customers hardly order.
///
/// Most events arrive within a second, some seconds or half a minute late, a few out of time; two
/// records in a thousand are broken in one of several ways.
class EventGenerator {
 public:
  explicit EventGenerator(uint64_t seed) : seed_(seed) {}

  /// The records with a timestamp in [from, to), ascending by timestamp; about ten a second at
  /// night and twenty by day. A pure function of the seed and the two instants: what lies between
  /// them does not depend on how a stretch of time is cut into calls.
  std::vector<DemoRecord> events_between(EventTime from, EventTime to) const;

 private:
  uint64_t seed_;
};

}  // namespace kpid
