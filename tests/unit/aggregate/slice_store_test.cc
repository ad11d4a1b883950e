#include "pipeline/aggregate/slice_store.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/memory_store.h"
#include "tests/support/slice_events.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

constexpr uint32_t kShard = 2;
constexpr uint32_t kGrouping = 9;

/// Slices of ten seconds, of which a window has six; only the count of events is kept.
class SliceStoreStory : public testing::Test {
 protected:
  /// Returns whether it is the group's first in its slice.
  bool event(double seconds, GroupId group = 1) {
    return add_slice_event(store_, layout_, at(seconds), group);
  }
  int64_t events(double start, double end, GroupId group = 1) const {
    const WindowRows rows = store_.range({at(start), at(end)});
    return RowLayout::events(rows.row(group, layout_));
  }
  void forget(double seconds) {
    store_.fold(at(seconds), {.enters = {}, .leaves = [](GroupId) {}});
  }
  bool whole(double start, double end) const { return store_.range({at(start), at(end)}).whole; }

  struct Frozen {
    std::vector<BlobWrite> writes;
    std::vector<BlobKey> removals;
  };
  Frozen freeze() {
    Frozen frozen;
    store_.freeze({.shard = kShard, .grouping = kGrouping}, frozen.writes, frozen.removals);
    return frozen;
  }
  /// Applies what a checkpoint hands over, as the store does.
  void apply(const Frozen& frozen) {
    for (const BlobKey& key : frozen.removals) blobs_.erase(key);
    for (const BlobWrite& write : frozen.writes) blobs_[write.key] = MemoryStore::bytes_of(write);
  }
  void save() {
    apply(freeze());
    store_.saved(true);
  }
  /// Events of the group in the slice that begins then, as the saved blobs have it; -1: no blob.
  int64_t saved_events(double start, GroupId group = 1) const {
    int64_t events = -1;
    for (const auto& [key, bytes] : blobs_) {
      if (key.kind != BlobKey::Kind::kSliceRows) continue;
      if (key.start != at(start).time_since_epoch().count()) continue;
      const auto chunks = read_slice_rows(bytes, layout_);
      if (!chunks) return -2;
      for (const StoredChunk& chunk : *chunks) {
        const auto place = chunk.places.find(static_cast<char>(group % kChunkGroups));
        if (chunk.chunk != group / kChunkGroups || place == std::string_view::npos) continue;
        const char* const row = chunk.rows.data() + place * layout_.bytes(chunk.width);
        events = load<Count>(row, chunk.width).values;
      }
    }
    return events;
  }

  const RowLayout layout_{
      formula_of("count(sales)", std::vector<SourceDefinition>{small_source()}).terms()};
  SliceStore store_{Slicing(needed_windows_of({"1m every 10s"}), std::chrono::hours{1}), layout_};
  std::map<BlobKey, std::string> blobs_;
};

TEST_F(SliceStoreStory, CountsAnEventInTheSliceOfItsTime) {
  EXPECT_TRUE(event(9.999));
  EXPECT_TRUE(event(10));
  EXPECT_FALSE(event(19.999));
  EXPECT_TRUE(event(10, 2)) << "of another group";
  EXPECT_EQ(events(0, 10), 1);
  EXPECT_EQ(events(10, 20), 2);
  EXPECT_EQ(events(10, 20, 2), 1);
  EXPECT_EQ(events(0, 60), 3);
  EXPECT_EQ(events(-50, 10), 1);
  EXPECT_EQ(events(20, 80), 0);
}

TEST_F(SliceStoreStory, GivesAVersionThatChangesWithEveryBatchInTheWindow) {
  event(5);
  const uint64_t before = store_.range({at(0), at(60)}).version;
  event(65);
  EXPECT_EQ(store_.range({at(0), at(60)}).version, before) << "an event elsewhere";
  event(5);
  EXPECT_GT(store_.range({at(0), at(60)}).version, before);
}

TEST_F(SliceStoreStory, DropsASliceAtTheEndOfItsLastWindow) {
  event(0, 1);
  event(5, 70);
  event(10, 1);
  std::multiset<GroupId> left;
  const auto leaves = [&](GroupId group) { left.insert(group); };
  store_.fold(at(59.999), {.enters = {}, .leaves = leaves});
  EXPECT_TRUE(left.empty());
  store_.fold(at(60), {.enters = {}, .leaves = leaves});
  EXPECT_EQ(left, (std::multiset<GroupId>{1, 70}));
  EXPECT_EQ(events(0, 60), 1);
  store_.fold(at(70), {.enters = {}, .leaves = leaves});
  EXPECT_EQ(left, (std::multiset<GroupId>{1, 1, 70}));
}

TEST_F(SliceStoreStory, SaysWhichWindowsLackSlicesThatAreGone) {
  event(5);
  event(65);
  EXPECT_TRUE(whole(0, 60));
  forget(60);
  EXPECT_EQ(store_.kept_from(), at(10));
  EXPECT_FALSE(whole(0, 60));
  EXPECT_TRUE(whole(10, 70));
}

TEST_F(SliceStoreStory, SaysWhichWindowsCutASliceOfAnEarlierConfiguration) {
  const std::string one_event = [&] {
    std::string row = layout_.empty_row();
    store(row.data(), Count{1});
    return row;
  }();
  EXPECT_TRUE(store_.restore_row({at(0), at(60)}, 1, one_event.data()));
  EXPECT_FALSE(store_.restore_row({at(0), at(60)}, 1, one_event.data()));
  store_.finish_restore(false);
  EXPECT_TRUE(whole(0, 60));
  EXPECT_EQ(events(0, 60), 2);
  EXPECT_FALSE(whole(10, 70));
  EXPECT_FALSE(whole(-10, 50));
  EXPECT_TRUE(whole(60, 120));
  EXPECT_TRUE(whole(-60, 0));
  event(30);
  EXPECT_EQ(events(0, 60), 3) << "old and new slices lie over each other";
}

