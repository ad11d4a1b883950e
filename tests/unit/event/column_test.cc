#include "pipeline/event/column.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

TEST(Column, MakesRoomInTheVectorOfItsTypeOnly) {
  struct Case {
    Type type;
    size_t strings;
    size_t integers;
    size_t nanos;
  };
  for (const Case& c : {Case{Type::kString, 3, 0, 0}, Case{Type::kInt, 0, 3, 0},
                        Case{Type::kBool, 0, 3, 0}, Case{Type::kTime, 0, 3, 0},
                        Case{Type::kDecimal, 0, 0, 3}, Case{Type::kDuration, 0, 0, 3}}) {
    Column column;
    column.type = c.type;
    column.resize(3);
    EXPECT_EQ(column.present.size(), 3u) << name_of(c.type);
    EXPECT_EQ(column.strings.size(), c.strings) << name_of(c.type);
    EXPECT_EQ(column.integers.size(), c.integers) << name_of(c.type);
    EXPECT_EQ(column.nanos.size(), c.nanos) << name_of(c.type);
  }
}

TEST(Type, HasTheNameThatConfigurationsUse) {
  EXPECT_EQ(name_of(Type::kString), "string");
  EXPECT_EQ(name_of(Type::kInt), "int");
  EXPECT_EQ(name_of(Type::kDecimal), "decimal");
  EXPECT_EQ(name_of(Type::kBool), "bool");
  EXPECT_EQ(name_of(Type::kTime), "time");
  EXPECT_EQ(name_of(Type::kDuration), "duration");
}

TEST(TextArena, KeepsTextsUntilItIsClearedAndReusesItsMemory) {
  TextArena arena;
  const std::string large(200'000, 'x');
  const std::string_view first = arena.keep("first");
  const std::string_view second = arena.keep(large);
  std::vector<std::string_view> many;
  for (int i = 0; i < 50'000; ++i) many.push_back(arena.keep(std::to_string(i)));
  EXPECT_EQ(first, "first");
  EXPECT_EQ(second, large);
  for (int i = 0; i < 50'000; ++i) ASSERT_EQ(many[static_cast<size_t>(i)], std::to_string(i));
  EXPECT_EQ(arena.keep(""), "");
  arena.clear();
  EXPECT_EQ(arena.keep("again").data(), first.data());
}

}  // namespace
}  // namespace kpid
