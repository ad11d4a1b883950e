#include <gtest/gtest.h>
#include <sqlite3.h>

#include "daemon/store/checkpoint_store.h"
#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

namespace fs = std::filesystem;

void run_sql(const fs::path& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  char* error = nullptr;
  ASSERT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
  sqlite3_close(handle);
}

int64_t number_in(const fs::path& path, const char* sql) {
  sqlite3* handle = nullptr;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const int64_t number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return number;
}

/// A directory with a store that a version of kpid wrote which knew format 1 only.
class StoreOfFormat1 : public testing::Test {
 protected:
  StoreOfFormat1() { run_sql(file(), contents_of(fs::path(KPID_TEST_FOLDER) / "format_1.sql")); }

  fs::path file() const { return directory_.path() / "kpid.db"; }

  /// What was saved in it.
  static Checkpoint saved() {
    Checkpoint checkpoint = small_checkpoint(1);
    ShardCheckpoint& part = checkpoint.parts[0];
    part.partitions[0].ledger = {.read = 9, .accepted = 8, .rejected = {0, 1}, .lost = 2};
    part.partitions[0].watermark = kNow;
    part.partitions[0].lost_spans = {{kNow, std::nullopt}};
    part.amendments = {{0, "revenue", "1h", 5}};
    part.writes = {blob_write({.grouping = 7, .start = 0, .end = 60'000, .block = 0}, "rows")};
    checkpoint.publisher = "publisher";
    return checkpoint;
  }

  static void expect_saved(const StoredState& state) {
    const Checkpoint expected = saved();
    EXPECT_EQ(state.sources, expected.sources);
    EXPECT_EQ(state.partitions, expected.parts[0].partitions);
    EXPECT_EQ(state.groupings, expected.parts[0].groupings);
    EXPECT_EQ(state.amendments, expected.parts[0].amendments);
    EXPECT_EQ(state.publisher, expected.publisher);
    ASSERT_EQ(state.blobs.size(), 1U);
    EXPECT_EQ(state.blobs[0].bytes, "rows");
  }

  TemporaryDirectory directory_;
};

TEST_F(StoreOfFormat1, OpensWithAllThatItHeldAndNothingAmending) {
  const OpenedStore store = opened(directory_.path());
  EXPECT_FALSE(store.set_aside.has_value()) << store.set_aside->reason;
  ASSERT_TRUE(store.state.has_value());
  expect_saved(*store.state);
  EXPECT_EQ(store.state->partitions[0].ledger.amending, 0U);
}

TEST_F(StoreOfFormat1, IsOfTheNewFormatFromThenOnAndTakesCheckpoints) {
  {
    const OpenedStore store = opened(directory_.path());
    EXPECT_EQ(number_in(file(), "PRAGMA user_version"), 3);
    EXPECT_EQ(number_in(file(), "SELECT version FROM format"), 3);
  }
  expect_saved(opened(directory_.path()).state.value());
  Checkpoint next = saved();
  next.parts[0].partitions[0].ledger.amending = 4;
  next.parts[0].writes.clear();
  ASSERT_TRUE(opened(directory_.path()).store->save(next));
  EXPECT_EQ(opened(directory_.path()).state.value().partitions, next.parts[0].partitions);
}

TEST_F(StoreOfFormat1, IsReadWithoutBeingChanged) {
  const auto before = files_in(directory_.path());
  const auto state = read_checkpoint(directory_.path());
  ASSERT_TRUE(state.has_value()) << state.error().text;
  expect_saved(state->value());
  EXPECT_EQ(files_in(directory_.path()), before);
}

TEST_F(StoreOfFormat1, IsStillDamagedWhereItWasBefore) {
  run_sql(file(), "UPDATE partitions SET next_offset = next_offset + 1");
  EXPECT_TRUE(opened(directory_.path()).set_aside.has_value());
}

TEST_F(StoreOfFormat1, IsDamagedWithoutTheTableThatIsToChange) {
  run_sql(file(), "DROP TABLE partitions");
  EXPECT_TRUE(opened(directory_.path()).set_aside.has_value());
}

}  // namespace
}  // namespace kpid
