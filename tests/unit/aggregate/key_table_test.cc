#include "pipeline/aggregate/key_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace kpid {
namespace {

struct Number {
  Key key;
  int64_t value = 0;

  bool operator==(const Number&) const = default;
};

using Table = KeyTable<Number>;
using Truth = std::map<Key, int64_t>;

/// How the keys of a table lie in the range of keys. Values hash evenly; a table has to bear what
/// somebody may contrive as well.
enum class Spread : uint8_t { kEven, kAllInTheFirstSlot, kAllInTheLastSlot, kTwoPlaces };

Key make_key(Spread spread, std::mt19937_64& random) {
  const uint64_t low = random() % 4096 + 1;
  switch (spread) {
    case Spread::kEven:
      return {random(), low};
    case Spread::kAllInTheFirstSlot:
      return {0, low};
    case Spread::kAllInTheLastSlot:
      return {~uint64_t{0}, low};
    case Spread::kTwoPlaces:
      return {random() % 2 == 0 ? uint64_t{1} << 63 : (uint64_t{1} << 63) - 1, low};
  }
  return {};
}

void add(Table& table, Truth& truth, Key key, int64_t value) {
  table.find_or_add(key).value += value;
  truth[key] += value;
}

std::vector<Number> listed(const Table& table) {
  std::vector<Number> entries;
  table.for_each([&](const Number& entry) { entries.push_back(entry); });
  return entries;
}

std::vector<Number> listed(const Truth& truth) {
  std::vector<Number> entries;
  for (const auto& [key, value] : truth) entries.push_back({key, value});
  return entries;
}

struct Filled {
  Table table;
  Truth truth;
};

Filled fill(Spread spread, size_t additions, uint64_t seed) {
  std::mt19937_64 random(seed);
  Filled filled;
  for (size_t i = 0; i < additions; ++i) {
    add(filled.table, filled.truth, make_key(spread, random), static_cast<int64_t>(random() % 9));
  }
  return filled;
}

constexpr Spread kSpreads[] = {Spread::kEven, Spread::kAllInTheFirstSlot, Spread::kAllInTheLastSlot,
                               Spread::kTwoPlaces};
// On both sides of the change from none to some gaps, and of the next two times it grows.
constexpr size_t kSizes[] = {0, 1, 2, 10, 31, 32, 33, 34, 47, 48, 49, 50, 96, 97, 98, 1000, 5000};

TEST(KeyTable, HoldsWhatAMapHolds) {
  for (const Spread spread : kSpreads) {
    for (const size_t additions : kSizes) {
      const Filled filled = fill(spread, additions, additions);
      EXPECT_EQ(filled.table.size(), filled.truth.size());
      EXPECT_TRUE(listed(filled.table) == listed(filled.truth)) << additions;
      for (const auto& [key, value] : filled.truth) {
        const Number* const found = filled.table.find(key);
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(found->value, value);
        EXPECT_EQ(filled.table.find({key.high, key.low + 5000}), nullptr);
      }
    }
  }
}

TEST(KeyTable, FindsNothingInNothing) {
  const Table table;
  EXPECT_EQ(table.find({1, 1}), nullptr);
  EXPECT_EQ(table.heap_bytes(), 0U);
}

TEST(KeyTable, IsTheSameHoweverItCameAbout) {
  for (const Spread spread : kSpreads) {
    for (const size_t additions : kSizes) {
      const Filled filled = fill(spread, additions, additions);
      EXPECT_TRUE(filled.table == Table::of_sorted(listed(filled.truth))) << additions;
      Table backwards;
      for (auto entry = filled.truth.rbegin(); entry != filled.truth.rend(); ++entry) {
        backwards.find_or_add(entry->first).value = entry->second;
      }
      EXPECT_TRUE(filled.table == backwards) << additions;
    }
  }
}

TEST(KeyTable, MergesLikeAMap) {
  const auto combine = [](Number& into, const Number& from) { into.value += from.value; };
  for (const Spread spread : kSpreads) {
    for (const size_t into : kSizes) {
      for (const size_t from : {size_t{0}, size_t{1}, size_t{33}, size_t{600}}) {
        Filled left = fill(spread, into, 1);
        const Filled right = fill(spread, from, 2);
        left.table.merge(right.table, combine);
        for (const auto& [key, value] : right.truth) left.truth[key] += value;
        EXPECT_EQ(left.table.size(), left.truth.size());
        EXPECT_TRUE(listed(left.table) == listed(left.truth)) << into << " and " << from;
      }
    }
  }
}

TEST(KeyTable, CanBeAddedToAfterAMerge) {
  for (const Spread spread : kSpreads) {
    Filled filled = fill(spread, 500, 1);
    const Filled other = fill(spread, 400, 2);
    filled.table.merge(other.table,
                       [](Number& into, const Number& from) { into.value += from.value; });
    for (const auto& [key, value] : other.truth) filled.truth[key] += value;
    std::mt19937_64 random(3);
    for (int i = 0; i < 2000; ++i) add(filled.table, filled.truth, make_key(spread, random), i);
    EXPECT_TRUE(listed(filled.table) == listed(filled.truth));
  }
}

TEST(KeyTableDeathTest, TheKeyOfNothingIsABug) {
  Table table;
  EXPECT_DEATH(table.find_or_add({}), "broken invariant");
}

TEST(KeyTable, TakesLittleForFewKeys) {
  std::mt19937_64 random(1);
  KeyTable<KeyEntry> table;
  for (int i = 0; i < 10; ++i) table.find_or_add(make_key(Spread::kEven, random));
  EXPECT_LE(sizeof(table) + table.heap_bytes(), 220U);
  EXPECT_LE(fill(Spread::kEven, 100'000, 1).table.heap_bytes(), 100'000U * 3 * sizeof(Number));
}

}  // namespace
}  // namespace kpid
