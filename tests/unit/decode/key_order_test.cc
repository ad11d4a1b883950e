#include "pipeline/decode/key_order.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

TEST(KeyOrder, RemembersUndeclaredKeysUntilTheyAreTooManyOrTooLong) {
  const PathNode none;
  KeyOrder order(none);
  KnownKey& a = order.find("a");
  EXPECT_EQ(a.text(), "a");
  EXPECT_EQ(&order.find("a"), &a);
  EXPECT_EQ(order.find(std::string(64, 'x')).text(), std::string(64, 'x'));
  KnownKey& others = order.find(std::string(65, 'x'));
  EXPECT_EQ(others.text(), "") << "a record of one key is not kept";
  EXPECT_EQ(&order.find(std::string(65, 'y')), &others);
  for (int i = 0; i < 30; ++i) EXPECT_NE(&order.find("k" + std::to_string(i)), &others) << i;
  EXPECT_EQ(&order.find("one too many"), &others);
  EXPECT_EQ(&order.find("a"), &a);
}

}  // namespace
}  // namespace kpid
