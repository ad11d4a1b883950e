#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "pipeline/aggregate/slice_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/slice_events.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

constexpr uint32_t kShard = 2;
constexpr uint32_t kGrouping = 9;

/// Slices of ten seconds for minutes, which become those of hours, and of days.
class FoldingStory : public testing::Test {
 protected:
  FoldingStory() {
    steps_.enters = [this](GroupId group) { ++slices_of_[group]; };
    steps_.leaves = [this](GroupId group) { --slices_of_[group]; };
  }
  void event(double seconds, GroupId group = 1) {
    if (add_slice_event(store_, layout_, at(seconds), group)) ++slices_of_[group];
    std::get<DistinctKeys>(store_.collection(0, 0))
        .add({1, static_cast<uint64_t>(seconds * 1000)}, 100);
  }
  void fold(double seconds) { store_.fold(at(seconds), steps_); }
  std::vector<Window> slices() const {
    std::vector<Window> slices;
    store_.for_each_slice([&](const Window& slice) { slices.push_back(slice); });
    return slices;
  }
  /// "EVENTS DISTINCT", and "cut" where a slice is cut.
  std::string held(double start, double end, GroupId group = 1) const {
    const WindowRows rows = store_.range({at(start), at(end)});
    const GroupRow row = rows.row(group, layout_);
    Reading reading;
    const TermValue distinct = read_row(layout_, reading, 1, row, row);
    return fmt::format("{} {}{}", RowLayout::events(row), static_cast<int64_t>(distinct.units),
                       rows.whole ? "" : " cut");
  }
  static Window seconds(double start, double end) { return {at(start), at(end)}; }

  const RowLayout layout_{
      formula_of("count(sales) + distinct(sales.n)", std::vector<SourceDefinition>{small_source()})
          .terms()};
  SliceStore store_{Slicing(needed_windows_of({"1m every 10s", "1h", "1d"}), std::chrono::hours{1}),
                    layout_};
  GroupSteps steps_;
  std::map<GroupId, int> slices_of_;
};

