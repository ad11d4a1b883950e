#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "daemon/store/checkpoint_store.h"
#include "daemon/store/directory_lock.h"
#include "tests/unit/store/fake_sync.h"
#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kBlocks = 6;

/// Bytes that differ from those of the numbers around on every page.
std::string contents_of_number(int64_t number) {
  return std::string(30'000, static_cast<char>('a' + number % 26));
}

/// The checkpoint number `number`; its predecessors left the blocks that it does not write.
Checkpoint numbered_checkpoint(int64_t number) {
  Checkpoint checkpoint = small_checkpoint(number);
  for (uint32_t block = 0; block < kBlocks; ++block) {
    if (number % kBlocks == block && number > kBlocks) continue;
    const BlobKey key{.grouping = 7, .start = 0, .end = 60'000, .block = block};
    checkpoint.parts[0].writes.push_back(blob_write(key, contents_of_number(number)));
  }
  return checkpoint;
}

/// The number of a state made of whole checkpoints, or -1 if it is none.
int64_t number_of(const StoredState& state) {
  if (state.partitions.size() != 1 || state.blobs.size() != kBlocks) return -1;
  const int64_t number = state.partitions[0].next_offset;
  for (uint32_t block = 0; block < kBlocks; ++block) {
    const bool kept = number % kBlocks == block && number > kBlocks;
    if (state.blobs[block].bytes != contents_of_number(kept ? number - 1 : number)) return -1;
  }
  return number;
}

/// A process that saves one checkpoint after the other, beginning with `first`, and says so.
class SavingProcess {
 public:
  SavingProcess(const fs::path& directory, int64_t first) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    process_ = fork();
    if (process_ == 0) save_for_ever(directory, first, ends[1]);
    close(ends[1]);
    saved_ = ends[0];
  }
  ~SavingProcess() { kill_now(); }

  /// The number of the next checkpoint that was saved.
  int64_t next_saved() {
    int64_t number = -1;
    if (read(saved_, &number, sizeof number) != sizeof number) return -1;
    return number;
  }

  /// Ends the process as by kill -9. The last number that it said it saved, or `last`.
  int64_t kill_now(int64_t last = 0) {
    if (process_ <= 0) return last;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
    for (int64_t number = next_saved(); number >= 0; number = next_saved()) last = number;
    close(saved_);
    return last;
  }

  pid_t process() const { return process_; }

 private:
  [[noreturn]] static void save_for_ever(const fs::path& directory, int64_t first, int saved) {
    const OpenedStore store = opened(directory);
    for (int64_t number = first;; ++number) {
      if (!store.store->save(numbered_checkpoint(number))) _exit(1);
      if (write(saved, &number, sizeof number) != sizeof number) _exit(1);
    }
  }

  pid_t process_ = 0;
  int saved_ = -1;
};

TEST(KilledStore, HoldsTheLastCheckpointThatWasSavedOrTheOneThatWasBeingSaved) {
  TemporaryDirectory directory;
  std::mt19937_64 random(2026);
  int64_t last = 0;
  for (int round = 0; round < 60; ++round) {
    {
      SavingProcess process(directory.path(), last + 1);
      last = process.next_saved();
      ASSERT_GT(last, 0);
      // Up to five milliseconds, in which some ten checkpoints begin and end.
      const timespec instant{0, static_cast<long>(random() % 5'000'000)};
      ppoll(nullptr, 0, &instant, nullptr);
      last = process.kill_now(last);
    }
    const auto seen = read_checkpoint(directory.path());
    ASSERT_TRUE(seen.has_value()) << seen.error().text;
    const OpenedStore store = opened(directory.path());
    ASSERT_FALSE(store.set_aside.has_value()) << store.set_aside->reason;
    const int64_t number = number_of(store.state.value());
    EXPECT_EQ(number_of(seen->value()), number);
    ASSERT_TRUE(number == last || number == last + 1) << number << " after " << last;
    last = number;
  }
}

TEST(StoreInUse, CannotBeOpenedByAnotherUntilItsOwnerIsGone) {
  TemporaryDirectory directory;
  SavingProcess process(directory.path(), 1);
  ASSERT_EQ(process.next_saved(), 1);
  const auto second = open_store(directory.path(), kNow);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().text,
            fmt::format("the storage {} is in use by process {}: stop it, or use another "
                        "--storage.path",
                        directory.path().string(), process.process()));
  process.kill_now();
  EXPECT_TRUE(open_store(directory.path(), kNow).has_value());
}

