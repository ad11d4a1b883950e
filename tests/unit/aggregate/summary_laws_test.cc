#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "pipeline/aggregate/collection.h"
#include "pipeline/aggregate/first_last.h"
#include "pipeline/aggregate/moments.h"

namespace kpid {
namespace {

/// An event as far as a summary is concerned.
struct Event {
  Occasion when;
  Key key;
  Int128 units = 0;
};

// Low limits, so that many bags are just below, at and above them.
constexpr uint32_t kMaxDistinct = 40;
constexpr uint32_t kMaxKeys = 12;
constexpr CollectionLimits kLimits{.max_distinct = kMaxDistinct, .max_keys = kMaxKeys};

void add(Moments& summary, const Event& event) { summary.add(event.units); }
void add(First& summary, const Event& event) { summary.add(event.when, event.units); }
void add(Last& summary, const Event& event) { summary.add(event.when, event.units); }
void add(ValueCounts& summary, const Event& event) { summary.add(event.units); }
void add(DistinctKeys& summary, const Event& event) { summary.add(event.key, kMaxDistinct); }
void add(KeySet& summary, const Event& event) { summary.add(event.key, kMaxKeys); }
void add(KeySums& summary, const Event& event) { summary.add(event.key, event.units, kMaxKeys); }

template <class Summary>
Summary merged(Summary into, const Summary& from) {
  if constexpr (requires { Collection(into); } && !std::is_trivially_copyable_v<Summary>) {
    Collection collection = std::move(into);
    merge(collection, Collection(from), kLimits);
    return std::get<Summary>(std::move(collection));
  } else {
    into.merge(from);
    return into;
  }
}

/// About how many events take a summary to its limit.
template <class Summary>
constexpr size_t kCritical = 20;
template <>
constexpr size_t kCritical<ValueCounts> = 2200;
template <>
constexpr size_t kCritical<DistinctKeys> = 60;

template <class Summary>
Summary of(const std::vector<Event>& events) {
  Summary summary;
  for (const Event& event : events) add(summary, event);
  return summary;
}

/// Events with repeated keys, values and times, each at an offset of its own.
std::vector<Event> any_events(size_t count, std::mt19937_64& random) {
  const auto values = static_cast<int64_t>(count + count / 8 + 1);
  std::vector<Event> events;
  for (size_t i = 0; i < count; ++i) {
    Event event;
    event.when = {.time_ms = static_cast<int64_t>(random() % 5) - 2,
                  .offset = static_cast<int64_t>(i),
                  .partition = static_cast<int32_t>(random() % 3)};
    event.key = {.high = (random() % count) * 0x9e3779b97f4a7c15, .low = 1};
    event.units = Int128{static_cast<int64_t>(random() % values) - values / 3} * 1'000'003;
    if (random() % 4 != 0) event.units = Int128{static_cast<int64_t>(i)} * 1'000'003;
    events.push_back(event);
  }
  std::shuffle(events.begin(), events.end(), random);
  return events;
}

/// Three bags, and all of their events in another order.
struct Bags {
  std::vector<Event> a;
  std::vector<Event> b;
  std::vector<Event> c;
  std::vector<Event> all;
};

template <class Summary>
Bags any_bags() {
  std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
  const auto count = *rc::gen::inRange<size_t>(0, 2 * kCritical<Summary>);
  Bags bags;
  bags.all = any_events(count, random);
  // A bag may be empty, and one may have nearly all.
  const uint64_t first = random() % 9;
  const uint64_t second = random() % 9;
  for (const Event& event : bags.all) {
    const uint64_t draw = random() % 8;
    (draw < first ? bags.a : (draw < second ? bags.b : bags.c)).push_back(event);
  }
  std::shuffle(bags.all.begin(), bags.all.end(), random);
  return bags;
}

template <class Summary>
class SummaryLaws : public testing::Test {};

using Summaries = testing::Types<Moments, First, Last, ValueCounts, DistinctKeys, KeySet, KeySums>;
TYPED_TEST_SUITE(SummaryLaws, Summaries);

template <class Summary, class Law>
void check_law(const char* name, Law law) {
  EXPECT_TRUE(rc::check(name, [&] { law(any_bags<Summary>()); }));
}

TYPED_TEST(SummaryLaws, MergeIsAssociative) {
  check_law<TypeParam>("associative", [](const Bags& bags) {
    const auto a = of<TypeParam>(bags.a);
    const auto b = of<TypeParam>(bags.b);
    const auto c = of<TypeParam>(bags.c);
    RC_ASSERT(merged(merged(a, b), c) == merged(a, merged(b, c)));
  });
}

TYPED_TEST(SummaryLaws, MergeIsCommutative) {
  check_law<TypeParam>("commutative", [](const Bags& bags) {
    const auto a = of<TypeParam>(bags.a);
    const auto b = of<TypeParam>(bags.b);
    RC_ASSERT(merged(a, b) == merged(b, a));
  });
}

TYPED_TEST(SummaryLaws, NothingIsTheIdentity) {
  check_law<TypeParam>("identity", [](const Bags& bags) {
    const auto all = of<TypeParam>(bags.all);
    RC_ASSERT(merged(all, TypeParam{}) == all);
    RC_ASSERT(merged(TypeParam{}, all) == all);
  });
}

TYPED_TEST(SummaryLaws, AnySplitInAnyOrderIsAddingOneByOne) {
  check_law<TypeParam>("homomorphism", [](const Bags& bags) {
    const auto a = of<TypeParam>(bags.a);
    const auto b = of<TypeParam>(bags.b);
    const auto c = of<TypeParam>(bags.c);
    const auto all = of<TypeParam>(bags.all);
    RC_ASSERT(merged(merged(a, b), c) == all);
    RC_ASSERT(merged(merged(c, a), b) == all);
  });
}

TYPED_TEST(SummaryLaws, AddingGoesOnAfterAMerge) {
  check_law<TypeParam>("add after merge", [](const Bags& bags) {
    auto summary = merged(of<TypeParam>(bags.a), of<TypeParam>(bags.b));
    for (const Event& event : bags.c) add(summary, event);
    RC_ASSERT(summary == of<TypeParam>(bags.all));
  });
}

template <class Summary>
class CollectionLaws : public testing::Test {};

using Collections = testing::Types<ValueCounts, DistinctKeys, KeySet, KeySums>;
TYPED_TEST_SUITE(CollectionLaws, Collections);

template <class Summary>
std::string stored(const Summary& summary) {
  std::string bytes;
  append_to(bytes, Collection(summary));
  return bytes;
}

template <class Summary>
std::optional<Collection> read(std::string_view bytes) {
  return read_collection(Collection(Summary{}).index(), bytes);
}

TYPED_TEST(CollectionLaws, WhatIsStoredIsReadAgain) {
  check_law<TypeParam>("round trip", [](const Bags& bags) {
    const auto all = of<TypeParam>(bags.all);
    const auto again = read<TypeParam>(stored(all));
    RC_ASSERT(again.has_value());
    RC_ASSERT(std::get<TypeParam>(*again) == all);
  });
}

TYPED_TEST(CollectionLaws, EqualBagsAreStoredAsEqualBytes) {
  check_law<TypeParam>("canonical", [](const Bags& bags) {
    const auto parts =
        merged(merged(of<TypeParam>(bags.c), of<TypeParam>(bags.b)), of<TypeParam>(bags.a));
    RC_ASSERT(stored(parts) == stored(of<TypeParam>(bags.all)));
  });
}

TYPED_TEST(CollectionLaws, WhatIsReadAgainGoesOnAsIfNothingHadHappened) {
  check_law<TypeParam>("add after reading", [](const Bags& bags) {
    auto again = read<TypeParam>(stored(of<TypeParam>(bags.a)));
    RC_ASSERT(again.has_value());
    auto summary = merged(std::get<TypeParam>(*again), of<TypeParam>(bags.b));
    for (const Event& event : bags.c) add(summary, event);
    RC_ASSERT(summary == of<TypeParam>(bags.all));
  });
}

TYPED_TEST(CollectionLaws, BytesThatAreTooFewOrTooManyAreRefused) {
  std::mt19937_64 random(1);
  for (const size_t count : {size_t{0}, size_t{1}, size_t{10}, 2 * kCritical<TypeParam>}) {
    const std::string bytes = stored(of<TypeParam>(any_events(count, random)));
    ASSERT_TRUE(read<TypeParam>(bytes).has_value());
    const size_t step = bytes.size() / 1000 + 1;
    for (size_t size = 0; size < bytes.size(); size += step) {
      EXPECT_FALSE(read<TypeParam>(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_FALSE(read<TypeParam>(bytes + '\0'));
    std::string odd_head = bytes;
    odd_head[0] = 2;
    EXPECT_FALSE(read<TypeParam>(odd_head));
  }
}

TYPED_TEST(CollectionLaws, DamagedBytesAreRefusedOrAreThoseOfAnotherBag) {
  check_law<TypeParam>("damage", [](const Bags& bags) {
    std::string bytes = stored(of<TypeParam>(bags.a));
    const auto place = *rc::gen::inRange<size_t>(0, bytes.size());
    bytes[place] = *rc::gen::arbitrary<char>();
    const auto again = read<TypeParam>(bytes);
    if (!again) return;
    std::string written;
    append_to(written, *again);
    RC_ASSERT(written == bytes);
  });
}

TEST(Collections, AreNotReadAsWhatThereIsNot) {
  EXPECT_FALSE(read_collection(std::variant_size_v<Collection>, stored(KeySet{})));
}

TEST(Collections, SayHowMuchTheyHold) {
  Collection collection = KeySet{};
  EXPECT_EQ(heap_bytes(collection), 0U);
  std::get<KeySet>(collection).add({.high = 1, .low = 1}, kMaxKeys);
  EXPECT_GT(heap_bytes(collection), 0U);
}

TEST(CollectionsDeathTest, OfTwoSortsDoNotMerge) {
  Collection collection = KeySet{};
  EXPECT_DEATH(merge(collection, Collection(KeySums{}), kLimits), "broken invariant");
}

}  // namespace
}  // namespace kpid
