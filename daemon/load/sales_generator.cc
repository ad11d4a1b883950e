#include "daemon/load/sales_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "pipeline/check.h"

namespace kpid {
namespace {

constexpr std::string_view kRegions[] = {"north", "south", "west", "east"};
constexpr std::string_view kPayments[] = {"card", "cash", "gift", "bank"};
constexpr std::string_view kCampaigns[] = {"spring", "autumn", "none"};
constexpr std::string_view kDevices[] = {"phone", "desk", "till"};

/// The number of an order comes first in its id, so that no two are equal; random letters fill the
/// event up to its size, because letters that repeat would compress as no real data does.
constexpr size_t kOrderDigits = 11;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";

/// An event whose values are as long as they get.
constexpr std::string_view kLongest =
    R"({"ts":1767225600000,"order_id":"00000000000","customer":"c-0000001","region":"north",)"
    R"("amount":499.99,"items":9,"type":"visit","channel":"store","payment":"card","paid":false,)"
    R"("campaign":"spring","device":"phone"})";
constexpr std::string_view kExtraField = R"("extra_001":12345,)";

template <size_t size>
std::string_view pick(const std::string_view (&words)[size], Random& random) {
  return words[random.between(0, size - 1)];
}

void append_number(std::string& json, std::string_view before, int64_t number) {
  const fmt::format_int digits(number);
  json.append(before).append(digits.data(), digits.size());
}

/// `digits` of them, with zeros in front.
void append_padded(std::string& json, uint64_t number, size_t digits) {
  const fmt::format_int text(number);
  json.append(digits - std::min(digits, text.size()), '0').append(text.data(), text.size());
}

void append_order_id(uint64_t index, size_t bytes, Random& random, std::string& json) {
  append_padded(json, index, kOrderDigits);
  for (size_t left = bytes - kOrderDigits; left > 0;) {
    uint64_t bits = random.next();
    for (int letter = 0; letter < 12 && left > 0; ++letter, --left, bits >>= 5) {
      json += kLetters[bits % kLetters.size()];
    }
  }
}

/// Everything behind the order's id. The order of the draws is what makes a seed a business.
void append_sale(const SalesEvent& event, uint64_t customer, uint32_t extra_fields, Random& random,
                 std::string& json) {
  json.append(R"(","customer":")").append(event.customer);
  json.append(R"(","region":")").append(kRegions[customer % std::size(kRegions)]);
  const int64_t cents = random.between(100, 49'999);
  append_number(json, R"(","amount":)", cents / 100);
  json += '.';
  append_padded(json, static_cast<uint64_t>(cents % 100), 2);
  append_number(json, R"(,"items":)", random.between(1, 9));
  json.append(R"(,"type":")").append(random.chance(1.0 / 3) ? "order" : "visit");
  json.append(R"(","channel":")").append(random.chance(0.6) ? "web" : "store");
  json.append(R"(","payment":")").append(pick(kPayments, random));
  json.append(R"(","paid":)").append(random.chance(0.9) ? "true" : "false");
  for (uint32_t number = 1; number <= extra_fields; ++number) {
    json.append(R"(,")").append(extra_field_name(number));
    append_number(json, R"(":)", random.between(10'000, 99'999));
  }
  json.append(R"(,"campaign":")").append(pick(kCampaigns, random));
  json.append(R"(","device":")").append(pick(kDevices, random)).append(R"("})");
}

}  // namespace

uint64_t least_event_bytes(const SalesShape& shape) {
  return kLongest.size() + shape.extra_fields * kExtraField.size();
}

std::string extra_field_name(uint32_t number) {
  std::string name = "extra_";
  append_padded(name, number, 3);
  return name;
}

SalesGenerator::SalesGenerator(const SalesShape& shape)
    : shape_(shape),
      customers_(shape.customers, shape.skew),
      event_bytes_(shape.event_bytes.value_or(least_event_bytes(shape))) {
  KPID_ASSERT(shape.customers <= SalesShape::kMaxCustomers);
  KPID_ASSERT(shape.extra_fields <= SalesShape::kMaxExtraFields);
  KPID_ASSERT(event_bytes_ >= least_event_bytes(shape));
}

/// How long before it was sent the event happened.
Duration SalesGenerator::draw_delay(Random& random) const {
  if (random.chance(shape_.late_share)) {
    return shape_.disorder +
           Duration{random.between(1, std::max<int64_t>(shape_.lateness.count(), 1))};
  }
  return Duration{random.between(0, shape_.disorder.count())};
}

void SalesGenerator::make(uint64_t index, SalesEvent& event) {
  Random random(Random::mix(Random::mix(shape_.seed) + index));
  event.timestamp =
      shape_.start +
      Duration{static_cast<int64_t>(static_cast<double>(index) * 1000 / shape_.events_per_second)};
  const EventTime event_time = event.timestamp - draw_delay(random);
  const uint64_t customer = customers_.draw(random);
  event.customer.assign("c-");
  append_padded(event.customer, customer, 7);

  // The id is as long as the rest leaves room for, so the rest is written first.
  rest_.clear();
  append_sale(event, customer, shape_.extra_fields, random, rest_);
  event.json.clear();
  append_number(event.json, R"({"ts":)", event_time.time_since_epoch().count());
  event.json.append(R"(,"order_id":")");
  append_order_id(index, event_bytes_ - event.json.size() - rest_.size(), random, event.json);
  event.json.append(rest_);
}

}  // namespace kpid
