#include "daemon/store/state_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/store/digest.h"

namespace kpid {

namespace {

std::optional<EventTime> to_time(std::optional<int64_t> millis) {
  if (!millis) return std::nullopt;
  return EventTime{Duration{*millis}};
}

Statement& bind_key(Statement& statement, const PartitionState& partition) {
  return statement.bind_text(partition.source).bind_text(partition.topic).bind(partition.partition);
}

std::vector<SourceState> read_sources(Database& database) {
  std::vector<SourceState> sources;
  Statement rows(database, "SELECT name, definition, begins_ms FROM sources ORDER BY name");
  while (rows.next()) {
    sources.push_back({rows.text(0), rows.text(1), to_time(rows.optional_integer(2))});
  }
  return sources;
}

std::vector<GroupingLayout> read_groupings(Database& database) {
  std::vector<GroupingLayout> groupings;
  Statement rows(database, "SELECT id, identity FROM groupings ORDER BY id");
  Statement terms(database,
                  "SELECT term, begins_ms FROM terms WHERE grouping = ? ORDER BY position");
  while (rows.next()) {
    GroupingLayout grouping{static_cast<uint32_t>(rows.integer(0)), rows.text(1), {}};
    terms.bind(grouping.id);
    while (terms.next()) {
      grouping.terms.push_back({terms.text(0), to_time(terms.optional_integer(1))});
    }
    groupings.push_back(std::move(grouping));
  }
  return groupings;
}

std::vector<AmendmentCount> read_amendments(Database& database) {
  std::vector<AmendmentCount> amendments;
  Statement rows(database,
                 "SELECT shard, kpi, window, amendments FROM amendments ORDER BY 1, 2, 3");
  while (rows.next()) {
    amendments.push_back({static_cast<uint32_t>(rows.integer(0)), rows.text(1), rows.text(2),
                          static_cast<uint64_t>(rows.integer(3))});
  }
  return amendments;
}

PartitionState read_partition(const Statement& row) {
  PartitionState partition;
  partition.source = row.text(0);
  partition.topic = row.text(1);
  partition.partition = static_cast<int32_t>(row.integer(2));
  partition.next_offset = row.integer(3);
  partition.newest_event_time = to_time(row.optional_integer(4));
  partition.watermark = to_time(row.optional_integer(5));
  partition.newest_timestamp = to_time(row.optional_integer(6));
  if (const auto offset = row.optional_integer(7)) {
    partition.fingerprint =
        Fingerprint{*offset, row.integer(8), static_cast<uint64_t>(row.integer(9))};
  }
  partition.ledger.read = static_cast<uint64_t>(row.integer(10));
  partition.ledger.accepted = static_cast<uint64_t>(row.integer(11));
  partition.ledger.lost = static_cast<uint64_t>(row.integer(12));
  partition.ledger.amending = static_cast<uint64_t>(row.integer(13));
  return partition;
}

std::vector<PartitionState> read_partitions(Database& database) {
  std::vector<PartitionState> partitions;
  Statement rows(database, "SELECT * FROM partitions ORDER BY source, topic, partition");
  Statement rejections(database,
                       "SELECT reason, records FROM rejections "
                       "WHERE source = ? AND topic = ? AND partition = ?");
  Statement spans(database,
                  "SELECT after_ms, before_ms FROM lost_spans "
                  "WHERE source = ? AND topic = ? AND partition = ? ORDER BY position");
  while (rows.next()) {
    PartitionState partition = read_partition(rows);
    bind_key(rejections, partition);
    while (rejections.next()) {
      const auto reason = std::ranges::find(kRejectReasonNames, rejections.text(0));
      if (reason == kRejectReasonNames.end()) {
        database.report_damage(fmt::format("unknown reason '{}'", rejections.text(0)));
        break;
      }
      partition.ledger.rejected[static_cast<size_t>(reason - kRejectReasonNames.begin())] =
          static_cast<uint64_t>(rejections.integer(1));
    }
    bind_key(spans, partition);
    while (spans.next()) {
      partition.lost_spans.push_back(
          {to_time(spans.optional_integer(0)), to_time(spans.optional_integer(1))});
    }
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

BlobKey read_blob_key(const Statement& row) {
  return {static_cast<uint32_t>(row.integer(0)),
          static_cast<uint32_t>(row.integer(1)),
          static_cast<BlobKey::Kind>(row.integer(2)),
          row.integer(3),
          row.integer(4),
          static_cast<uint32_t>(row.integer(5))};
}

/// All blobs in the order of their keys; adds their digests to `digest`.
std::vector<Blob> read_blobs(Database& database, uint64_t& digest) {
  std::vector<Blob> blobs;
  Statement rows(database,
                 "SELECT shard, grouping, kind, start_ms, end_ms, block, checksum, bytes "
                 "FROM blobs ORDER BY 1, 2, 3, 4, 5, 6");
  while (rows.next()) {
    Blob blob{read_blob_key(rows), rows.text(7)};
    const auto checksum = static_cast<uint64_t>(rows.integer(6));
    if (checksum != checksum_of(blob.bytes)) {
      database.report_damage(
          fmt::format("wrong checksum of a blob (shard {}, grouping {}, block {})", blob.key.shard,
                      blob.key.grouping, blob.key.block));
      break;
    }
    digest += digest_of(blob.key, checksum);
    blobs.push_back(std::move(blob));
  }
  return blobs;
}

}  // namespace

std::optional<StoredState> read_state(Database& database) {
  {
    Statement check(database, "PRAGMA integrity_check(1)");
    if (check.next() && check.text(0) != "ok") database.report_damage(check.text(0));
  }
  Statement row(database, "SELECT shards, publisher, blobs_digest, digest FROM checkpoint");
  const bool saved = row.next();
  StoredState state;
  if (saved) {
    state.shards = static_cast<uint32_t>(row.integer(0));
    state.publisher = row.text(1);
  }
  state.sources = read_sources(database);
  state.partitions = read_partitions(database);
  state.groupings = read_groupings(database);
  state.amendments = read_amendments(database);
  uint64_t blobs_digest = 0;
  state.blobs = read_blobs(database, blobs_digest);
  if (database.failed()) return std::nullopt;
  if (!saved) {
    if (!state.partitions.empty() || !state.blobs.empty()) database.report_damage("no checkpoint");
    return std::nullopt;
  }
  if (blobs_digest != static_cast<uint64_t>(row.integer(2)) ||
      digest_of(state, blobs_digest) != static_cast<uint64_t>(row.integer(3))) {
    database.report_damage("wrong checksum of the checkpoint");
    return std::nullopt;
  }
  return state;
}

}  // namespace kpid
