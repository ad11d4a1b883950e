#include "pipeline/aggregate/key.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kpid {
namespace {

Column column_of(Type type) {
  Column column;
  column.type = type;
  column.resize(1);
  column.present[0] = 1;
  return column;
}

Key key_of_text(std::string_view text) {
  Column column = column_of(Type::kString);
  column.strings[0] = text;
  return key_of(column, 0);
}

Key key_of_integer(Type type, int64_t value) {
  Column column = column_of(type);
  column.integers[0] = value;
  return key_of(column, 0);
}

Key key_of_nanos(Type type, Int128 value) {
  Column column = column_of(type);
  column.nanos[0] = value;
  return key_of(column, 0);
}

std::string hex(Key key) { return fmt::format("{:016x}{:016x}", key.high, key.low); }

// A store that was written yesterday, or on another machine, holds these very numbers.
TEST(Keys, AreTheSameForEver) {
  EXPECT_EQ(hex(key_of_text("")), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hex(key_of_text("a")), "a96faf705af16834e6c632b61e964e1f");
  EXPECT_EQ(hex(key_of_text("abc")), "06b05ab6733a618578af5f94892f3950");
}

TEST(Keys, OfIntegersAreThoseOfTheirEightBytes) {
  for (const Type type : {Type::kInt, Type::kTime, Type::kBool}) {
    EXPECT_EQ(key_of_integer(type, 1), key_of_text({"\1\0\0\0\0\0\0\0", 8}));
  }
  EXPECT_EQ(key_of_integer(Type::kInt, -2), key_of_text("\xfe\xff\xff\xff\xff\xff\xff\xff"));
}

TEST(Keys, OfDecimalsAreThoseOfTheirSixteenBytes) {
  for (const Type type : {Type::kDecimal, Type::kDuration}) {
    EXPECT_EQ(key_of_nanos(type, 1), key_of_text({"\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16}));
  }
  EXPECT_EQ(key_of_nanos(Type::kDecimal, -1), key_of_text(std::string(16, '\xff')));
}

TEST(Keys, OfDifferentTextsDiffer) {
  EXPECT_NE(key_of_text("a"), key_of_text("A"));
  EXPECT_NE(key_of_text("a"), key_of_text({"a\0", 2}));
  EXPECT_NE(key_of_text(std::string(300, 'x')), key_of_text(std::string(301, 'x')));
}

TEST(Keys, BelongToTheRowThatIsAskedFor) {
  Column column = column_of(Type::kInt);
  column.resize(2);
  column.present = {0, 1};
  column.integers = {7, 8};
  EXPECT_EQ(key_of(column, 1), key_of_integer(Type::kInt, 8));
}

TEST(KeysDeathTest, OfNullAreABug) {
  Column column = column_of(Type::kInt);
  column.present[0] = 0;
  EXPECT_DEATH(key_of(column, 0), "broken invariant");
}

}  // namespace
}  // namespace kpid