TEST_F(FoldingStory, AnHourBecomesOneSliceAtTheInstantItsMinutesAreNeededNoMore) {
  event(0);
  event(15);
  event(80);
  event(3'599.999);
  event(3'600);
  // [30, 90) is the last window with the slice that ends at 40 s, shown until [40, 100) is final.
  fold(99.999);
  EXPECT_EQ(slices().size(), 5U);
  EXPECT_EQ(held(0, 10), "1 1");
  fold(100);
  EXPECT_EQ(held(0, 10), "0 0 cut");
  EXPECT_EQ(held(0, 40), "2 2");
  fold(3'659.999);
  EXPECT_EQ(slices().size(), 3U);
  fold(3'660);
  EXPECT_EQ(slices(), (std::vector<Window>{seconds(0, 3'600), seconds(3'600, 3'610)}));
  EXPECT_EQ(held(0, 3'600), "4 4");
  EXPECT_EQ(held(3'600, 3'660), "1 1");
  EXPECT_EQ(held(0, 60), "0 0 cut");
  EXPECT_EQ(slices_of_[1], 2);
}

TEST_F(FoldingStory, OneCallMakesNoMoreThanAFewSlicesOfManyGroupsCoarser) {
  constexpr GroupId kGroups = 400 * SliceStore::kChunkGroups;
  for (const double second : {0, 10, 20, 30, 40, 50}) {
    for (GroupId group = 1; group < kGroups; ++group) event(second, group);
  }
  // All six are due, of four the first step: [0, 40).
  store_.coarsen(at(200), steps_);
  EXPECT_EQ(slices(), (std::vector<Window>{seconds(0, 40), seconds(30, 40), seconds(40, 50),
                                           seconds(50, 60)}));
  EXPECT_EQ(held(0, 40), "4 4");
  while (slices().size() > 2) store_.coarsen(at(200), steps_);
  EXPECT_EQ(slices(), (std::vector<Window>{seconds(0, 40), seconds(40, 80)}));
  EXPECT_EQ(held(0, 80, kGroups - 1), "6 6");
  EXPECT_EQ(slices_of_[kGroups - 1], 2);
}

TEST_F(FoldingStory, AnEventForACoarseTimeIsCountedAndFoldedLater) {
  event(0);
  event(7'200);
  fold(3'660);
  event(30);
  event(30, 2);
  EXPECT_EQ(held(0, 3'600), "2 2");
  EXPECT_EQ(held(0, 3'600, 2), "1 1");
  EXPECT_EQ(slices().size(), 3U);
  fold(3'661);
  EXPECT_EQ(held(0, 3'600), "2 2");
  EXPECT_EQ(held(0, 3'600, 2), "1 1");
  EXPECT_EQ(slices(), (std::vector<Window>{seconds(0, 3'600), seconds(7'200, 7'210)}));
  EXPECT_EQ(slices_of_[1], 2);
  EXPECT_EQ(slices_of_[2], 1);
}

TEST_F(FoldingStory, WhatAViewHasDoesNotChangeWhenItsSlicesAreFolded) {
  event(0);
  event(15);
  const WindowRows before = store_.range(seconds(0, 10));
  fold(3'660);
  event(31);
  fold(3'661);
  Reading reading;
  const GroupRow row = before.row(1, layout_);
  EXPECT_EQ(RowLayout::events(row), 1);
  EXPECT_EQ(read_row(layout_, reading, 1, row, row).units, 1);
}

TEST_F(FoldingStory, ACheckpointHasEitherTheFineSlicesOrTheCoarseOneNeverBoth) {
  std::map<BlobKey, std::string> blobs;
  const auto save = [&] {
    std::vector<BlobWrite> writes;
    std::vector<BlobKey> removals;
    store_.freeze({.shard = kShard, .grouping = kGrouping}, writes, removals);
    for (const BlobKey& key : removals) blobs.erase(key);
    for (const BlobWrite& write : writes) blobs[write.key] = MemoryStore::bytes_of(write);
    store_.saved(true);
  };
  const auto stored = [&] {
    std::vector<Window> slices;
    for (const auto& [key, bytes] : blobs) {
      if (key.kind != BlobKey::Kind::kSliceRows) continue;
      slices.push_back({EventTime{Duration{key.start}}, EventTime{Duration{key.end}}});
    }
    return slices;
  };
  event(0);
  event(15);
  save();
  EXPECT_EQ(stored(), (std::vector<Window>{seconds(0, 10), seconds(10, 20)}));
  fold(3'660);
  save();
  EXPECT_EQ(stored(), (std::vector<Window>{seconds(0, 3'600)}));
  EXPECT_EQ(blobs.size(), 2U) << "rows and collections of one slice";
}

TEST(Folding, FourFamiliesOfWindowsKeepSixteenKilobytesAGroup) {
  // Ten KPIs, of which some share terms.
  const RowLayout layout(
      formula_of("count(sales) + count(sales where n > 1) + count(sales where n > 2) + "
                 "sum(sales.v) + sum(sales.v where n > 1) + sum(sales.n) + avg(sales.v) + "
                 "max(sales.v) + min(sales.v) + max(sales.n)",
                 std::vector<SourceDefinition>{small_source()})
          .terms());
  SliceStore store(Slicing(needed_windows_of({"5m every 10s", "1h every 1m", "day", "month"}),
                           std::chrono::days{1}),
                   layout);
  const GroupSteps steps{.enters = [](GroupId) {}, .leaves = [](GroupId) {}};
  size_t most = 0;
  for (double second = 0; second < 40 * 86'400; second += 5) {
    add_slice_event(store, layout, at(second), 1);
    store.coarsen(at(second), steps);  // windows are published as they become final
    store.fold(at(second) - std::chrono::days{1}, steps);
    size_t slices = 0;
    store.for_each_slice([&](const Window&) { ++slices; });
    most = std::max(most, slices);
  }
  // Of ten seconds 32, of a minute 62, of a day 31, and some that wait for their neighbours.
  EXPECT_LE(most, 160U);
  const size_t row_bytes = layout.bytes(RowWidth::kNarrow);
  EXPECT_LE(most * row_bytes, 16'000U) << row_bytes << " bytes a row";
}

}  // namespace
}  // namespace kpid
