#include "daemon/store/schema.h"

#include <fmt/format.h>

namespace kpid {

namespace {

// "kpid" in ASCII: lets `file` and SQLite's tools name the program that a file belongs to.
constexpr int64_t kApplicationId = 0x6b706964;

// FORMAT.md says what each table and column means.
constexpr const char* kSchema = R"sql(
CREATE TABLE format(version INTEGER NOT NULL);
CREATE TABLE checkpoint(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  shards INTEGER NOT NULL,
  publisher BLOB NOT NULL,
  blobs_digest INTEGER NOT NULL,
  digest INTEGER NOT NULL);
CREATE TABLE sources(
  name TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  begins_ms INTEGER) WITHOUT ROWID;
CREATE TABLE partitions(
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  newest_event_time_ms INTEGER,
  watermark_ms INTEGER,
  newest_timestamp_ms INTEGER,
  fingerprint_offset INTEGER,
  fingerprint_timestamp_ms INTEGER,
  fingerprint_hash INTEGER,
  records_read INTEGER NOT NULL,
  events_accepted INTEGER NOT NULL,
  records_lost INTEGER NOT NULL,
  events_amending INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (source, topic, partition)) WITHOUT ROWID;
CREATE TABLE rejections(
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  reason TEXT NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (source, topic, partition, reason)) WITHOUT ROWID;
CREATE TABLE lost_spans(
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  position INTEGER NOT NULL,
  after_ms INTEGER,
  before_ms INTEGER,
  PRIMARY KEY (source, topic, partition, position)) WITHOUT ROWID;
CREATE TABLE groupings(
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL);
CREATE TABLE terms(
  grouping INTEGER NOT NULL,
  position INTEGER NOT NULL,
  term TEXT NOT NULL,
  begins_ms INTEGER,
  PRIMARY KEY (grouping, position)) WITHOUT ROWID;
CREATE TABLE amendments(
  shard INTEGER NOT NULL,
  kpi TEXT NOT NULL,
  window TEXT NOT NULL,
  amendments INTEGER NOT NULL,
  PRIMARY KEY (shard, kpi, window)) WITHOUT ROWID;
CREATE TABLE blobs(
  shard INTEGER NOT NULL,
  grouping INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  block INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (shard, grouping, kind, start_ms, end_ms, block));
)sql";

// What turns a store of the format `from` into one of the next. Counts begin at 0: that leaves the
// digest as it is, so a store is never blessed that was damaged before.
struct Migration {
  int64_t from;
  const char* sql;
};

constexpr Migration kMigrations[] = {
    {1, "ALTER TABLE partitions ADD COLUMN events_amending INTEGER NOT NULL DEFAULT 0"},
};

}  // namespace

StoreKind identify(Database& database) {
  const int64_t version = database.query_int("PRAGMA user_version");
  const int64_t tables = database.query_int("SELECT count(*) FROM sqlite_master");
  // Page 1 alone is what SQLite makes of a new file.
  const bool has_contents = database.query_int("PRAGMA page_count") > 1;
  if (version == 0 && tables == 0 && !has_contents) return StoreKind::kEmpty;

  const bool ours = database.query_int("PRAGMA application_id") == kApplicationId;
  const bool sure = database.query_int("SELECT version FROM format") == version;
  if (!ours || !sure || version < 1) database.report_damage("not a store of kpid");
  if (version < kStoreFormat) return StoreKind::kOlder;
  return version > kStoreFormat ? StoreKind::kNewer : StoreKind::kCurrent;
}

void migrate(Database& database) {
  database.begin();
  const int64_t version = database.query_int("PRAGMA user_version");
  for (const Migration& migration : kMigrations) {
    if (migration.from >= version) database.run(migration.sql);
  }
  database.run(
      fmt::format("UPDATE format SET version = {0}; PRAGMA user_version = {0}", kStoreFormat)
          .c_str());
  database.commit();
}

void create_tables(Database& database) {
  database.begin();
  database.run(kSchema);
  database.run(fmt::format("INSERT INTO format VALUES ({0}); PRAGMA user_version = {0};"
                           "PRAGMA application_id = {1}",
                           kStoreFormat, kApplicationId)
                   .c_str());
  database.commit();
}

}  // namespace kpid
