#include "daemon/store/state_writer.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "daemon/store/digest.h"
#include "pipeline/check.h"

namespace kpid {

namespace {

std::optional<int64_t> to_millis(const std::optional<EventTime>& time) {
  if (!time) return std::nullopt;
  return time->time_since_epoch().count();
}

auto key_of(const PartitionState& partition) {
  return std::tie(partition.source, partition.topic, partition.partition);
}

auto key_of(const AmendmentCount& count) { return std::tie(count.shard, count.kpi, count.window); }

/// Everything of a checkpoint but its blobs, in the order of the tables' keys.
StoredState without_blobs(const Checkpoint& checkpoint) {
  StoredState state;
  state.shards = checkpoint.shards;
  state.sources = checkpoint.sources;
  state.publisher = checkpoint.publisher;
  for (const ShardCheckpoint& part : checkpoint.parts) {
    std::ranges::copy(part.partitions, std::back_inserter(state.partitions));
    std::ranges::copy(part.amendments, std::back_inserter(state.amendments));
    if (&part == &checkpoint.parts.front()) state.groupings = part.groupings;
    KPID_ASSERT(part.groupings == checkpoint.parts.front().groupings);
  }
  std::ranges::sort(state.sources, {}, &SourceState::name);
  std::ranges::sort(state.groupings, {}, &GroupingLayout::id);
  std::ranges::sort(state.partitions,
                    [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
  std::ranges::sort(state.amendments,
                    [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
  return state;
}

void write_sources(Database& database, const std::vector<SourceState>& sources) {
  database.run("DELETE FROM sources");
  Statement insert(database, "INSERT INTO sources VALUES (?, ?, ?)");
  for (const SourceState& source : sources) {
    insert.bind_text(source.name).bind_text(source.definition).bind(to_millis(source.begins)).run();
  }
}

void write_groupings(Database& database, const std::vector<GroupingLayout>& groupings) {
  database.run("DELETE FROM groupings; DELETE FROM terms");
  Statement insert(database, "INSERT INTO groupings VALUES (?, ?)");
  Statement insert_term(database, "INSERT INTO terms VALUES (?, ?, ?, ?)");
  for (const GroupingLayout& grouping : groupings) {
    insert.bind(grouping.id).bind_text(grouping.identity).run();
    int64_t position = 0;
    for (const TermLayout& term : grouping.terms) {
      insert_term.bind(grouping.id).bind(position++).bind_text(term.term);
      insert_term.bind(to_millis(term.begins)).run();
    }
  }
}

void write_amendments(Database& database, const std::vector<AmendmentCount>& amendments) {
  database.run("DELETE FROM amendments");
  Statement insert(database, "INSERT INTO amendments VALUES (?, ?, ?, ?)");
  for (const AmendmentCount& count : amendments) {
    insert.bind(count.shard).bind_text(count.kpi).bind_text(count.window);
    insert.bind(static_cast<int64_t>(count.amendments)).run();
  }
}

Statement& bind_key(Statement& statement, const PartitionState& partition) {
  return statement.bind_text(partition.source).bind_text(partition.topic).bind(partition.partition);
}

void insert_partitions(Database& database, const std::vector<PartitionState>& partitions) {
  Statement insert(database,
                   "INSERT INTO partitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Statement insert_rejection(database, "INSERT INTO rejections VALUES (?, ?, ?, ?, ?)");
  Statement insert_span(database, "INSERT INTO lost_spans VALUES (?, ?, ?, ?, ?, ?)");
  for (const PartitionState& partition : partitions) {
    std::optional<int64_t> offset, timestamp, hash;
    if (const auto& fingerprint = partition.fingerprint) {
      offset = fingerprint->offset;
      timestamp = fingerprint->timestamp_ms;
      hash = static_cast<int64_t>(fingerprint->hash);
    }
    const Ledger& ledger = partition.ledger;
    bind_key(insert, partition).bind(partition.next_offset);
    insert.bind(to_millis(partition.newest_event_time)).bind(to_millis(partition.watermark));
    insert.bind(to_millis(partition.newest_timestamp)).bind(offset).bind(timestamp).bind(hash);
    insert.bind(static_cast<int64_t>(ledger.read)).bind(static_cast<int64_t>(ledger.accepted));
    insert.bind(static_cast<int64_t>(ledger.lost));
    insert.bind(static_cast<int64_t>(ledger.amending)).run();
    for (size_t reason = 0; reason < kRejectReasonCount; ++reason) {
      if (ledger.rejected[reason] == 0) continue;
      bind_key(insert_rejection, partition).bind_text(kRejectReasonNames[reason]);
      insert_rejection.bind(static_cast<int64_t>(ledger.rejected[reason])).run();
    }
    int64_t position = 0;
    for (const LostSpan& span : partition.lost_spans) {
      bind_key(insert_span, partition).bind(position++);
      insert_span.bind(to_millis(span.after)).bind(to_millis(span.before)).run();
    }
  }
}

void replace_partitions(Database& database, const std::vector<PartitionState>& partitions) {
  database.run("DELETE FROM partitions; DELETE FROM rejections; DELETE FROM lost_spans");
  insert_partitions(database, partitions);
}

void write_digest(Database& database, const StoredState& state, uint64_t blobs_digest) {
  Statement insert(database, "INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?, ?, ?)");
  insert.bind(state.shards).bind_bytes(state.publisher);
  insert.bind(static_cast<int64_t>(blobs_digest));
  insert.bind(static_cast<int64_t>(digest_of(state, blobs_digest))).run();
}

BlobKey read_blob_key(const Statement& row) {
  return {static_cast<uint32_t>(row.integer(0)),
          static_cast<uint32_t>(row.integer(1)),
          static_cast<BlobKey::Kind>(row.integer(2)),
          row.integer(3),
          row.integer(4),
          static_cast<uint32_t>(row.integer(5))};
}

/// The blobs of the checkpoint before this one, as they are changed into those of this one.
class BlobWriter {
 public:
  explicit BlobWriter(Database& database)
      : database_(database),
        digest_(static_cast<uint64_t>(
            database.query_int("SELECT blobs_digest FROM checkpoint WHERE id = 1"))),
        find_(database,
              "SELECT checksum FROM blobs WHERE shard = ? AND grouping = ? AND kind = ? "
              "AND start_ms = ? AND end_ms = ? AND block = ?"),
        remove_(database,
                "DELETE FROM blobs WHERE shard = ? AND grouping = ? AND kind = ? "
                "AND start_ms = ? AND end_ms = ? AND block = ?"),
        write_(database,
               "INSERT INTO blobs VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
               "ON CONFLICT DO UPDATE SET checksum = excluded.checksum, bytes = excluded.bytes") {}

  void remove(const BlobKey& key) {
    forget(key);
    bind_key(remove_, key).run();
  }

  void write(const BlobWrite& blob) {
    forget(blob.key);
    const std::string_view bytes = joined(blob.pieces);
    const uint64_t checksum = checksum_of(bytes);
    digest_ += digest_of(blob.key, checksum);
    bytes_written_ += bytes.size();
    bind_key(write_, blob.key).bind(static_cast<int64_t>(checksum)).bind_bytes(bytes).run();
  }

  /// Removes the blobs of all shards from `shards` on.
  void remove_shards_from(uint32_t shards) {
    Statement statement(database_,
                        "DELETE FROM blobs WHERE shard >= ? RETURNING "
                        "shard, grouping, kind, start_ms, end_ms, block, checksum");
    remove_all(statement.bind(shards));
  }

  void remove_grouping(uint32_t grouping) {
    Statement statement(database_,
                        "DELETE FROM blobs WHERE grouping = ? RETURNING "
                        "shard, grouping, kind, start_ms, end_ms, block, checksum");
    remove_all(statement.bind(grouping));
  }

  uint64_t digest() const { return digest_; }
  uint64_t bytes_written() const { return bytes_written_; }

 private:
  static Statement& bind_key(Statement& statement, const BlobKey& key) {
    statement.bind(key.shard).bind(key.grouping).bind(static_cast<int64_t>(key.kind));
    return statement.bind(key.start).bind(key.end).bind(key.block);
  }

  /// Takes the stored blob of this key, if there is one, out of the digest.
  void forget(const BlobKey& key) {
    bind_key(find_, key);
    while (find_.next()) digest_ -= digest_of(key, static_cast<uint64_t>(find_.integer(0)));
  }

  void remove_all(Statement& statement) {
    while (statement.next()) {
      digest_ -= digest_of(read_blob_key(statement), static_cast<uint64_t>(statement.integer(6)));
    }
  }

  std::string_view joined(const std::vector<BlobPiece>& pieces) {
    if (pieces.size() == 1) return pieces.front().bytes;
    buffer_.clear();
    for (const BlobPiece& piece : pieces) buffer_ += piece.bytes;
    return buffer_;
  }

  Database& database_;
  uint64_t digest_;
  uint64_t bytes_written_ = 0;
  std::string buffer_;
  Statement find_;
  Statement remove_;
  Statement write_;
};

/// The ids of groupings that the store has and `groupings` has not.
std::vector<uint32_t> gone_groupings(Database& database,
                                     const std::vector<GroupingLayout>& groupings) {
  std::vector<uint32_t> gone;
  Statement rows(database, "SELECT id FROM groupings");
  while (rows.next()) {
    const auto id = static_cast<uint32_t>(rows.integer(0));
    if (std::ranges::find(groupings, id, &GroupingLayout::id) == groupings.end()) {
      gone.push_back(id);
    }
  }
  return gone;
}

void write_all_but_blobs(Database& database, const StoredState& state, uint64_t blobs_digest) {
  write_sources(database, state.sources);
  replace_partitions(database, state.partitions);
  write_groupings(database, state.groupings);
  write_amendments(database, state.amendments);
  write_digest(database, state, blobs_digest);
}

}  // namespace

uint64_t write_checkpoint(Database& database, const Checkpoint& checkpoint) {
  const StoredState state = without_blobs(checkpoint);
  BlobWriter blobs(database);
  blobs.remove_shards_from(checkpoint.shards);
  for (const uint32_t id : gone_groupings(database, state.groupings)) blobs.remove_grouping(id);
  for (const ShardCheckpoint& part : checkpoint.parts) {
    for (const BlobKey& key : part.removals) blobs.remove(key);
    for (const BlobWrite& blob : part.writes) blobs.write(blob);
  }
  write_all_but_blobs(database, state, blobs.digest());
  return blobs.bytes_written();
}

void write_without_blobs(Database& database, const StoredState& state) {
  const int64_t digest = database.query_int("SELECT blobs_digest FROM checkpoint WHERE id = 1");
  write_all_but_blobs(database, state, static_cast<uint64_t>(digest));
}

}  // namespace kpid
