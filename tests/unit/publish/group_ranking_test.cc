#include "pipeline/publish/group_ranking.h"

#include <gtest/gtest.h>

#include "pipeline/publish/group_labels.h"

namespace kpid {
namespace {

RankedGroup group(std::string key, int64_t figure) {
  return {std::move(key), Number(Decimal{Int128{figure} * kNanosPerUnit})};
}

using Members = std::set<std::string>;

TEST(GroupRanking, TakesTheLargestAndTheLesserKeyOfEquals) {
  GroupRanking ranking(2);
  ranking.decide({group("c", 5), group("b", 5), group("a", 5), group("d", 9)});
  EXPECT_EQ(ranking.members(), (Members{"a", "d"}));
}

TEST(GroupRanking, TakesEverybodyWhereThereIsRoom) {
  GroupRanking ranking(3);
  ranking.decide({group("a", 1), group("b", -1)});
  EXPECT_EQ(ranking.members(), (Members{"a", "b"}));
}

TEST(GroupRanking, KeepsAMemberUntilItIsATenthBelowTheLastPlace) {
  const auto after = [](int64_t figure) {
    GroupRanking ranking(2);
    ranking.decide({group("a", 1'000), group("b", 900), group("c", 10)});
    ranking.decide({group("a", 1'000), group("b", figure), group("c", 500)});
    return ranking.members();
  };
  EXPECT_EQ(after(450), (Members{"a", "b"})) << "just a tenth below stays";
  EXPECT_EQ(after(449), (Members{"a", "c"}));
}

TEST(GroupRanking, RanksWhatHasNoFigureBelowEverything) {
  GroupRanking ranking(1);
  ranking.decide({{"a", std::nullopt}, group("b", -5)});
  EXPECT_EQ(ranking.members(), (Members{"b"}));
  ranking.decide({{"b", std::nullopt}, {"a", std::nullopt}});
  EXPECT_EQ(ranking.members(), (Members{"b"})) << "among equals the member stays";
}

TEST(GroupRanking, KeepsNobodyWithoutAFigureBeforeOneThatHasOne) {
  GroupRanking ranking(2);
  ranking.decide({{"a", std::nullopt}, {"b", std::nullopt}, {"c", std::nullopt}});
  EXPECT_EQ(ranking.members(), (Members{"a", "b"}));
  ranking.decide({{"a", std::nullopt}, {"b", std::nullopt}, group("c", 5)});
  EXPECT_EQ(ranking.members(), (Members{"a", "c"}));
  ranking.decide({{"a", std::nullopt}, group("b", -5), group("c", 5)});
  EXPECT_EQ(ranking.members(), (Members{"b", "c"}));
}

TEST(GroupRanking, MeasuresATenthOfANegativeLastPlaceDownwards) {
  GroupRanking ranking(1);
  ranking.decide({group("b", -105), group("c", -200)});
  ranking.decide({group("a", -100), group("b", -110), group("c", -200)});
  EXPECT_EQ(ranking.members(), (Members{"b"}));
  ranking.decide({group("a", -100), group("b", -111), group("c", -200)});
  EXPECT_EQ(ranking.members(), (Members{"a"}));
}

TEST(GroupRanking, NeverHasMoreMembersThanPlaces) {
  GroupRanking ranking(2);
  ranking.admit_all({"a", "b", "c"});
  ranking.decide({group("a", 5), group("b", 5), group("c", 5)});
  EXPECT_EQ(ranking.members(), (Members{"a", "b"}));
}

TEST(GroupLabels, MarkARealValueThatCouldBeTakenForAMergedGroup) {
  const std::pair<std::string, std::string> cases[] = {
      {"other", "other_"},           {"other_", "other__"},    {"__other__", "__other___"},
      {"__other___", "__other____"}, {"Other", "Other"},       {"others", "others"},
      {"_other", "_other"},          {"__other_", "__other_"}, {"", ""},
      {"another", "another"},
  };
  for (const auto& [value, shown] : cases) {
    const auto key = std::make_shared<const GroupKey>(GroupKey{"", {value, "x"}});
    EXPECT_EQ(*shown_labels(key), (std::vector<std::string>{shown, "x"})) << value;
  }
}

}  // namespace
}  // namespace kpid