TEST_F(SliceStoreStory, WritesOnlyWhatChangedSinceTheLastCheckpoint) {
  event(5);
  event(15);
  EXPECT_EQ(freeze().writes.size(), 2U);
  store_.saved(true);
  EXPECT_EQ(freeze().writes.size(), 0U);
  store_.saved(true);
  event(15);
  const Frozen frozen = freeze();
  ASSERT_EQ(frozen.writes.size(), 1U);
  EXPECT_EQ(frozen.writes[0].key, (BlobKey{.shard = kShard,
                                           .grouping = kGrouping,
                                           .kind = BlobKey::Kind::kSliceRows,
                                           .start = at(10).time_since_epoch().count(),
                                           .end = at(20).time_since_epoch().count(),
                                           .block = 0}));
}

TEST_F(SliceStoreStory, NeverTouchesWhatACheckpointInFlightReads) {
  event(5);
  const Frozen frozen = freeze();
  const std::string before = MemoryStore::bytes_of(frozen.writes[0]);
  event(5);
  event(6, 2);
  EXPECT_EQ(MemoryStore::bytes_of(frozen.writes[0]), before);
  apply(frozen);
  store_.saved(true);
  EXPECT_EQ(saved_events(0), 1);
  EXPECT_EQ(events(0, 10), 2);
  save();
  EXPECT_EQ(saved_events(0), 2);
  EXPECT_EQ(saved_events(0, 2), 1);
}

TEST_F(SliceStoreStory, WritesAgainWhatAFailedCheckpointDidNot) {
  event(5);
  freeze();
  event(15);
  store_.saved(false);
  save();
  EXPECT_EQ(saved_events(0), 1);
  EXPECT_EQ(saved_events(10), 1);
  freeze();
  store_.saved(false);
  EXPECT_EQ(freeze().writes.size(), 0U) << "nothing had changed";
}

TEST_F(SliceStoreStory, RemovesTheBlobsOfADroppedSlice) {
  event(5);
  event(15);
  save();
  forget(60);
  save();
  EXPECT_EQ(saved_events(0), -1);
  EXPECT_EQ(saved_events(10), 1);
}

TEST_F(SliceStoreStory, RemovesThemAgainAfterAFailedCheckpoint) {
  event(5);
  save();
  forget(60);
  freeze();
  store_.saved(false);
  save();
  EXPECT_EQ(saved_events(0), -1);
}

TEST_F(SliceStoreStory, RemovesNothingThatNeverWasInTheStore) {
  event(5);
  forget(60);
  EXPECT_TRUE(freeze().removals.empty());
}

TEST_F(SliceStoreStory, KeepsASliceThatReturnedBeforeItsRemovalWasSaved) {
  event(5);
  event(5);
  save();
  forget(60);
  event(7);
  save();
  EXPECT_EQ(saved_events(0), 1);
  forget(60);
  freeze();
  event(7);
  store_.saved(false);
  save();
  EXPECT_EQ(saved_events(0), 1);
}

TEST_F(SliceStoreStory, ForgetsARemovalThatIsSavedSoThatAReturnedSliceStays) {
  event(5);
  save();
  forget(60);
  save();
  event(7);
  save();
  save();
  EXPECT_EQ(saved_events(0), 1);
}

TEST_F(SliceStoreStory, RemovesTheBlocksThatAReturnedSliceNoLongerHas) {
  event(5, 1);
  event(5, 20'000);  // in another block of the same slice
  save();
  EXPECT_EQ(saved_events(0, 20'000), 1);
  forget(60);
  event(5, 1);
  save();
  EXPECT_EQ(saved_events(0, 1), 1);
  EXPECT_EQ(saved_events(0, 20'000), -1);
}

TEST_F(SliceStoreStory, WritesFromWhenOnItKeepsEverythingUntilThatIsSaved) {
  const auto has_kept_from = [](const Frozen& frozen) {
    for (const BlobWrite& write : frozen.writes) {
      if (write.key.kind == BlobKey::Kind::kKeptFrom) return true;
    }
    return false;
  };
  event(5);
  EXPECT_FALSE(has_kept_from(freeze()));
  store_.saved(true);
  forget(60);
  EXPECT_TRUE(has_kept_from(freeze()));
  store_.saved(false);
  EXPECT_TRUE(has_kept_from(freeze()));
  store_.saved(true);
  EXPECT_FALSE(has_kept_from(freeze()));
}

TEST_F(SliceStoreStory, WritesEverythingAfterTheStoreWasLost) {
  event(5);
  event(15);
  save();
  forget(60);
  save();
  store_.forget_store();
  blobs_.clear();
  save();
  EXPECT_EQ(saved_events(10), 1);
  EXPECT_EQ(blobs_.size(), 2U) << "a slice, and from when on everything is kept";
}

TEST_F(SliceStoreStory, FindsWhatItRestoredInTheStore) {
  std::string row = layout_.empty_row();
  store(row.data(), Count{3});
  store_.restore_row({at(0), at(10)}, 1, row.data());
  store_.finish_restore(true);
  EXPECT_TRUE(freeze().writes.empty());
  store_.saved(true);
  event(5);
  save();
  EXPECT_EQ(saved_events(0), 4);
}

}  // namespace
}  // namespace kpid
