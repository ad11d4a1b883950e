#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/record.h"
#include "pipeline/event/source_definition.h"
#include "pipeline/result.h"

namespace kpid {

/// The bytes of a file, mapped or read.
class FileBytes {
 public:
  static Result<std::unique_ptr<FileBytes>> open(const std::string& path);
  ~FileBytes();
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::string_view bytes() const { return bytes_; }

 private:
  FileBytes() = default;

  std::string_view bytes_;
  void* mapping_ = nullptr;  ///< of bytes_.size() bytes; nothing: they are in `read_`
  std::string read_;         ///< of what cannot be mapped, such as a pipe
};

/// The records of a file, one a line, without timestamps; their offsets count from 0. Blank lines
/// are no records. A quoted cell of CSV may go over several lines; where that makes no whole row,
/// the line with the open quote is a record by itself.
class RecordFile {
 public:
  /// For csv, `columns` are the source's own; where empty, line 1 is taken off as the header.
  /// Fails when line 1 is missing or is no line of CSV.
  static Result<RecordFile> open(const std::string& path, const SourceDefinition& source);

  /// The next records, at most `max`; none at the end. Borrowed from the file.
  RecordBatch next(size_t max);

  /// The names of the cells of a line; empty for json.
  const std::vector<std::string>& columns() const { return columns_; }
  bool at_end() const { return rest_.empty(); }
  uint64_t bytes_total() const { return file_->bytes().size(); }
  uint64_t bytes_read() const { return bytes_total() - rest_.size(); }

 private:
  explicit RecordFile(std::unique_ptr<FileBytes> file);

  std::string_view take_line();
  std::string_view take_record();

  std::unique_ptr<FileBytes> file_;
  std::string_view rest_;
  std::vector<std::string> columns_;
  std::vector<Record> records_;
  int64_t next_offset_ = 0;
};

}  // namespace kpid
