#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/publish/shop.h"

// What is made anew at a publication, and what is kept of the one before.

namespace kpid {
namespace {

/// Everything about every sample, to the bit.
std::string samples_of(const Snapshot& snapshot) {
  std::string text;
  for (const ShownWindow& window : snapshot.windows) {
    for (const Sample& sample : window.samples) {
      const auto side = [](const auto& number) { return number ? number->to_string() : "-"; };
      text += fmt::format("{}/{}/{} {} {}:{} {} {}\n", window.kpi, window.window_spec, window.live,
                          sample_text(sample), side(sample.numerator), side(sample.denominator),
                          sample.estimated, sample.over_max_keys);
    }
  }
  return text;
}

TEST(Publisher, ShowsTheSameAsOneThatPublishesForTheFirstTime) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int below) { return static_cast<int>(random() % below); };
    Definitions definitions;
    definitions.sources = {small_source("sales"), small_source("visits")};
    definitions.limits.group_expiry = std::chrono::minutes{2};
    const size_t shards = 1 + seed % 3;
    const int groups = seed % 2 == 0 ? 30 : 400;  // in one chunk of 64, and in several
    if (seed % 4 == 0) definitions.limits.max_series = 12;
    if (shards == 1) definitions.limits.max_groups = static_cast<uint32_t>(groups * 2 / 3);
    const std::vector<std::string> windows = {"1m every 10s", "2m"};
    for (const char* const formula :
         {"sum(sales.v)", "max(sales.v)", "distinct(sales.v)", "count(sales) / count(visits)",
          "share_of_total(count(sales))", "growth(count(sales))"}) {
      add_kpi(definitions, {.name = fmt::format("kpi{}", definitions.kpis.size()),
                            .formula = formula,
                            .windows = windows,
                            .by = {"g"}});
    }
    Shop shop(std::move(definitions), shards);
    double now = 0;
    for (int publication = 0; publication < 40; ++publication) {
      now += pick(5) == 0 ? pick(200) : pick(15);
      for (int i = pick(groups / 4); i > 0; --i) {
        shop.event(now, fmt::format("g{}", pick(4) == 0 ? pick(groups) : pick(5)),
                   fmt::format("{}", pick(9)), pick(3) == 0 ? 1 : 0,
                   static_cast<size_t>(pick(static_cast<int>(shards))));
      }
      if (pick(4) == 0) {
        shop.forget(now - 300, static_cast<size_t>(pick(static_cast<int>(shards))));
      }
      const auto anew = shop.snapshot_by_a_new_publisher(now);
      const auto kept = shop.snapshot(now);
      ASSERT_EQ(Shop::text_of(*kept), Shop::text_of(*anew)) << "seed " << seed;
      ASSERT_EQ(samples_of(*kept), samples_of(*anew)) << "seed " << seed;
    }
  }
}

TEST(Publisher, MakesNothingAnewOfAGroupThatIsTheSame) {
  Shop shop(grouped());
  shop.event(10, "a");
  shop.event(10, "other");  // is shown under a label of its own, which is made
  shop.event(70, "b");
  const auto first = shop.snapshot(71)->windows.at(0).samples;
  const auto next = shop.snapshot(72)->windows.at(0).samples;
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[1].group->at(0), "other_");
  EXPECT_EQ(first[1].group, next[1].group);
}

/// How many chunks of samples of the first window are not those of `before`.
size_t chunks_made(const Snapshot& snapshot, const Snapshot& before) {
  const auto& chunks = snapshot.windows.at(0).samples.chunks();
  const auto& others = before.windows.at(0).samples.chunks();
  return static_cast<size_t>(std::count_if(chunks.begin(), chunks.end(), [&](const auto& chunk) {
    return std::find(others.begin(), others.end(), chunk) == others.end();
  }));
}

