#include "pipeline/aggregate/group_list.h"

#include <gtest/gtest.h>

#include "pipeline/engine.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

/// A table to which groups are added by number.
struct NumberedGroups {
  void add(int first, int last) {
    KeyList keys;
    for (int number = first; number <= last; ++number) {
      keys.append([&](std::string& text) { text += std::to_string(number); });
      keys.end_key();
    }
    std::vector<GroupId> ids;
    table.find_or_add(keys, ids);
    for (const GroupId id : ids) table.enter_slice(id);
  }

  SingleShardAdmission admission{1'000};
  GroupTable table{0, admission};
};

TEST(GroupList, IsWhatTheTableWasAndSharesWhatIsTheSame) {
  NumberedGroups numbered;
  GroupTable& table = numbered.table;
  numbered.add(1, 149);
  GroupList list;
  list.update(table);
  const GroupList before = list;
  table.observe(64, at(5));
  table.leave_slice(140);
  numbered.add(150, 150);  // in place of that
  numbered.add(151, 151);
  list.update(table);
  ASSERT_EQ(before.size(), 150U);
  ASSERT_EQ(list.size(), 151U);
  EXPECT_EQ(&list[63], &before[63]) << "nothing of its 64 groups has changed";
  EXPECT_EQ(list[64].newest, at(5));
  EXPECT_EQ(before[64].newest, EventTime::min());
  EXPECT_EQ(list[140].key->values[0], "150");
  EXPECT_EQ(before[140].key->values[0], "140");
  EXPECT_EQ(list[150].key->values[0], "151");
  table.leave_slice(1);
  list.update(table);
  EXPECT_EQ(list[1].key, nullptr);
  EXPECT_NE(before[1].key, nullptr);
  const GroupList unchanged = list;
  list.update(table);
  for (const size_t id : {1U, 64U, 150U}) EXPECT_EQ(&list[id], &unchanged[id]);
}

TEST(GroupList, SeesWhatIsRestored) {
  NumberedGroups numbered;
  GroupList list;
  list.update(numbered.table);
  KeyList keys;
  keys.append([](std::string& text) { text += "a"; });
  keys.end_key();
  const auto id = numbered.table.restore(keys[0], at(1), at(2), std::nullopt);
  ASSERT_TRUE(id.has_value());
  list.update(numbered.table);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[*id].first, at(1));
  numbered.table.restore(keys[0], at(0), at(3), std::nullopt);
  list.update(numbered.table);
  EXPECT_EQ(list[*id].newest, at(3));
}

}  // namespace
}  // namespace kpid
