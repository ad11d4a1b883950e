#include "pipeline/formula/spelling.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kpid {
namespace {

TEST(NearestName, FindsTheNameThatWasMeant) {
  const std::vector<std::string> known = {"amount", "region", "formula", "help", "by", "x"};
  struct Case {
    std::string_view name;
    std::string_view nearest;
  };
  for (const auto& [name, nearest] : std::vector<Case>{{"amuont", "amount"},
                                                       {"Amount", "amount"},
                                                       {"REGION", "region"},
                                                       {"regoin", "region"},
                                                       {"fromula", "formula"},
                                                       {"formulae", "formula"},
                                                       {"halp", "help"},
                                                       {"bY", "by"},
                                                       {"byy", "by"},
                                                       {"quantity", ""},
                                                       {"y", ""},
                                                       {"", ""},
                                                       {"amxyzt", ""}}) {
    EXPECT_EQ(nearest_name(name, known), nearest) << name;
  }
}

TEST(NearestName, TakesTheFirstOfEquallyNearNames) {
  EXPECT_EQ(nearest_name("name3", std::vector<std::string>{"name1", "name2"}), "name1");
}

TEST(NearestName, KnowsNoneAmongNone) { EXPECT_EQ(nearest_name("name", {}), ""); }

TEST(SpellingHint, AsksAQuestionOrSaysNothing) {
  const std::vector<std::string> known = {"amount"};
  EXPECT_EQ(spelling_hint("amont", known), "did you mean 'amount'?");
  EXPECT_EQ(spelling_hint("zebra", known), "");
}

}  // namespace
}  // namespace kpid
