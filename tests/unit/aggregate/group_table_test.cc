#include "pipeline/aggregate/group_table.h"

#include <gtest/gtest.h>

#include "pipeline/engine.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

KeyList one_key(const std::vector<std::string>& values) {
  KeyList keys;
  for (const std::string& value : values) {
    keys.append([&](std::string& text) { text += value; });
  }
  keys.end_key();
  return keys;
}

std::string key_of(const std::vector<std::string>& values) {
  return std::string(one_key(values)[0]);
}

GroupId find_or_add(GroupTable& table, const std::vector<std::string>& values) {
  std::vector<GroupId> ids;
  table.find_or_add(one_key(values), ids);
  return ids.at(0);
}

TEST(GroupKey, KeepsValuesApart) {
  EXPECT_NE(key_of({"ab", "c"}), key_of({"a", "bc"}));
  EXPECT_NE(key_of({"a"}), key_of({"a", ""}));
  EXPECT_EQ(split_key(key_of({"a", "", "bc"})), (std::vector<std::string>{"a", "", "bc"}));
  EXPECT_EQ(split_key(""), std::vector<std::string>{});
  EXPECT_EQ(split_key("abc"), std::nullopt);
  EXPECT_EQ(split_key(key_of({"abc"}).substr(0, 6)), std::nullopt);
}

TEST(GroupTable, GivesEveryKeyAnIdAndTakesItBackWithTheLastSlice) {
  SingleShardAdmission admission(10);
  GroupTable table(0, admission);
  const GroupId a = find_or_add(table, {"a"});
  const GroupId b = find_or_add(table, {"b"});
  EXPECT_NE(a, kOverflowGroup);
  EXPECT_NE(a, b);
  EXPECT_EQ(find_or_add(table, {"a"}), a);
  table.enter_slice(a);
  table.enter_slice(a);
  table.leave_slice(a);
  EXPECT_EQ(find_or_add(table, {"a"}), a);
  EXPECT_EQ(table.size(), 2U);
  table.leave_slice(a);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(find_or_add(table, {"c"}), a) << "its id is used again";
  EXPECT_EQ(table.groups()[a].key->values, std::vector<std::string>{"c"});
  EXPECT_EQ(table.groups()[a].newest, EventTime::min()) << "and nothing of the group before";
}

TEST(GroupTable, FindsAGroupThatAnEarlierEventOfTheBatchAdded) {
  SingleShardAdmission admission(10);
  GroupTable table(0, admission);
  KeyList keys;
  for (const char* const value : {"a", "b", "a", "a", "c", "b"}) {
    keys.append([&](std::string& text) { text += value; });
    keys.end_key();
  }
  std::vector<GroupId> ids;
  table.find_or_add(keys, ids);
  EXPECT_EQ(ids, (std::vector<GroupId>{1, 2, 1, 1, 3, 2}));
  table.find_or_add(keys, ids);
  EXPECT_EQ(ids, (std::vector<GroupId>{1, 2, 1, 1, 3, 2}));
}

TEST(GroupTable, SendsWhatDoesNotFitToTheOverflowGroupUntilThereIsRoom) {
  SingleShardAdmission admission(2);
  GroupTable table(0, admission);
  const GroupId a = find_or_add(table, {"a"});
  find_or_add(table, {"b"});
  EXPECT_EQ(find_or_add(table, {"c"}), kOverflowGroup);
  EXPECT_EQ(find_or_add(table, {"a"}), a) << "a known one is not asked";
  table.enter_slice(a);
  table.leave_slice(a);
  EXPECT_NE(find_or_add(table, {"c"}), kOverflowGroup);
  EXPECT_EQ(find_or_add(table, {"a"}), kOverflowGroup);
}

