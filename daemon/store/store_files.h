#pragma once

#include <cstdint>
#include <filesystem>

#include "pipeline/event/time.h"
#include "pipeline/result.h"

namespace kpid {

/// The SQLite file of the store in `directory`.
std::filesystem::path store_file(const std::filesystem::path& directory);

/// Its write-ahead log: what it holds is part of the data.
std::filesystem::path log_of(const std::filesystem::path& file);

/// The size of the file; 0 if there is none.
uint64_t size_of(const std::filesystem::path& path);

/// Renames the file and what belongs to it, under a name made of `now` that nothing had before, and
/// answers with that. The file goes first, so that an interruption leaves a log without a file,
/// which can be recognised, and never a file without its log.
Result<std::filesystem::path> set_aside(const std::filesystem::path& file, EventTime now);

/// A copy of a store's files at one instant, in a temporary directory that lives as long as this.
class StoreCopy {
 public:
  /// Copies the store in `directory`, of a running instance too, without changing anything in it.
  static Result<StoreCopy> make(const std::filesystem::path& directory);
  ~StoreCopy();
  StoreCopy(StoreCopy&& other) noexcept;
  StoreCopy& operator=(StoreCopy&&) = delete;

  /// The copied file; does not exist where the store had none.
  std::filesystem::path file() const { return store_file(directory_); }

 private:
  explicit StoreCopy(std::filesystem::path directory);

  std::filesystem::path directory_;  ///< empty: moved from
};

}  // namespace kpid
