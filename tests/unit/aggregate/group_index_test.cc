#include "pipeline/aggregate/group_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace kpid {
namespace {

/// The group of that id, as somebody finds it who compares keys.
GroupId find(const GroupIndex& index, GroupIndex::Hash hash, GroupId id) {
  return index.find(hash, [&](GroupId candidate) { return candidate == id; });
}

TEST(GroupIndex, TellsGroupsOfOneHashApart) {
  GroupIndex index;
  index.add(7, 1);
  index.add(7, 2);
  EXPECT_EQ(find(index, 7, 1), 1U);
  EXPECT_EQ(find(index, 7, 2), 2U);
  EXPECT_EQ(find(index, 7, 3), kOverflowGroup);
  EXPECT_EQ(find(index, 8, 1), kOverflowGroup);
  index.remove(7, 1);
  EXPECT_EQ(find(index, 7, 1), kOverflowGroup);
  EXPECT_EQ(find(index, 7, 2), 2U);
  EXPECT_EQ(index.size(), 1U);
}

TEST(GroupIndex, FindsWhatAMapWould) {
  // Few hashes near both ends of the table, so that groups lie far from home and around the end.
  const auto hash = [](uint32_t draw) {
    const uint32_t near = draw % 5 * 0x0100'0000;
    return draw % 2 == 0 ? near : 0xffff'ffff - near;
  };
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    GroupIndex index;
    std::map<GroupId, GroupIndex::Hash> there;
    for (int step = 0; step < 400; ++step) {
      const auto id = static_cast<GroupId>(1 + random() % 60);
      const auto known = there.find(id);
      if (known == there.end()) {
        there[id] = seed % 2 == 0 ? hash(random()) : random();
        index.add(there[id], id);
      } else {
        index.remove(known->second, id);
        there.erase(known);
      }
      ASSERT_EQ(index.size(), there.size());
      for (const auto& [group, of_group] : there) ASSERT_EQ(find(index, of_group, group), group);
      ASSERT_EQ(find(index, hash(random()), 1'000), kOverflowGroup);
    }
  }
}

TEST(GroupIndex, RefusesWhatIsNotThere) {
  GroupIndex index;
  index.add(7, 1);
  EXPECT_DEATH(index.remove(7, 2), "broken invariant");
  EXPECT_DEATH(index.add(7, kOverflowGroup), "broken invariant");
}

}  // namespace
}  // namespace kpid