TEST(GroupTable, KeepsTheOneGroupWithoutByForEver) {
  SingleShardAdmission admission(10);
  GroupTable table(0, admission);
  table.keep_for_ever();
  const GroupId id = find_or_add(table, {});
  table.observe(id, at(5));
  table.enter_slice(id);
  table.leave_slice(id);
  EXPECT_EQ(find_or_add(table, {}), id);
  EXPECT_EQ(table.groups()[id].newest, at(5));
}

TEST(GroupTable, RemembersTheFirstAndTheNewestEvent) {
  SingleShardAdmission admission(10);
  GroupTable table(0, admission);
  const GroupId id = find_or_add(table, {"a"});
  for (const double seconds : {5.0, 3.0, 9.0, 7.0}) table.observe(id, at(seconds));
  EXPECT_EQ(table.groups()[id].first, at(3));
  EXPECT_EQ(table.groups()[id].newest, at(9));
}

TEST(GroupTable, WritesWhatChangedAndAgainWhatWasNotSaved) {
  SingleShardAdmission admission(10);
  GroupTable table(0, admission);
  const auto kinds = [&] {
    std::vector<BlobWrite> writes;
    table.freeze(0, 1, writes);
    std::string letters;
    for (const BlobWrite& write : writes) {
      letters += write.key.kind == BlobKey::Kind::kGroupKeys ? 'k' : 't';
    }
    return letters;
  };
  const GroupId id = find_or_add(table, {"a"});
  table.observe(id, at(5));
  EXPECT_EQ(kinds(), "kt");
  table.observe(id, at(6));
  table.saved(false);
  EXPECT_EQ(kinds(), "kt");
  table.saved(true);
  EXPECT_EQ(kinds(), "");
  table.saved(true);
  table.observe(id, at(7));
  EXPECT_EQ(kinds(), "t");
  table.observe(id, at(8));  // while the writer has it in hand
  table.saved(true);
  EXPECT_EQ(kinds(), "t");
  table.saved(true);
  table.forget_store();
  EXPECT_EQ(kinds(), "kt");
}

TEST(GroupTable, MergesStoredGroupsOfTheSameKeyAndDropsThoseWithoutSlices) {
  SingleShardAdmission admission(10);
  GroupTable table(0, admission);
  const auto a = table.restore(key_of({"a"}), at(5), at(9), {});
  ASSERT_TRUE(a.has_value());
  EXPECT_EQ(table.restore(key_of({"a"}), at(3), at(7), {}), a);
  EXPECT_EQ(table.groups()[*a].first, at(3));
  EXPECT_EQ(table.groups()[*a].newest, at(9));
  const auto b = table.restore(key_of({"b"}), at(1), at(1), {});
  table.enter_slice(*a);
  table.finish_restore(false);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(find_or_add(table, {"c"}), *b);
}

TEST(GroupTable, KeepsTheIdsOfTheStoreAndFillsTheHolesBetweenThem) {
  SingleShardAdmission admission(10);
  GroupTable table(0, admission);
  EXPECT_EQ(table.restore(key_of({"a"}), at(0), at(0), GroupId{3}), GroupId{3});
  table.enter_slice(3);
  table.finish_restore(true);
  std::vector<BlobWrite> writes;
  table.freeze(0, 1, writes);
  EXPECT_TRUE(writes.empty());
  EXPECT_LT(find_or_add(table, {"b"}), 3U);
  EXPECT_LT(find_or_add(table, {"c"}), 3U);
  EXPECT_EQ(find_or_add(table, {"d"}), 4U);
}

TEST(GroupTable, RefusesWhatIsNoKey) {
  SingleShardAdmission admission(10);
  GroupTable table(0, admission);
  EXPECT_EQ(table.restore("abc", at(0), at(0), {}), std::nullopt);
  EXPECT_EQ(table.restore(key_of({"a"}), at(0), at(0), kOverflowGroup), std::nullopt);
  EXPECT_EQ(read_group_keys("abc"), std::nullopt);
  EXPECT_EQ(read_group_times("abc"), std::nullopt);
}

}  // namespace
}  // namespace kpid
