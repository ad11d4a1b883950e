#include "daemon/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <utility>

#include "pipeline/check.h"

namespace kpid {

namespace {

DatabaseFault fault_of(sqlite3* handle, int extended_code) {
  switch (extended_code) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      return DatabaseFault::kFileLost;
    case SQLITE_IOERR_CORRUPTFS:
      return DatabaseFault::kDamaged;
    default:
      break;
  }
  switch (extended_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    // "no such table" and the like: our statements are right, so the schema must be wrong.
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
      return DatabaseFault::kDamaged;
    case SQLITE_READONLY:
      // Where the system lets us write, it is the file's header that forbids it.
      return access(sqlite3_db_filename(handle, "main"), W_OK) == 0 ? DatabaseFault::kDamaged
                                                                    : DatabaseFault::kOther;
    default:
      return DatabaseFault::kOther;
  }
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path) {
  sqlite3* handle = nullptr;
  // Owned by one thread at a time: SQLite's own mutexes are not needed.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) {
    return failure(fmt::format("cannot open {}: {}", path.string(),
                               handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code)));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::run(const char* sql) {
  if (failed()) return;
  report(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

int64_t Database::query_int(const char* sql) {
  Statement statement(*this, sql);
  return statement.next() ? statement.integer(0) : 0;
}

void Database::begin() { run("BEGIN IMMEDIATE"); }

void Database::commit() {
  run("COMMIT");
  // After some errors SQLite has rolled back by itself, after others it leaves that to us.
  if (sqlite3_get_autocommit(handle_) == 0) {
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Database::empty_log() {
  if (failed()) return;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  report(code);
}

void Database::empty_log_on_close() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

void Database::require_writable() {
  if (failed() || sqlite3_db_readonly(handle_, "main") == 0) return;
  error_ = DatabaseError{fault_of(handle_, SQLITE_READONLY), "it cannot be written to"};
}

void Database::report_damage(std::string text) {
  if (!failed()) error_ = DatabaseError{DatabaseFault::kDamaged, std::move(text)};
}

std::optional<DatabaseError> Database::take_error() { return std::exchange(error_, std::nullopt); }

void Database::report(int code) {
  if (failed() || code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  // A checkpoint that names something twice is a bug of its maker, not a fault of the file.
  KPID_ASSERT((code & 0xff) != SQLITE_CONSTRAINT && (code & 0xff) != SQLITE_MISUSE);
  error_ = DatabaseError{fault_of(handle_, code), sqlite3_errmsg(handle_)};
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
  if (database_.failed()) return;
  database_.report(sqlite3_prepare_v2(database_.handle_, sql, -1, &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int64_t value) {
  if (statement_) database_.report(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::optional<int64_t> value) {
  if (value) return bind(*value);
  if (statement_) database_.report(sqlite3_bind_null(statement_, ++bound_));
  return *this;
}

Statement& Statement::bind_text(std::string_view value) {
  if (statement_) {
    database_.report(sqlite3_bind_text64(statement_, ++bound_, value.data() ? value.data() : "",
                                         value.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  return *this;
}

Statement& Statement::bind_bytes(std::string_view value) {
  if (statement_) {
    // A null pointer would bind NULL instead of no bytes.
    database_.report(sqlite3_bind_blob64(statement_, ++bound_, value.data() ? value.data() : "",
                                         value.size(), SQLITE_STATIC));
  }
  return *this;
}

bool Statement::next() {
  if (!statement_ || database_.failed()) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  database_.report(code);
  rewind();
  return false;
}

void Statement::run() {
  const bool has_row = next();
  KPID_ASSERT(!has_row);
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<int64_t> Statement::optional_integer(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return size == 0 ? std::string()
                   : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

void Statement::rewind() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bound_ = 0;
}

}  // namespace kpid
