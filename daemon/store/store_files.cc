#include "daemon/store/store_files.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "daemon/store/directory_lock.h"

namespace kpid {

namespace fs = std::filesystem;

namespace {

// What SQLite puts beside a file: the write-ahead log, which is part of the data, and its index,
// which is made anew when it is missing.
constexpr std::array<const char*, 2> kCompanions = {"-wal", "-shm"};

fs::path with_suffix(fs::path path, std::string_view suffix) { return path += suffix; }

/// A name beside `path` that nothing has yet: `kpid.db.damaged-20260329T013000Z`.
fs::path free_name(const fs::path& path, EventTime now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const fs::path name =
      with_suffix(path, fmt::format(".damaged-{:%Y%m%dT%H%M%SZ}",
                                    fmt::gmtime(std::chrono::system_clock::to_time_t(seconds))));
  fs::path free = name;
  for (int attempt = 2; fs::exists(free) || fs::exists(with_suffix(free, "-wal")); ++attempt) {
    free = with_suffix(name, fmt::format("-{}", attempt));
  }
  return free;
}

/// A new directory for temporary files.
Result<fs::path> make_temporary_directory() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "kpid-inspect-XXXXXX").string();
  if (error || mkdtemp(name.data()) == nullptr) {
    return failure(fmt::format("cannot make a temporary directory: {}",
                               error ? error.message() : std::generic_category().message(errno)));
  }
  return fs::path(name);
}

}  // namespace

fs::path store_file(const fs::path& directory) { return directory / "kpid.db"; }

fs::path log_of(const fs::path& file) { return with_suffix(file, "-wal"); }

uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const uint64_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

Result<fs::path> set_aside(const fs::path& file, EventTime now) {
  const FilesHold hold(file.parent_path(), FilesHold::Purpose::kChange);
  const fs::path name = free_name(file, now);
  std::error_code error;
  if (fs::exists(file)) fs::rename(file, name, error);
  for (const char* companion : kCompanions) {
    if (error || !fs::exists(with_suffix(file, companion))) continue;
    fs::rename(with_suffix(file, companion), with_suffix(name, companion), error);
  }
  if (error) {
    return failure(fmt::format("cannot set {} aside: {}", file.string(), error.message()));
  }
  return name;
}

StoreCopy::StoreCopy(fs::path directory) : directory_(std::move(directory)) {}

StoreCopy::StoreCopy(StoreCopy&& other) noexcept
    : directory_(std::exchange(other.directory_, fs::path())) {}

StoreCopy::~StoreCopy() {
  std::error_code ignored;
  if (!directory_.empty()) fs::remove_all(directory_, ignored);
}

Result<StoreCopy> StoreCopy::make(const fs::path& directory) {
  const FilesHold hold(directory, FilesHold::Purpose::kCopy);
  if (!hold.held()) {
    return failure(fmt::format("cannot read the directory {}", directory.string()));
  }
  auto temporary = make_temporary_directory();
  if (!temporary) return tl::unexpected(temporary.error());
  StoreCopy copy(std::move(*temporary));
  const fs::path from = store_file(directory);
  for (const auto& [source, target] :
       {std::pair(from, copy.file()), std::pair(log_of(from), log_of(copy.file()))}) {
    std::error_code error;
    if (fs::exists(source)) fs::copy_file(source, target, error);
    if (error) {
      return failure(fmt::format("cannot copy {}: {}", source.string(), error.message()));
    }
  }
  return copy;
}

}  // namespace kpid
