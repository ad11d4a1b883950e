#include "daemon/store/checkpoint_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/store/checkpoint_writer.h"
#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

using std::chrono::hours;

constexpr BlobKey kRows{.grouping = 7, .start = 0, .end = 60'000};

BlobKey rows_of_block(uint32_t block, uint32_t shard = 0, uint32_t grouping = 7) {
  BlobKey key = kRows;
  key.shard = shard;
  key.grouping = grouping;
  key.block = block;
  return key;
}

std::string bytes_of(const StoredState& state, const BlobKey& key) {
  for (const Blob& blob : state.blobs) {
    if (blob.key == key) return blob.bytes;
  }
  return "(none)";
}

/// Saves in a new store, closes it, and reads it back.
StoredState round_trip(const Checkpoint& checkpoint) {
  TemporaryDirectory directory;
  EXPECT_TRUE(opened(directory.path()).store->save(checkpoint).has_value());
  auto state = opened(directory.path()).state;
  EXPECT_TRUE(state.has_value());
  return state.value_or(StoredState{});
}

TEST(CheckpointStore, HasNothingBeforeTheFirstCheckpoint) {
  TemporaryDirectory directory;
  for (int opening = 0; opening < 2; ++opening) {
    const OpenedStore store = opened(directory.path());
    EXPECT_FALSE(store.state.has_value());
    EXPECT_FALSE(store.set_aside.has_value());
  }
  EXPECT_FALSE(read_checkpoint(directory.path()).value().has_value());
}

TEST(CheckpointStore, MakesItsDirectory) {
  TemporaryDirectory directory;
  EXPECT_NE(opened(directory.path() / "var" / "kpid").store, nullptr);
}

TEST(CheckpointStore, SaysWhyItCannotMakeItsDirectory) {
  TemporaryDirectory directory;
  std::ofstream(directory.path() / "file") << "in the way";
  const auto store = open_store(directory.path() / "file" / "kpid", kNow);
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().text, testing::StartsWith("cannot make "));
}

TEST(CheckpointStore, GivesBackEverythingAboutAPartition) {
  PartitionState partition = partition_at(3, 1'000);
  partition.newest_event_time = kNow;
  partition.watermark = kNow - hours{1};
  partition.newest_timestamp = kNow + hours{1};
  partition.fingerprint = Fingerprint{999, -1, 0xfedcba9876543210};
  partition.ledger = {
      .read = 12, .accepted = 3, .rejected = {1, 0, 2, 0, 3, 0, 0, 0, 3}, .lost = 5, .amending = 2};
  partition.lost_spans = {{std::nullopt, kNow}, {kNow, kNow + hours{1}}, {kNow, std::nullopt}};
  Checkpoint checkpoint = small_checkpoint(0);
  checkpoint.parts[0].partitions = {partition};
  EXPECT_EQ(round_trip(checkpoint).partitions, std::vector{partition});
}

TEST(CheckpointStore, KeepsWhatHasNoValueApartFromZero) {
  Checkpoint checkpoint = small_checkpoint(0);
  PartitionState at_epoch = partition_at(1, 0);
  at_epoch.newest_event_time = at_epoch.watermark = at_epoch.newest_timestamp = EventTime{};
  at_epoch.fingerprint = Fingerprint{0, 0, 0};
  at_epoch.lost_spans = {{EventTime{}, std::nullopt}};
  checkpoint.parts[0].partitions = {partition_at(0, 0), at_epoch};
  EXPECT_EQ(round_trip(checkpoint).partitions, checkpoint.parts[0].partitions);
}

TEST(CheckpointStore, GivesBackLayoutsSourcesAmendmentsAndThePublishersBytes) {
  Checkpoint checkpoint = small_checkpoint(0);
  checkpoint.sources = {{"a", "topic: a\nformat: json\n", kNow}, {"b", "", std::nullopt}};
  checkpoint.parts[0].groupings = {{1, "a", {}}, {9, "b", {{"sum(b.x)", kNow}, {"count(b)", {}}}}};
  checkpoint.parts[0].amendments = {{0, "revenue", "1h every 10s", ~uint64_t{0}}};
  checkpoint.publisher = std::string("\0opaque\xff", 8);
  const StoredState state = round_trip(checkpoint);
  EXPECT_EQ(state.sources, checkpoint.sources);
  EXPECT_EQ(state.groupings, checkpoint.parts[0].groupings);
  EXPECT_EQ(state.amendments, checkpoint.parts[0].amendments);
  EXPECT_EQ(state.publisher, checkpoint.publisher);
}

TEST(CheckpointStore, JoinsThePiecesOfABlob) {
  Checkpoint checkpoint = small_checkpoint(0);
  const auto piece = [](const char* text) { return BlobPiece::of(text); };
  checkpoint.parts[0].writes = {{rows_of_block(0), {piece("one "), piece(""), piece("two")}},
                                {rows_of_block(1), {}}};
  const StoredState state = round_trip(checkpoint);
  EXPECT_EQ(bytes_of(state, rows_of_block(0)), "one two");
  EXPECT_EQ(bytes_of(state, rows_of_block(1)), "");
}

TEST(CheckpointStore, GivesBlobsInTheOrderOfTheirKeys) {
  Checkpoint checkpoint = small_checkpoint(0);
  for (const int64_t start : {60'000, -60'000, 0}) {
    BlobKey key = kRows;
    key.start = start;
    key.end = start + 60'000;
    checkpoint.parts[0].writes.push_back(blob_write(key, "rows"));
  }
  const StoredState state = round_trip(checkpoint);
  ASSERT_EQ(state.blobs.size(), 3u);
  EXPECT_TRUE(std::ranges::is_sorted(state.blobs, {}, &Blob::key));
}

TEST(CheckpointStore, KeepsBlobsThatACheckpointDoesNotMention) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  Checkpoint first = small_checkpoint(1);
  first.parts[0].writes = {blob_write(rows_of_block(0), "old"), blob_write(rows_of_block(1), "old"),
                           blob_write(rows_of_block(2), "old")};
  Checkpoint second = small_checkpoint(2);
  second.parts[0].writes = {blob_write(rows_of_block(1), "new, and longer")};
  second.parts[0].removals = {rows_of_block(2), rows_of_block(99)};
  ASSERT_TRUE(store.store->save(first));
  const auto report = store.store->save(second);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->bytes_written, std::string("new, and longer").size());

  store.store.reset();
  const StoredState state = opened(directory.path()).state.value();
  EXPECT_EQ(bytes_of(state, rows_of_block(0)), "old");
  EXPECT_EQ(bytes_of(state, rows_of_block(1)), "new, and longer");
  EXPECT_EQ(bytes_of(state, rows_of_block(2)), "(none)");
  EXPECT_EQ(state.partitions[0].next_offset, 2);
}

