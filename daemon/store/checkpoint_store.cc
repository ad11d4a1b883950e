#include "daemon/store/checkpoint_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "daemon/store/database.h"
#include "daemon/store/directory_lock.h"
#include "daemon/store/schema.h"
#include "daemon/store/state_reader.h"
#include "daemon/store/state_writer.h"
#include "daemon/store/store_files.h"

namespace kpid {

namespace {

namespace fs = std::filesystem;

Error error_about(const fs::path& directory, const DatabaseError& error) {
  return {fmt::format("the store in {}: {}", directory.string(), error.text)};
}

/// Opens the file, with everything that we depend on said explicitly.
Result<std::unique_ptr<Database>> open_database(const fs::path& path) {
  auto database = Database::open(path);
  if (!database) return database;
  // FULL: a checkpoint is on the disk when its transaction ends. NORMAL survives kill -9 as well,
  // but a loss of power could take back the start offsets of `start: latest`, and the log cannot
  // give them again. One fsync a checkpoint, on a thread of its own, costs nobody anything.
  (*database)->run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
  return database;
}

/// What was found in a file.
struct Contents {
  bool newer = false;
  bool has_tables = false;
  std::optional<StoredState> state;
};

Contents read_contents(Database& database) {
  const StoreKind kind = identify(database);
  if (database.failed()) return {};
  switch (kind) {
    case StoreKind::kEmpty:
      return {};
    case StoreKind::kNewer:
      return {.newer = true, .has_tables = true, .state = std::nullopt};
    case StoreKind::kOlder:
      migrate(database);
      [[fallthrough]];
    case StoreKind::kCurrent:
      return {.newer = false, .has_tables = true, .state = read_state(database)};
  }
  return {};
}

Error newer_error(const fs::path& directory) {
  return {
      fmt::format("the store in {} was written by a newer version of kpid: use that version, or "
                  "another --storage.path",
                  directory.string())};
}

/// Makes an empty store.
Result<std::unique_ptr<Database>> create_database(const fs::path& path) {
  auto database = open_database(path);
  if (!database) return database;
  create_tables(**database);
  if (const auto error = (*database)->take_error()) {
    return tl::unexpected(error_about(path.parent_path(), *error));
  }
  return database;
}

/// Sets the damaged file aside, and makes an empty one.
Result<OpenedStore> replace_damaged(const fs::path& directory, std::unique_ptr<DirectoryLock> lock,
                                    std::string reason, EventTime now) {
  const fs::path path = store_file(directory);
  auto name = set_aside(path, now);
  if (!name) return tl::unexpected(name.error());
  auto database = create_database(path);
  if (!database) return tl::unexpected(database.error());
  return OpenedStore{
      std::make_unique<CheckpointStore>(directory, std::move(lock), std::move(*database)),
      std::nullopt, SetAside{*name, std::move(reason)}};
}

}  // namespace

CheckpointStore::CheckpointStore(fs::path directory, std::unique_ptr<DirectoryLock> lock,
                                 std::unique_ptr<Database> database)
    : directory_(std::move(directory)), lock_(std::move(lock)), database_(std::move(database)) {}

CheckpointStore::~CheckpointStore() {
  const FilesHold hold(directory_, FilesHold::Purpose::kChangeIfNoCopier);
  if (database_ && hold.held() && !file_lost_) database_->empty_log_on_close();
  database_.reset();
}

tl::expected<SaveReport, SaveFailure> CheckpointStore::save(const Checkpoint& checkpoint) {
  if (file_lost_) {
    return tl::unexpected(SaveFailure{
        fmt::format("the store in {} cannot be used any more", directory_.string()), true});
  }
  SaveReport report;
  database_->begin();
  report.bytes_written = write_checkpoint(*database_, checkpoint) + checkpoint.publisher.size();
  database_->commit();
  auto error = database_->take_error();
  if (!error) {
    empty_log();
    const fs::path path = store_file(directory_);
    report.store_bytes = size_of(path) + size_of(log_of(path));
    return report;
  }
  file_lost_ = error->fault != DatabaseFault::kOther;
  return tl::unexpected(SaveFailure{error_about(directory_, *error).text, file_lost_});
}

void CheckpointStore::empty_log() {
  const FilesHold hold(directory_, FilesHold::Purpose::kChangeIfNoCopier);
  if (!hold.held()) return;
  database_->empty_log();
  // The checkpoint is safe in the log. Only a disk that lost writes concerns the next one; a full
  // disk or a reader in the way is met again, and reported, when the next one is saved.
  const auto error = database_->take_error();
  file_lost_ = error && error->fault != DatabaseFault::kOther;
}

Result<void> CheckpointStore::replace_partitions(const std::vector<PartitionState>& partitions) {
  auto state = read_state(*database_);
  if (state) {
    for (const PartitionState& partition : partitions) {
      const auto known = std::ranges::find_if(state->partitions, [&](const PartitionState& other) {
        return other.source == partition.source && other.topic == partition.topic &&
               other.partition == partition.partition;
      });
      if (known == state->partitions.end()) {
        return failure(fmt::format("the store in {} does not know partition {} of topic {}",
                                   directory_.string(), partition.partition, partition.topic));
      }
      *known = partition;
    }
    database_->begin();
    write_without_blobs(*database_, *state);
    database_->commit();
  }
  if (const auto error = database_->take_error()) {
    return tl::unexpected(error_about(directory_, *error));
  }
  if (!state) return failure(fmt::format("no checkpoint in {}", directory_.string()));
  return {};
}

Result<fs::path> CheckpointStore::start_over(EventTime now) {
  const fs::path path = store_file(directory_);
  database_.reset();
  file_lost_ = true;
  auto name = set_aside(path, now);
  if (!name) return name;
  auto database = create_database(path);
  if (!database) return tl::unexpected(database.error());
  database_ = std::move(*database);
  file_lost_ = false;
  return name;
}

Result<OpenedStore> open_store(const fs::path& directory, EventTime now) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return failure(fmt::format("cannot make {}: {}", directory.string(), error.message()));
  }
  auto lock = DirectoryLock::acquire(directory);
  if (!lock) return tl::unexpected(lock.error());

  const fs::path path = store_file(directory);
  if (size_of(path) == 0 && size_of(log_of(path)) > 0) {
    return replace_damaged(directory, std::move(*lock), "a log without its file", now);
  }
  auto database = open_database(path);
  if (!database) return tl::unexpected(database.error());
  Contents contents = read_contents(**database);
  // What cannot be written to has to be known now, not after the first records.
  (*database)->require_writable();
  if (const auto fault = (*database)->take_error()) {
    if (fault->fault != DatabaseFault::kDamaged) {
      return tl::unexpected(error_about(directory, *fault));
    }
    database->reset();
    return replace_damaged(directory, std::move(*lock), fault->text, now);
  }
  if (contents.newer) return tl::unexpected(newer_error(directory));
  if (!contents.has_tables) create_tables(**database);
  if (const auto fault = (*database)->take_error()) {
    return tl::unexpected(error_about(directory, *fault));
  }
  return OpenedStore{
      std::make_unique<CheckpointStore>(directory, std::move(*lock), std::move(*database)),
      std::move(contents.state), std::nullopt};
}

Result<std::optional<StoredState>> read_checkpoint(const fs::path& directory) {
  auto copy = StoreCopy::make(directory);
  if (!copy) return tl::unexpected(copy.error());
  if (!fs::exists(copy->file())) return std::optional<StoredState>();
  auto database = open_database(copy->file());
  if (!database) return tl::unexpected(database.error());
  Contents contents = read_contents(**database);
  if (const auto fault = (*database)->take_error()) {
    const char* damaged = fault->fault == DatabaseFault::kDamaged ? "it is damaged: " : "";
    return failure(fmt::format("the store in {}: {}{}", directory.string(), damaged, fault->text));
  }
  if (contents.newer) return tl::unexpected(newer_error(directory));
  return std::move(contents.state);
}

}  // namespace kpid
