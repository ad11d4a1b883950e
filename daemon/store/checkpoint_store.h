#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/event/time.h"
#include "pipeline/result.h"
#include "pipeline/state.h"

namespace kpid {

class Database;
class DirectoryLock;

/// What a checkpoint that was saved has cost.
struct SaveReport {
  uint64_t bytes_written =
      0;                     ///< of blobs and of the publisher; what did not change is not written
  uint64_t store_bytes = 0;  ///< size of the store's files now
};

/// Why a checkpoint could not be saved. Nothing of it is in the store.
struct SaveFailure {
  std::string text;  ///< in words for the operator
  /// The operating system could not bring earlier writes to the disk: nobody knows any more what
  /// is in the file, and every later save fails too, until `start_over`. False: a later try may
  /// succeed (a full disk, for one).
  bool file_lost = false;
};

/// Keeps the last checkpoint of an instance, in one SQLite file below `--storage.path`.
///
/// A checkpoint is saved in one transaction and is on the disk when `save` returns: neither
/// `kill -9` nor a loss of power can leave a part of it. FORMAT.md documents the tables.
/// Not thread-safe; `save` may be called by another thread than `open`, one at a time.
/// Invariant: while it lives, no other process can open a store in the same directory.
class CheckpointStore {
 public:
  CheckpointStore(std::filesystem::path directory, std::unique_ptr<DirectoryLock> lock,
                  std::unique_ptr<Database> database);
  ~CheckpointStore();

  /// Saves `checkpoint` in place of the one before it: writes and removes the blobs that it names,
  /// removes those of shards and groupings that it does not have, and keeps every other blob.
  /// A failed save changes nothing, so the next one must contain what this one did.
  /// REQUIRES: every blob written belongs to a shard below `shards` and to a grouping of `parts`;
  /// groupings are equal in all parts; sources, partitions and amendments without repeats.
  tl::expected<SaveReport, SaveFailure> save(const Checkpoint& checkpoint);

  /// Replaces what is kept about these partitions, in one transaction, and nothing else: for
  /// `kpid reset`. An error if the store does not know one of them.
  Result<void> replace_partitions(const std::vector<PartitionState>& partitions);

  /// Sets the file aside, as a damaged one, and goes on with an empty one: after `file_lost`. The
  /// next checkpoint must be complete. Answers with the name that the old file has now.
  Result<std::filesystem::path> start_over(EventTime now);

 private:
  /// Moves the checkpoint from the write-ahead log into the file, so that the log stays short.
  void empty_log();

  const std::filesystem::path directory_;
  const std::unique_ptr<DirectoryLock> lock_;
  std::unique_ptr<Database> database_;
  bool file_lost_ = false;
};

/// A damaged store that was set aside, never deleted.
struct SetAside {
  std::filesystem::path path;  ///< the file's name now: `kpid.db.damaged-20260329T013000Z`
  std::string reason;          ///< what was found to be wrong
};

/// A store ready for use, and what was in it.
struct OpenedStore {
  std::unique_ptr<CheckpointStore> store;
  std::optional<StoredState> state;   ///< nothing: no checkpoint was ever saved here
  std::optional<SetAside> set_aside;  ///< the store was damaged; `state` is nothing then
};

/// Opens the store in `directory`, makes both where they do not exist, and reads the checkpoint.
///
/// A damaged store (not a database, a checksum that does not fit) is set aside under a name made of
/// `now`, and an empty one takes its place. Errors, each leaving everything as it was: another
/// process uses the directory; the store was written by a newer version; no permission, disk full.
Result<OpenedStore> open_store(const std::filesystem::path& directory, EventTime now);

/// Reads the checkpoint of a stopped, killed or running instance, without the lock and without
/// changing anything in `directory`: from a copy in the system's temporary directory. Nothing: no
/// checkpoint was ever saved. A damaged store, a newer one and a missing directory are errors.
Result<std::optional<StoredState>> read_checkpoint(const std::filesystem::path& directory);

}  // namespace kpid
