#pragma once

#include <filesystem>
#include <memory>

#include "pipeline/result.h"

namespace kpid {

/// Claims a directory for this process, by a file in it that is locked. Dies with the process.
///
/// Two things are guarded apart: the directory as such belongs to one process for long; its files
/// are held still for moments, by whoever moves them and by whoever copies them.
class DirectoryLock {
 public:
  /// Claims `directory`. An error names the process that has it.
  static Result<std::unique_ptr<DirectoryLock>> acquire(const std::filesystem::path& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
};

/// Holds the files of a store still while it lives: they do not change under a copier, and nobody
/// copies while they change. Writes nothing.
class FilesHold {
 public:
  enum class Purpose {
    kCopy,             ///< with other copiers; waits until nobody changes the files
    kChange,           ///< alone; waits for copiers
    kChangeIfNoCopier  ///< alone; does not wait: ask `held`
  };

  FilesHold(const std::filesystem::path& directory, Purpose purpose);
  ~FilesHold();
  FilesHold(const FilesHold&) = delete;
  FilesHold& operator=(const FilesHold&) = delete;

  bool held() const { return held_; }

 private:
  int descriptor_ = -1;
  bool held_ = false;
};

}  // namespace kpid
