#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <random>

#include "daemon/store/checkpoint_store.h"
#include "daemon/store/directory_lock.h"
#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

namespace fs = std::filesystem;

/// A checkpoint with something in every table, and blobs of several pages.
Checkpoint full_checkpoint(int64_t next_offset) {
  Checkpoint checkpoint = small_checkpoint(next_offset);
  ShardCheckpoint& part = checkpoint.parts[0];
  part.partitions[0].ledger = {
      .read = 9, .accepted = 8, .rejected = {0, 1}, .lost = 2, .amending = 3};
  part.partitions[0].lost_spans = {{kNow, std::nullopt}};
  part.amendments = {{0, "revenue", "1h", static_cast<uint64_t>(next_offset)}};
  for (uint32_t block = 0; block < 3; ++block) {
    const BlobKey key{.grouping = 7, .start = 0, .end = 60'000, .block = block};
    part.writes.push_back(
        blob_write(key, std::string(20'000, static_cast<char>('a' + next_offset % 26))));
  }
  checkpoint.publisher = "publisher";
  return checkpoint;
}

/// What a store of `full_checkpoint(next_offset)` gives back.
bool is_checkpoint(const StoredState& state, int64_t next_offset) {
  const Checkpoint expected = full_checkpoint(next_offset);
  const ShardCheckpoint& part = expected.parts[0];
  bool equal = state.sources == expected.sources && state.partitions == part.partitions &&
               state.groupings == part.groupings && state.amendments == part.amendments &&
               state.publisher == expected.publisher && state.blobs.size() == part.writes.size();
  for (size_t blob = 0; equal && blob < state.blobs.size(); ++blob) {
    equal = state.blobs[blob].bytes == part.writes[blob].pieces[0].bytes;
  }
  return equal;
}

void change_byte(const fs::path& path, size_t position, char change) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(position));
  const char byte = static_cast<char>(file.get() ^ change);
  file.seekp(static_cast<std::streamoff>(position));
  file.put(byte);
}

void run_sql(const fs::path& path, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  char* error = nullptr;
  ASSERT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, &error), SQLITE_OK) << error;
  sqlite3_close(handle);
}

void copy_files(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

TEST(DamagedStore, AnyChangedByteIsHarmlessOrSetsTheStoreAside) {
  TemporaryDirectory directory;
  const fs::path good = directory.path() / "good";
  const fs::path bad = directory.path() / "bad";
  {
    // Blobs that are gone again leave free pages, which are part of the file.
    const OpenedStore store = opened(good);
    Checkpoint larger = full_checkpoint(0);
    for (BlobWrite& blob : larger.parts[0].writes) blob.key.block += 10;
    Checkpoint last = full_checkpoint(1);
    for (const BlobWrite& blob : larger.parts[0].writes) {
      last.parts[0].removals.push_back(blob.key);
    }
    ASSERT_TRUE(store.store->save(larger));
    ASSERT_TRUE(store.store->save(last));
  }
  const size_t size = fs::file_size(good / "kpid.db");

  std::mt19937_64 random(2026);
  int set_aside = 0;
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    // The first rounds go through the header of the file and of its first page, then through the
    // headers of pages.
    const size_t anywhere = random() % size;
    const size_t position = round < 120   ? static_cast<size_t>(round)
                            : round < 220 ? anywhere / 4096 * 4096 + anywhere % 12
                                          : anywhere;
    const char change = static_cast<char>(1 + random() % 255);
    copy_files(good, bad);
    change_byte(bad / "kpid.db", position, change);
    const auto store = open_store(bad, kNow);
    ASSERT_TRUE(store.has_value()) << "byte " << position << ": " << store.error().text;
    if (store->set_aside) {
      ++set_aside;
      EXPECT_FALSE(store->state.has_value());
      EXPECT_EQ(fs::file_size(store->set_aside->path), size);
    } else {
      ASSERT_TRUE(store->state.has_value()) << "byte " << position;
      ASSERT_TRUE(is_checkpoint(*store->state, 1)) << "byte " << position;
    }
    // Whatever was found, the next checkpoint can be saved.
    ASSERT_TRUE(store->store->save(full_checkpoint(2))) << "byte " << position;
  }
  EXPECT_GT(set_aside, kRounds / 3);
}

TEST(DamagedStore, AChangedByteInTheLogOfAKilledProcessNeverMixesCheckpoints) {
  TemporaryDirectory directory;
  const fs::path live = directory.path() / "live";
  const fs::path bad = directory.path() / "bad";
  OpenedStore store = opened(live);
  ASSERT_TRUE(store.store->save(full_checkpoint(1)));
  {
    // Someone copies: the log keeps the second and the third checkpoint.
    const FilesHold copying(live, FilesHold::Purpose::kCopy);
    ASSERT_TRUE(store.store->save(full_checkpoint(2)));
    ASSERT_TRUE(store.store->save(full_checkpoint(3)));
  }
  const size_t size = fs::file_size(live / "kpid.db-wal");
  ASSERT_GT(size, 0u);
  std::mt19937_64 random(2026);
  for (int round = 0; round < 200; ++round) {
    copy_files(live, bad);
    const size_t position = round < 40 ? static_cast<size_t>(round) : random() % size;
    change_byte(bad / "kpid.db-wal", position, static_cast<char>(1 + random() % 255));
    const auto damaged = open_store(bad, kNow);
    ASSERT_TRUE(damaged.has_value()) << "byte " << position;
    if (damaged->set_aside) continue;
    ASSERT_TRUE(is_checkpoint(*damaged->state, 1) || is_checkpoint(*damaged->state, 2) ||
                is_checkpoint(*damaged->state, 3))
        << "byte " << position;
  }
}