TEST(Publisher, MakesSamplesAnewOnlyOfGroupsThatChangedCameOrWentHoweverManyThereAre) {
  constexpr int kGroups = 900;
  for (const size_t shards : {1, 2}) {
    Definitions definitions = small_definitions(
        {{.formula = "sum(sales.v)", .windows = {"1h"}, .by = {"g"}, .show = Show::kLive}});
    definitions.limits.group_expiry = std::chrono::minutes{10};
    Shop shop(std::move(definitions), shards);
    shop.event(1, "g0500a");  // goes when it expires
    for (int i = 0; i < kGroups; ++i) shop.event(3'100, fmt::format("g{:04}", i));
    const auto first = shop.snapshot(3'200);
    ASSERT_EQ(first->windows.at(0).samples.size(), kGroups + 1U);
    EXPECT_EQ(chunks_made(*shop.snapshot(3'201), *first), 0U) << "nothing has happened";

    shop.event(3'102, "g0017", "2", 0, shards - 1);
    const auto changed = shop.snapshot(3'202);
    EXPECT_EQ(chunks_made(*changed, *first), 1U) << shards;
    EXPECT_EQ(sample_text(changed->windows.at(0).samples[17]), "g0017=3 of 2");

    shop.event(3'103, "g0300x");
    const auto came = shop.snapshot(3'203);
    EXPECT_EQ(chunks_made(*came, *changed), 2U) << "a full chunk was split";

    shop.event(4'000, "g0400");
    const auto moved = shop.snapshot(4'001);
    EXPECT_EQ(moved->windows.at(0).window.start, at(3'600));
    EXPECT_EQ(sample_text(moved->windows.at(0).samples[1]), "g0001=0 of 0")
        << "the window has moved on";
    EXPECT_EQ(moved->windows.at(0).samples.size(), 901U) << "one has expired";
    EXPECT_EQ(chunks_made(*shop.snapshot(4'002), *moved), 0U);
  }
}

TEST(Publisher, EvaluatesAllGroupsOnlyWhereTheyHaveATotalThatChanged) {
  Shop shop(small_definitions({{.formula = "share_of_total(sum(sales.v))",
                                .windows = {"1h"},
                                .by = {"g"},
                                .show = Show::kLive}}));
  for (int i = 0; i < 64; ++i) shop.event(10, fmt::format("g{:02}", i));
  const auto first = shop.snapshot(100);
  EXPECT_EQ(sample_text(first->windows.at(0).samples[5]), "g05=0.015625 of 1");
  EXPECT_EQ(chunks_made(*shop.snapshot(101), *first), 0U);
  shop.event(20, "g00", "64");
  const auto next = shop.snapshot(102);
  EXPECT_EQ(chunks_made(*next, *first), next->windows.at(0).samples.chunks().size());
  EXPECT_EQ(sample_text(next->windows.at(0).samples[5]), "g05=0.0078125 of 1");
}

TEST(Publisher, EvaluatesAllGroupsWhereTheTotalOfAnEarlierWindowHasChanged) {
  Definitions definitions = small_definitions(
      {{.formula = "share_of_total(sum(sales.v)) - previous(share_of_total(sum(sales.v)))",
        .windows = {"1m"},
        .by = {"g"},
        .show = Show::kLive}});
  definitions.sources[0].disorder = std::chrono::minutes{5};
  Shop shop(std::move(definitions));
  for (const double seconds : {10, 70}) {
    for (const char* const group : {"a", "b"}) shop.event(seconds, group);
  }
  EXPECT_EQ(shop.shown(80), "kpi 1m live [60, 120) is not 0.00: a=0 of 1 b=0 of 1");
  shop.event(30, "b", "2");
  EXPECT_EQ(shop.shown(81), "kpi 1m live [60, 120) is not 0.00: a=0.25 of 1 b=-0.25 of 1");
}

TEST(Publisher, NoticesThatAGroupLeftAShardOfTwo) {
  Shop shop(small_definitions({{.windows = {"1m"}, .by = {"g"}, .show = Show::kLive}}), 2);
  shop.event(10, "a", "1", 0, 0);
  shop.event(10, "a", "1", 0, 1);
  EXPECT_EQ(shop.shown(11), "kpi 1m live [0, 60) is not 0.17: a=2 of 2");
  for (const size_t shard : {0, 1}) {
    shop.event(400, shard == 0 ? "a" : "b", "1", 0, shard);  // looks the same in the first shard
    shop.forget(350, shard);
  }
  EXPECT_EQ(shop.shown(401), "kpi 1m live [360, 420) is not 0.67: a=1 of 1 b=1 of 1");
}

TEST(Publisher, NoticesThatAGroupTookThePlaceOfAnotherInAShard) {
  Shop shop(small_definitions({{.windows = {"1m"}, .by = {"g"}, .show = Show::kLive}}), 2);
  shop.event(10, "a", "1", 0, 0);
  shop.event(10, "b", "1", 0, 1);
  EXPECT_EQ(shop.shown(11), "kpi 1m live [0, 60) is not 0.17: a=1 of 1 b=1 of 1");
  shop.event(400, "a", "1", 0, 0);
  shop.forget(350, 0);
  shop.forget(350, 1);
  shop.event(400, "a", "1", 0, 1);  // all rows look as they did
  EXPECT_EQ(shop.shown(401), "kpi 1m live [360, 420) is not 0.67: a=2 of 2");
}

}  // namespace
}  // namespace kpid
