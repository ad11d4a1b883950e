#include "daemon/replay/record_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "pipeline/decode/csv_line.h"

namespace kpid {

namespace {

// How far a quoted cell may go over the ends of lines before its quote counts as left open.
constexpr size_t kLongestRow = 1 << 20;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view first_line(std::string_view text) {
  const size_t end = text.find('\n');
  return end == std::string_view::npos ? text : text.substr(0, end + 1);
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

tl::unexpected<Error> cannot(const char* what, const std::string& path) {
  return failure(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

Result<std::string> read_all(int descriptor, const std::string& path) {
  std::string text;
  char block[1 << 16];
  while (true) {
    const ssize_t got = ::read(descriptor, block, sizeof(block));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", path);
    if (got == 0) return text;
    text.append(block, static_cast<size_t>(got));
  }
}

}  // namespace

Result<std::unique_ptr<FileBytes>> FileBytes::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return cannot("open", path);
  std::unique_ptr<FileBytes> file(new FileBytes);
  struct stat status {};
  const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (regular && status.st_size > 0) {
    const auto size = static_cast<size_t>(status.st_size);
    void* const mapping = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapping != MAP_FAILED) {
      file->mapping_ = mapping;
      file->bytes_ = {static_cast<const char*>(mapping), size};
      ::madvise(mapping, size, MADV_SEQUENTIAL);
    }
  }
  if (file->mapping_ == nullptr) {
    auto text = read_all(descriptor, path);
    if (!text) {
      ::close(descriptor);
      return tl::unexpected(text.error());
    }
    file->read_ = std::move(*text);
    file->bytes_ = file->read_;
  }
  ::close(descriptor);
  return file;
}

FileBytes::~FileBytes() {
  if (mapping_ != nullptr) ::munmap(mapping_, bytes_.size());
}

RecordFile::RecordFile(std::unique_ptr<FileBytes> file)
    : file_(std::move(file)), rest_(file_->bytes()) {}

Result<RecordFile> RecordFile::open(const std::string& path, const SourceDefinition& source) {
  auto file = FileBytes::open(path);
  if (!file) return tl::unexpected(file.error());
  RecordFile records(std::move(*file));
  if (source.format != RecordFormat::kCsv) return records;
  records.columns_ = source.columns;
  if (!records.columns_.empty()) return records;
  const std::string_view header = records.take_line();
  auto names = split_csv_line(header);
  if (!names || is_blank(header)) {
    return failure(
        fmt::format("{}: line 1 is no header: source {} has no `columns`, so line 1 "
                    "must name the cells",
                    path, source.name));
  }
  records.columns_ = std::move(*names);
  return records;
}

std::string_view RecordFile::take_line() {
  const std::string_view line = first_line(rest_);
  rest_.remove_prefix(line.size());
  return without_line_end(line);
}

std::string_view RecordFile::take_record() {
  const std::string_view line = first_line(rest_);
  if (columns_.empty() || !csv_record_continues(line)) return take_line();
  // From here on an odd number of quotes means that one is open: a doubled quote counts twice.
  size_t size = line.size();
  bool open = true;
  while (open && size < rest_.size() && size < kLongestRow) {
    const std::string_view more = first_line(rest_.substr(size));
    open = std::count(more.begin(), more.end(), '"') % 2 == 0;
    size += more.size();
  }
  const std::string_view row = without_line_end(rest_.substr(0, size));
  CsvLine cells;
  if (!cells.split(row) || cells.cells().size() != columns_.size()) return take_line();
  rest_.remove_prefix(size);
  return row;
}

RecordBatch RecordFile::next(size_t max) {
  records_.clear();
  while (records_.size() < max && !rest_.empty()) {
    const std::string_view record = take_record();
    if (is_blank(record)) continue;
    records_.push_back({.value = record, .offset = next_offset_++, .timestamp = {}});
  }
  return records_;
}

}  // namespace kpid