TEST(DamagedStore, IsNamedAfterTheTimeAndKeepsItsBytes) {
  TemporaryDirectory directory;
  std::ofstream(directory.path() / "kpid.db") << "this is not a database";
  const OpenedStore store = opened(directory.path());
  ASSERT_TRUE(store.set_aside.has_value());
  EXPECT_EQ(store.set_aside->path, directory.path() / "kpid.db.damaged-20260329T000000Z");
  EXPECT_EQ(contents_of(store.set_aside->path), "this is not a database");
  EXPECT_EQ(store.set_aside->reason, "file is not a database");
}

TEST(DamagedStore, NeverTakesTheNameOfAnother) {
  TemporaryDirectory directory;
  for (const char* contents : {"first", "second", "third"}) {
    std::ofstream(directory.path() / "kpid.db") << contents;
    opened(directory.path());
  }
  const std::string name = "kpid.db.damaged-20260329T000000Z";
  EXPECT_EQ(contents_of(directory.path() / name), "first");
  EXPECT_EQ(contents_of(directory.path() / (name + "-2")), "second");
  EXPECT_EQ(contents_of(directory.path() / (name + "-3")), "third");
}

TEST(DamagedStore, IsWhatHasALogButNoFile) {
  TemporaryDirectory directory;
  std::ofstream(directory.path() / "kpid.db-wal") << "the log of a file that is gone";
  const OpenedStore store = opened(directory.path());
  ASSERT_TRUE(store.set_aside.has_value());
  EXPECT_EQ(contents_of(directory.path() / "kpid.db.damaged-20260329T000000Z-wal"),
            "the log of a file that is gone");
}

TEST(DamagedStore, IsWhatWasEditedByHand) {
  const std::vector<const char*> edits = {
      "UPDATE partitions SET next_offset = next_offset + 1",
      "UPDATE partitions SET watermark_ms = 1",
      "UPDATE partitions SET events_amending = events_amending + 1",
      "UPDATE partitions SET events_amending = 0",
      "UPDATE rejections SET records = records + 1",
      "UPDATE rejections SET reason = 'unheard_of'",
      "DELETE FROM lost_spans",
      "UPDATE sources SET definition = 'topic: other'",
      "UPDATE terms SET term = 'sum(sales.amount)'",
      "UPDATE groupings SET identity = 'sales'",
      "UPDATE amendments SET amendments = 7",
      "UPDATE checkpoint SET publisher = 'other'",
      "UPDATE checkpoint SET shards = 2",
      "UPDATE blobs SET block = block + 10",
      "DELETE FROM blobs WHERE block = 1",
      "UPDATE blobs SET bytes = 'other' WHERE block = 1",
      "DELETE FROM checkpoint",
      "DROP TABLE amendments",
      "PRAGMA application_id = 1",
      "PRAGMA user_version = 4",
      "PRAGMA user_version = 1",
      "PRAGMA user_version = 1; UPDATE format SET version = 1",
      "PRAGMA user_version = 0",
      "DELETE FROM format",
  };
  for (const char* edit : edits) {
    TemporaryDirectory directory;
    ASSERT_TRUE(opened(directory.path()).store->save(full_checkpoint(1)));
    run_sql(directory.path() / "kpid.db", edit);
    EXPECT_TRUE(opened(directory.path()).set_aside.has_value()) << edit;
  }
}

TEST(DamagedStore, IsAnErrorForOneThatOnlyReads) {
  TemporaryDirectory directory;
  std::ofstream(directory.path() / "kpid.db") << "this is not a database";
  const auto state = read_checkpoint(directory.path());
  ASSERT_FALSE(state.has_value());
  EXPECT_THAT(state.error().text, testing::HasSubstr("it is damaged: file is not a database"));
  EXPECT_EQ(files_in(directory.path()).size(), 1u);
}

TEST(NewerStore, IsRefusedAndLeftAsItIs) {
  TemporaryDirectory directory;
  ASSERT_TRUE(opened(directory.path()).store->save(full_checkpoint(1)));
  run_sql(directory.path() / "kpid.db",
          "PRAGMA user_version = 4; UPDATE format SET version = 4; DROP TABLE amendments");
  const std::string before = contents_of(directory.path() / "kpid.db");
  const auto store = open_store(directory.path(), kNow);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().text, "the store in " + directory.path().string() +
                                    " was written by a newer version of kpid: use that version, or "
                                    "another --storage.path");
  EXPECT_EQ(read_checkpoint(directory.path()).error().text, store.error().text);
  EXPECT_EQ(contents_of(directory.path() / "kpid.db"), before);
}

}  // namespace
}  // namespace kpid