TEST(CheckpointStore, RemovesBlobsOfShardsAndGroupingsThatAreGone) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  Checkpoint first = small_checkpoint(1);
  first.shards = 2;
  first.parts[0].groupings.push_back({8, "sales", {}});
  first.parts.push_back({.shard = 1,
                         .writes = {blob_write(rows_of_block(0, 1), "shard 1")},
                         .removals = {},
                         .partitions = {partition_at(1, 1)},
                         .groupings = first.parts[0].groupings,
                         .amendments = {}});
  first.parts[0].writes = {blob_write(rows_of_block(0), "stays"),
                           blob_write(rows_of_block(0, 0, 8), "grouping 8")};
  ASSERT_TRUE(store.store->save(first));
  ASSERT_TRUE(store.store->save(small_checkpoint(2)));

  store.store.reset();
  const StoredState state = opened(directory.path()).state.value();
  ASSERT_EQ(state.blobs.size(), 1u);
  EXPECT_EQ(state.blobs[0].bytes, "stays");
  EXPECT_EQ(state.partitions.size(), 1u);
  EXPECT_EQ(state.shards, 1u);
}

TEST(CheckpointStore, DoesNotGrowWhenTheSameStateIsSavedAgainAndAgain) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  uint64_t early = 0;
  uint64_t latest = 0;
  for (int64_t round = 0; round < 100; ++round) {
    Checkpoint checkpoint = small_checkpoint(round);
    for (uint32_t block = 0; block < 4; ++block) {
      BlobKey key = rows_of_block(block);
      key.start = round * 60'000;
      key.end = key.start + 60'000;
      checkpoint.parts[0].writes.push_back(blob_write(key, std::string(65'536, 'x')));
      key.start -= 60'000;
      key.end -= 60'000;
      checkpoint.parts[0].removals.push_back(key);
    }
    latest = store.store->save(checkpoint).value().store_bytes;
    if (round == 4) early = latest;
  }
  EXPECT_LE(latest, early + early / 10);
}

TEST(CheckpointStore, ReplacesWhatItKnowsOfAPartitionAndNothingElse) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  Checkpoint checkpoint = small_checkpoint(10);
  checkpoint.parts[0].partitions.push_back(partition_at(1, 20));
  checkpoint.parts[0].writes = {blob_write(rows_of_block(0), "rows")};
  checkpoint.publisher = "publisher";
  ASSERT_TRUE(store.store->save(checkpoint));
  ASSERT_TRUE(store.store->replace_partitions({partition_at(1, 0)}));
  EXPECT_FALSE(store.store->replace_partitions({partition_at(2, 0)}));

  store.store.reset();
  const StoredState state = opened(directory.path()).state.value();
  EXPECT_EQ(state.partitions, (std::vector{partition_at(0, 10), partition_at(1, 0)}));
  EXPECT_EQ(bytes_of(state, rows_of_block(0)), "rows");
  EXPECT_EQ(state.publisher, "publisher");
}

TEST(CheckpointStore, StartsOverWithAnEmptyFileAndKeepsTheOldOne) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  ASSERT_TRUE(store.store->save(small_checkpoint(1)));
  const auto old = store.store->start_over(kNow);
  ASSERT_TRUE(old);
  EXPECT_EQ(old->filename(), "kpid.db.damaged-20260329T000000Z");
  ASSERT_TRUE(store.store->save(small_checkpoint(2)));
  store.store.reset();
  EXPECT_EQ(opened(directory.path()).state->partitions[0].next_offset, 2);
  EXPECT_GT(std::filesystem::file_size(*old), 0u);
}

TEST(CheckpointWriter, SavesWhileItsOwnerGoesOn) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  {
    CheckpointWriter writer(*store.store);
    EXPECT_FALSE(writer.busy());
    EXPECT_FALSE(writer.poll().has_value());
    writer.start(small_checkpoint(1));
    EXPECT_TRUE(writer.busy());
    EXPECT_TRUE(writer.wait().result.has_value());
    EXPECT_FALSE(writer.busy());
    writer.start(small_checkpoint(2));  // nobody asks: ends with the writer
  }
  store.store.reset();
  EXPECT_EQ(opened(directory.path()).state->partitions[0].next_offset, 2);
}

}  // namespace
}  // namespace kpid
