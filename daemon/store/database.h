#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kpid {

/// What went wrong in a database, as far as it decides what to do next.
enum class DatabaseFault : uint8_t {
  kDamaged,   ///< what is in the file cannot be what was written
  kFileLost,  ///< the operating system failed to bring writes to the disk
  kOther,     ///< a full disk, no permission, ...: the file is as it was
};

struct DatabaseError {
  DatabaseFault fault = DatabaseFault::kOther;
  std::string text;
};

/// One SQLite file with a write-ahead log, opened for reading and writing.
///
/// The first error sticks: from then on statements do nothing and find no rows, until `take_error`.
/// So a run of statements needs one check, at its end.
class Database {
 public:
  /// Opens or makes the file. The first access of its contents comes with the first statement.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs statements that have no parameters and whose rows do not matter.
  void run(const char* sql);

  /// The number in the first column of the first row.
  int64_t query_int(const char* sql);

  /// Begins a transaction; everything until `commit` happens at once or not at all.
  void begin();
  /// Ends it: for good if nothing failed since `begin`; else takes all of it back.
  void commit();

  /// Moves what the write-ahead log holds into the file and empties the log. Waits for nobody.
  void empty_log();

  /// Empties the write-ahead log and removes it when this is closed; else closing leaves it alone.
  void empty_log_on_close();

  /// Reports it if the file can only be read. REQUIRES: something was read.
  void require_writable();

  bool failed() const { return error_.has_value(); }
  /// Notes damage that only the reader of the rows can see. The first error stays.
  void report_damage(std::string text);
  /// The first error since the last call, and forgets it.
  std::optional<DatabaseError> take_error();

 private:
  friend class Statement;

  explicit Database(sqlite3* handle) : handle_(handle) {}
  void report(int code);

  sqlite3* const handle_;
  std::optional<DatabaseError> error_;
};

/// One SQL statement: bind its parameters in order, then `run` it or go through its rows.
class Statement {
 public:
  /// REQUIRES: `database` outlives this.
  Statement(Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int64_t value);
  Statement& bind(std::optional<int64_t> value);  ///< nothing is NULL
  Statement& bind_text(std::string_view value);   ///< borrowed until the statement has run
  Statement& bind_bytes(std::string_view value);  ///< borrowed until the statement has run

  /// Goes to the next row. False after the last, and after an error. Then parameters can be bound
  /// anew.
  bool next();
  /// Runs a statement that has no rows.
  void run();

  /// Columns of the row, from 0.
  int64_t integer(int column) const;
  std::optional<int64_t> optional_integer(int column) const;
  std::string text(int column) const;  ///< or bytes

 private:
  void rewind();

  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

}  // namespace kpid
