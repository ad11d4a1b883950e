#include "daemon/demo/event_generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <set>

namespace kpid {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using namespace std::chrono_literals;

constexpr EventTime kMidnight{sys_days{std::chrono::year{2026} / 3 / 2}};

std::vector<DemoRecord> three_hours(uint64_t seed = 1) {
  return EventGenerator(seed).events_between(kMidnight + 12h, kMidnight + 15h);
}

std::vector<DemoRecord> of(DemoTopic topic, std::vector<DemoRecord> records) {
  std::erase_if(records, [&](const DemoRecord& record) { return record.topic != topic; });
  return records;
}

/// The number or bare text behind `"name":` in a record; nothing where there is none.
std::optional<std::string> field(const DemoRecord& record, std::string_view name) {
  const std::string key = '"' + std::string(name) + "\":";
  const size_t position = record.value.find(key);
  if (position == std::string::npos) return std::nullopt;
  const size_t begin = position + key.size();
  std::string text = record.value.substr(begin, record.value.find_first_of(",}", begin) - begin);
  if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
  return text;
}

int64_t integer(const DemoRecord& record, std::string_view name) {
  const std::string text = field(record, name).value_or("0");
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

TEST(EventGenerator, GivesTheSameRecordsForTheSameSeedAndTime) {
  EXPECT_EQ(three_hours(), three_hours());
}

TEST(EventGenerator, GivesOtherRecordsForAnotherSeed) { EXPECT_NE(three_hours(1), three_hours(2)); }

TEST(EventGenerator, GivesTheSameRecordsHoweverTheTimeIsCut) {
  const EventGenerator generator(7);
  const EventTime from = kMidnight + 9h + 250ms;
  const EventTime to = from + 2min;
  std::vector<DemoRecord> pieces;
  for (EventTime begin = from; begin < to;) {
    const EventTime end = std::min(begin + 137ms, to);
    for (DemoRecord& record : generator.events_between(begin, end)) {
      pieces.push_back(std::move(record));
    }
    begin = end;
  }
  EXPECT_EQ(pieces, generator.events_between(from, to));
}

TEST(EventGenerator, KeepsToItsHalfOpenInterval) {
  const EventGenerator generator(1);
  const EventTime from = kMidnight + 12h;
  const auto minute = generator.events_between(from, from + 1min);
  ASSERT_FALSE(minute.empty());
  EXPECT_GE(minute.front().timestamp, from);
  EXPECT_LT(minute.back().timestamp, from + 1min);

  const EventTime instant = minute[minute.size() / 2].timestamp;
  EXPECT_TRUE(generator.events_between(instant, instant).empty());
  EXPECT_FALSE(generator.events_between(instant, instant + 1ms).empty());
  for (const DemoRecord& record : generator.events_between(from, instant)) {
    EXPECT_LT(record.timestamp, instant);
  }
}

TEST(EventGenerator, AscendsByTimestamp) {
  EXPECT_TRUE(std::ranges::is_sorted(three_hours(), {}, &DemoRecord::timestamp));
}

TEST(EventGenerator, IsBusierByDayThanByNight) {
  const EventGenerator generator(1);
  const auto night =
      of(DemoTopic::kSales, generator.events_between(kMidnight + 3h, kMidnight + 4h));
  const auto day =
      of(DemoTopic::kSales, generator.events_between(kMidnight + 15h, kMidnight + 16h));
  EXPECT_GT(night.size(), 3'600u);
  EXPECT_GT(day.size(), night.size() * 3 / 2);
}

TEST(EventGenerator, SellsInFourRegionsOfVeryDifferentSize) {
  std::map<std::string, int> visits;
  for (const DemoRecord& record : of(DemoTopic::kSales, three_hours())) {
    const bool whole = record.value.ends_with('}');
    if (whole && field(record, "type") == "visit") ++visits[field(record, "region").value()];
  }
  ASSERT_EQ(visits.size(), 4u) << "east, north, south, west";
  EXPECT_GT(visits["north"], 5 * visits["east"] / 2);
}

TEST(EventGenerator, HasAFewLargeCustomersAndManySmallOnes) {
  std::map<std::string, double> revenue;
  for (const DemoRecord& record : of(DemoTopic::kSales, three_hours())) {
    if (const auto amount = field(record, "amount")) revenue[record.key] += std::stod(*amount);
  }
  std::vector<double> sizes;
  for (const auto& [customer, eur] : revenue) sizes.push_back(eur);
  std::ranges::sort(sizes, std::greater<>());
  const double all = std::accumulate(sizes.begin(), sizes.end(), 0.0);
  const double largest = std::accumulate(sizes.begin(), sizes.begin() + 4, 0.0);
  EXPECT_GT(sizes.size(), 1'000u);
  EXPECT_GT(largest / all, 0.5);
}

TEST(EventGenerator, SendsSomeEventsLateAndSomeVeryLate) {
  int on_time = 0, amending = 0, late = 0;
  for (const DemoRecord& record : of(DemoTopic::kSales, three_hours())) {
    const int64_t time = integer(record, "ts");
    const int64_t delay = record.timestamp.time_since_epoch().count() - time;
    if (delay < 0 || delay > 3'600'000) continue;  // a broken time
    ++(delay <= 5'000 ? on_time : delay <= 35'000 ? amending : late);
  }
  EXPECT_GT(on_time, 100'000);
  EXPECT_GT(amending, 100);
  EXPECT_GT(late, 10);
  EXPECT_LT(late, 200);
}

TEST(EventGenerator, BreaksAFewRecordsInEverySortOfWay) {
  std::set<std::string> sorts;
  int broken = 0, all = 0;
  const auto note = [&](std::string sort) {
    sorts.insert(std::move(sort));
    ++broken;
  };
  for (const DemoRecord& record : of(DemoTopic::kSales, three_hours())) {
    ++all;
    const int64_t ahead = integer(record, "ts") - record.timestamp.time_since_epoch().count();
    if (!record.value.starts_with('{')) {
      note("no object");
    } else if (!record.value.ends_with('}')) {
      note("cut short");
    } else if (field(record, "ts") == "null") {
      note("no time");
    } else if (field(record, "ts") == "soon") {
      note("a time that is none");
    } else if (ahead < -3'600'000) {
      note("seconds for milliseconds");
    } else if (ahead > 86'400'000) {
      note("days ahead");
    }
  }
  EXPECT_EQ(sorts.size(), 6u);
  EXPECT_GT(broken, all / 1'000);
  EXPECT_LT(broken, all / 250);
}

TEST(EventGenerator, HasOneLineInTroubleAtATimeInEverySixMinutes) {
  struct Produced {
    int64_t units = 0;
    int64_t defects = 0;
    double rate() const { return static_cast<double>(defects) / static_cast<double>(units); }
  };
  const EventGenerator generator(1);
  for (int spell = 0; spell < 20; ++spell) {
    const EventTime from = kMidnight + 8h + spell * 6min;
    std::map<std::pair<std::string, int>, Produced> by_line_and_minute;
    for (const DemoRecord& record :
         of(DemoTopic::kProduction, generator.events_between(from, from + 6min))) {
      const auto minute = static_cast<int>((record.timestamp - from) / 1min);
      Produced& produced = by_line_and_minute[{record.key, minute}];
      produced.units += integer(record, "units");
      produced.defects += integer(record, "defects");
    }
    std::set<std::string> troubled;
    for (const auto& [place, produced] : by_line_and_minute) {
      if (produced.units > 100 && produced.rate() > 0.07) troubled.insert(place.first);
    }
    EXPECT_EQ(troubled.size(), 1u) << "spell " << spell;
  }
}

TEST(EventGenerator, KeepsItsThreeHoursWithinWhatTheBrokerKeeps) {
  // The broker keeps 5 MiB of a partition; sales, by far the most, have eight. 70 bytes for what
  // frames a record, and a quarter for keys that do not spread evenly.
  size_t bytes = 0;
  for (const DemoRecord& record : of(DemoTopic::kSales, three_hours())) {
    bytes += record.key.size() + record.value.size() + 70;
  }
  EXPECT_LT(bytes / 8 * 5 / 4, 5u << 20);
}

}  // namespace
}  // namespace kpid
