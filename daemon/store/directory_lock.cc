#include "daemon/store/directory_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

namespace kpid {

namespace {

// Read and write for the owner, read for others: `kpid inspect` of another user needs no more.
constexpr mode_t kLockFileMode = 0644;

/// flock that a signal does not end early.
bool lock(int descriptor, int operation) {
  int status = 0;
  do {
    status = flock(descriptor, operation);
  } while (status != 0 && errno == EINTR);
  return status == 0;
}

/// What the holder wrote about itself: "process 123".
std::string holder(int descriptor) {
  std::array<char, 64> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  std::string_view line(text.data(), size > 0 ? static_cast<size_t>(size) : 0);
  line = line.substr(0, line.find('\n'));
  return line.empty() ? "another process" : fmt::format("process {}", line);
}

void write_holder(int descriptor) {
  const std::string line = fmt::format("{}\n", getpid());
  // Only a courtesy to the reader of an error message: the lock itself does not depend on it.
  if (ftruncate(descriptor, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = pwrite(descriptor, line.data(), line.size(), 0);
}

}  // namespace

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::acquire(
    const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "kpid.lock";
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kLockFileMode);
  if (descriptor < 0) {
    return failure(fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
  }
  if (!lock(descriptor, LOCK_EX | LOCK_NB)) {
    const int reason = errno;
    std::string text =
        reason == EWOULDBLOCK
            ? fmt::format("the storage {} is in use by {}: stop it, or use another --storage.path",
                          directory.string(), holder(descriptor))
            : fmt::format("cannot lock {}: {}", path.string(), std::strerror(reason));
    close(descriptor);
    return failure(std::move(text));
  }
  write_holder(descriptor);
  return std::unique_ptr<DirectoryLock>(new DirectoryLock(descriptor));
}

DirectoryLock::~DirectoryLock() { close(descriptor_); }

FilesHold::FilesHold(const std::filesystem::path& directory, Purpose purpose)
    : descriptor_(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) return;
  switch (purpose) {
    case Purpose::kCopy:
      held_ = lock(descriptor_, LOCK_SH);
      break;
    case Purpose::kChange:
      held_ = lock(descriptor_, LOCK_EX);
      break;
    case Purpose::kChangeIfNoCopier:
      held_ = lock(descriptor_, LOCK_EX | LOCK_NB);
      break;
  }
}

FilesHold::~FilesHold() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace kpid
