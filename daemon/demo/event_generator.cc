#include "daemon/demo/event_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <optional>

#include "daemon/load/random.h"

namespace kpid {
namespace {

using std::chrono::seconds;

struct Region {
  std::string_view name;
  double share;       ///< of all visits
  double conversion;  ///< orders for each visit
  double contentment;
};

constexpr Region kRegions[] = {{"north", 0.40, 0.12, 0.80},
                               {"south", 0.27, 0.10, 0.72},
                               {"west", 0.19, 0.15, 0.86},
                               {"east", 0.14, 0.12, 0.64}};

struct Account {
  std::string_view name;
  double share;  ///< of all visits and orders
  double basket_eur;
};

/// The customers large enough to have a name; all others are numbered.
constexpr Account kAccounts[] = {{"kestrel-retail", 0.070, 940},
                                 {"alder-and-sons", 0.045, 610},
                                 {"bluewater", 0.030, 1350},
                                 {"orchard-group", 0.020, 420}};
constexpr double kSmallBasketEur = 46;
constexpr int64_t kSmallCustomers = 2400;

struct Line {
  std::string_view name;
  int64_t lot_units;
  double lots_per_second;
  double defect_rate;
};

constexpr Line kLines[] = {{"A1", 48, 0.60, 0.012}, {"A2", 48, 0.55, 0.015},
                           {"B1", 30, 0.45, 0.020}, {"B2", 30, 0.40, 0.018},
                           {"C1", 24, 0.35, 0.028}, {"C2", 24, 0.35, 0.024}};

constexpr double kVisitsPerSecond = 14;  ///< at the busiest hour
constexpr double kAnswersPerSecond = 1.1;

/// The demo's alert rules name 5 % for both: one is well above it, the other well below.
constexpr double kDefectRateInTrouble = 0.11;
constexpr double kConversionInTrouble = 0.005;

constexpr double kBrokenShare = 0.002;

/// How busy it is: 1 at three in the afternoon, UTC, and 0.45 at three in the morning.
double rhythm(int64_t second) {
  constexpr double kDay = 86'400;
  constexpr double kQuietest = 3 * 3'600;
  const double turn = (static_cast<double>(second % 86'400) - kQuietest) / kDay;
  return 0.725 - 0.275 * std::cos(2 * std::numbers::pi * turn);
}

/// Trouble visits one of several places once in each period, for a third to a half of it.
struct Trouble {
  int64_t period_seconds;
  int64_t places;
  uint64_t seed;

  /// The place that has trouble in this second, if any has.
  std::optional<size_t> place_at(int64_t second) const {
    const int64_t period = second / period_seconds;
    Random random(Random::mix(seed + static_cast<uint64_t>(period)));
    const int64_t begins = period * period_seconds + random.between(0, period_seconds / 4);
    const int64_t ends = begins + random.between(period_seconds / 3, period_seconds / 2);
    const auto place = static_cast<size_t>(random.between(0, places - 1));
    if (second < begins || second >= ends) return std::nullopt;
    return place;
  }
};

/// Makes the records of one second. The order of its draws is what makes a seed a business: the
/// same calls, the same records.
class SecondOfBusiness {
 public:
  SecondOfBusiness(uint64_t seed, int64_t second)
      : second_(second),
        random_(Random::mix(seed) ^ Random::mix(static_cast<uint64_t>(second))),
        slow_region_(Trouble{540, std::ssize(kRegions), seed + 0x5a1e}.place_at(second)),
        bad_line_(Trouble{360, std::ssize(kLines), seed + 0xdefec7}.place_at(second)) {}

  /// The records, ascending by timestamp.
  std::vector<DemoRecord> records() && {
    for (size_t region = 0; region < std::size(kRegions); ++region) {
      add_visits(region);
      add_answers(region);
    }
    for (size_t line = 0; line < std::size(kLines); ++line) add_lots(line);
    std::ranges::stable_sort(records_, {}, &DemoRecord::timestamp);
    return std::move(records_);
  }

 private:
  struct Customer {
    std::string name;
    double basket_eur;
  };

  Customer draw_customer() {
    double draw = random_.fraction();
    for (const Account& account : kAccounts) {
      if (draw < account.share) return {std::string(account.name), account.basket_eur};
      draw -= account.share;
    }
    return {fmt::format("c-{:04}", random_.between(1, kSmallCustomers)), kSmallBasketEur};
  }

  void add_visits(size_t region) {
    const Region& here = kRegions[region];
    const double conversion = slow_region_ == region ? kConversionInTrouble : here.conversion;
    const int64_t visits = random_.poisson(kVisitsPerSecond * here.share * rhythm(second_));
    for (int64_t visit = 0; visit < visits; ++visit) {
      const Customer customer = draw_customer();
      const std::string shop = fmt::format(
          R"("shop":{{"region":"{}","till":{}}},"customer":"{}","channel":"{}")", here.name,
          random_.between(1, 9), customer.name, random_.chance(0.6) ? "web" : "store");
      add(DemoTopic::kSales, customer.name, R"("type":"visit",)" + shop);
      if (random_.chance(conversion)) {
        add(DemoTopic::kSales, customer.name,
            fmt::format(R"("type":"order",{},"amount":{},"items":{})", shop,
                        draw_amount(customer.basket_eur), random_.between(1, 12)));
      }
    }
  }

  /// Euros and cents; most orders are below the customer's usual basket, a few far above it.
  std::string draw_amount(double basket_eur) {
    const double spread = -std::log(1 - random_.fraction());
    const auto cents = static_cast<int64_t>(basket_eur * (0.35 + 0.65 * spread) * 100) + 1;
    return fmt::format("{}.{:02}", cents / 100, cents % 100);
  }

  void add_answers(size_t region) {
    const Region& here = kRegions[region];
    const double contentment = here.contentment * (slow_region_ == region ? 0.6 : 1);
    const int64_t answers = random_.poisson(kAnswersPerSecond * here.share * rhythm(second_));
    for (int64_t answer = 0; answer < answers; ++answer) {
      int64_t score = 1;
      for (int star = 0; star < 4; ++star) score += random_.chance(contentment) ? 1 : 0;
      add(DemoTopic::kFeedback, draw_customer().name,
          fmt::format(R"("region":"{}","score":{},"channel":"{}")", here.name, score,
                      random_.chance(0.7) ? "mail" : "phone"));
    }
  }

  void add_lots(size_t line) {
    const Line& here = kLines[line];
    const double defect_rate = bad_line_ == line ? kDefectRateInTrouble : here.defect_rate;
    // The plant slows down at night, but never stops.
    const int64_t lots = random_.poisson(here.lots_per_second * (0.5 + 0.5 * rhythm(second_)));
    for (int64_t lot = 0; lot < lots; ++lot) {
      const int64_t units = random_.between(here.lot_units * 3 / 4, here.lot_units);
      int64_t defects = 0;
      for (int64_t unit = 0; unit < units; ++unit) defects += random_.chance(defect_rate) ? 1 : 0;
      add(DemoTopic::kProduction, std::string(here.name),
          fmt::format(R"("plant":"harbour","line":"{}","units":{},"defects":{})", here.name, units,
                      defects));
    }
  }

  /// How long an event took to reach Kafka. Beyond 5 s it is behind the disorder of the demo pack,
  /// beyond 35 s it is late there.
  Duration draw_delay() {
    const double draw = random_.fraction();
    if (draw < 0.0004) return Duration{random_.between(60'000, 600'000)};
    if (draw < 0.003) return Duration{random_.between(6'000, 25'000)};
    if (draw < 0.04) return Duration{random_.between(1'000, 4'500)};
    return Duration{random_.between(20, 900)};
  }

  static std::string time_text(DemoTopic topic, EventTime time) {
    if (topic == DemoTopic::kFeedback) return '"' + format_rfc3339(time) + '"';
    return std::to_string(time.time_since_epoch().count());
  }

  /// One object: the event time in the topic's own field, and the other fields.
  static std::string object(DemoTopic topic, std::string_view time, std::string_view fields) {
    const std::string_view name = topic == DemoTopic::kFeedback ? "given_at" : "ts";
    return fmt::format(R"({{"{}":{},{}}})", name, time, fields);
  }

  void add(DemoTopic topic, std::string key, std::string_view fields) {
    const EventTime timestamp{seconds{second_} + Duration{random_.between(0, 999)}};
    const EventTime event_time = timestamp - draw_delay();
    std::string value = random_.chance(kBrokenShare)
                            ? broken(topic, event_time, fields)
                            : object(topic, time_text(topic, event_time), fields);
    records_.push_back({topic, timestamp, std::move(key), std::move(value)});
  }

  /// What producers with a fault send.
  std::string broken(DemoTopic topic, EventTime event_time, std::string_view fields) {
    const std::string whole = object(topic, time_text(topic, event_time), fields);
    switch (random_.between(0, 5)) {
      case 0:
        return whole.substr(0, whole.size() / 2);
      case 1:
        return "printer out of paper";
      case 2:
        return object(topic, "null", fields);
      case 3:
        return object(topic, R"("soon")", fields);
      case 4:  // seconds where milliseconds are due
        return object(topic, time_text(topic, EventTime{event_time.time_since_epoch() / 1000}),
                      fields);
      default:  // a clock two days fast
        return object(topic, time_text(topic, event_time + std::chrono::days{2}), fields);
    }
  }

  int64_t second_;
  Random random_;
  std::optional<size_t> slow_region_;
  std::optional<size_t> bad_line_;
  std::vector<DemoRecord> records_;
};

}  // namespace

std::vector<DemoRecord> EventGenerator::events_between(EventTime from, EventTime to) const {
  std::vector<DemoRecord> between;
  const auto first = std::chrono::floor<seconds>(from);
  for (auto second = first; second < to; second += seconds{1}) {
    for (DemoRecord& record :
         SecondOfBusiness(seed_, second.time_since_epoch().count()).records()) {
      if (record.timestamp >= from && record.timestamp < to) between.push_back(std::move(record));
    }
  }
  return between;
}

}  // namespace kpid
