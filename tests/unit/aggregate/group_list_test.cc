#include "pipeline/aggregate/group_list.h"

#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace kpid {
namespace {

std::vector<GroupTable::Group> groups(size_t count) {
  std::vector<GroupTable::Group> groups(count);
  for (auto& group : groups) group.key = std::make_shared<const GroupKey>();
  return groups;
}

TEST(GroupList, IsWhatTheTableWasAndSharesWhatIsTheSame) {
  std::vector<GroupTable::Group> table = groups(150);
  GroupList list;
  list.update(table);
  const GroupList before = list;
  table[64].newest = at(5);
  table[140].key = nullptr;
  table.push_back(groups(1)[0]);
  list.update(table);
  ASSERT_EQ(before.size(), 150U);
  ASSERT_EQ(list.size(), 151U);
  EXPECT_EQ(&list[63], &before[63]) << "nothing of its 64 groups has changed";
  EXPECT_EQ(list[64].newest, at(5));
  EXPECT_EQ(before[64].newest, EventTime::min());
  EXPECT_EQ(list[140].key, nullptr);
  EXPECT_NE(before[140].key, nullptr);
  EXPECT_EQ(list[150].key, table[150].key);
  table[0].first = at(1);
  list.update(table);
  EXPECT_EQ(list[0].first, at(1));
  table.resize(70);
  list.update(table);
  EXPECT_EQ(list.size(), 70U);
}

}  // namespace
}  // namespace kpid