TEST(StoreInUse, CanBeReadAndEveryReadingIsOneCheckpoint) {
  TemporaryDirectory directory;
  SavingProcess process(directory.path(), 1);
  int64_t last = process.next_saved();
  for (int round = 0; round < 100; ++round) {
    const auto state = read_checkpoint(directory.path());
    ASSERT_TRUE(state.has_value()) << state.error().text;
    const int64_t number = number_of(state->value());
    ASSERT_GE(number, last);
    last = number;
  }
}

TEST(ReadingAStore, SeesTheLogOfAKilledProcessAndChangesNothing) {
  TemporaryDirectory directory;
  opened(directory.path()).store->save(numbered_checkpoint(1));
  {
    // While someone copies, checkpoints stay in the log.
    const FilesHold copying(directory.path(), FilesHold::Purpose::kCopy);
    SavingProcess process(directory.path(), 2);
    while (process.next_saved() < 4) continue;
    process.kill_now();
  }
  ASSERT_GT(fs::file_size(directory.path() / "kpid.db-wal"), 0u);
  const auto before = files_in(directory.path());
  const auto state = read_checkpoint(directory.path());
  ASSERT_TRUE(state.has_value());
  EXPECT_GE(number_of(state->value()), 4);
  EXPECT_EQ(files_in(directory.path()), before);
}

TEST(ReadingAStore, NeedsADirectory) {
  TemporaryDirectory directory;
  EXPECT_FALSE(read_checkpoint(directory.path() / "none").has_value());
}

TEST(ReadingAStore, LeavesNoCopyBehind) {
  TemporaryDirectory directory;
  TemporaryDirectory temporary;
  opened(directory.path()).store->save(numbered_checkpoint(1));
  setenv("TMPDIR", temporary.path().c_str(), 1);
  EXPECT_TRUE(read_checkpoint(directory.path()).has_value());
  unsetenv("TMPDIR");
  EXPECT_TRUE(fs::is_empty(temporary.path()));
}

TEST(ClosedStore, IsOneFileAndItsLock) {
  TemporaryDirectory directory;
  opened(directory.path()).store->save(numbered_checkpoint(1));
  std::vector<std::string> names;
  for (const auto& [name, contents] : files_in(directory.path())) names.push_back(name);
  EXPECT_THAT(names, testing::ElementsAre("kpid.db", "kpid.lock"));
}

/// Lets no file grow beyond `bytes` while it lives: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(FullDisk, FailsTheSaveAndTheNextOneMaySucceed) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  ASSERT_TRUE(store.store->save(numbered_checkpoint(1)));
  {
    const FullDisk full(fs::file_size(directory.path() / "kpid.db") / 2);
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto report = store.store->save(numbered_checkpoint(2));
      ASSERT_FALSE(report.has_value());
      EXPECT_FALSE(report.error().file_lost);
      EXPECT_THAT(report.error().text, testing::StartsWith("the store in "));
    }
  }
  EXPECT_EQ(number_of(read_checkpoint(directory.path())->value()), 1);
  EXPECT_TRUE(store.store->save(numbered_checkpoint(3)));
  EXPECT_EQ(number_of(read_checkpoint(directory.path())->value()), 3);
}

TEST(FullDisk, MayLeaveASavedCheckpointInTheLog) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  const auto file = fs::file_size(directory.path() / "kpid.db");
  ASSERT_TRUE(store.store->save(small_checkpoint(1)));
  {
    // There is room for the log, but not for the file that the log would be moved into.
    const FilesHold copying(directory.path(), FilesHold::Purpose::kCopy);
    ASSERT_TRUE(store.store->save(numbered_checkpoint(2)));
  }
  {
    const FullDisk full(file);
    store.store.reset();
  }
  EXPECT_EQ(number_of(read_checkpoint(directory.path())->value()), 2);
  EXPECT_EQ(number_of(opened(directory.path()).state.value()), 2);
}

TEST(LostWrites, EndTheUseOfTheFileUntilItIsStartedOver) {
  TemporaryDirectory directory;
  OpenedStore store = opened(directory.path());
  ASSERT_TRUE(store.store->save(numbered_checkpoint(1)));
  syncs_fail = true;
  const auto lost = store.store->save(numbered_checkpoint(2));
  syncs_fail = false;
  ASSERT_FALSE(lost.has_value());
  EXPECT_TRUE(lost.error().file_lost);
  const auto refused = store.store->save(numbered_checkpoint(3));
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().file_lost);

  ASSERT_TRUE(store.store->start_over(kNow).has_value());
  EXPECT_TRUE(store.store->save(numbered_checkpoint(4)).has_value());
  EXPECT_EQ(number_of(read_checkpoint(directory.path())->value()), 4);
}

}  // namespace
}  // namespace kpid
