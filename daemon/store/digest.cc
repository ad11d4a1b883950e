#include "daemon/store/digest.h"

#include <xxhash.h>

#include <optional>
#include <string>
#include <type_traits>

namespace kpid {

namespace {

/// Collects values as bytes, so that different values never give the same bytes: integers as eight
/// bytes, the least first; texts and lists behind their length; optionals behind a 0 or 1.
class Bytes {
 public:
  template <class T>
    requires std::is_integral_v<T>
  Bytes& add(T value) {
    auto rest = static_cast<uint64_t>(value);
    for (int byte = 0; byte < 8; ++byte, rest >>= 8) bytes_.push_back(static_cast<char>(rest));
    return *this;
  }

  Bytes& add(std::string_view text) {
    add(text.size());
    bytes_ += text;
    return *this;
  }

  Bytes& add(const std::optional<EventTime>& time) {
    add(time.has_value());
    return time ? add(time->time_since_epoch().count()) : *this;
  }

  uint64_t hash() const { return checksum_of(bytes_); }

 private:
  std::string bytes_;
};

void add(Bytes& bytes, const PartitionState& partition) {
  bytes.add(partition.source).add(partition.topic).add(partition.partition);
  bytes.add(partition.next_offset).add(partition.newest_event_time);
  bytes.add(partition.watermark).add(partition.newest_timestamp);
  bytes.add(partition.fingerprint.has_value());
  if (const auto& fingerprint = partition.fingerprint) {
    bytes.add(fingerprint->offset).add(fingerprint->timestamp_ms).add(fingerprint->hash);
  }
  bytes.add(partition.ledger.read).add(partition.ledger.accepted).add(partition.ledger.lost);
  for (const uint64_t rejected : partition.ledger.rejected) bytes.add(rejected);
  bytes.add(partition.lost_spans.size());
  for (const LostSpan& span : partition.lost_spans) bytes.add(span.after).add(span.before);
}

void add(Bytes& bytes, const GroupingLayout& grouping) {
  bytes.add(grouping.id).add(grouping.identity).add(grouping.terms.size());
  for (const TermLayout& term : grouping.terms) bytes.add(term.term).add(term.begins);
}

}  // namespace

uint64_t checksum_of(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

uint64_t digest_of(const BlobKey& key, uint64_t checksum) {
  Bytes bytes;
  bytes.add(key.shard).add(key.grouping).add(static_cast<uint8_t>(key.kind));
  bytes.add(key.start).add(key.end).add(key.block).add(checksum);
  return bytes.hash();
}

uint64_t digest_of(const StoredState& state, uint64_t blobs_digest) {
  Bytes bytes;
  bytes.add(state.shards).add(state.sources.size());
  for (const SourceState& source : state.sources) {
    bytes.add(source.name).add(source.definition).add(source.begins);
  }
  bytes.add(state.partitions.size());
  for (const PartitionState& partition : state.partitions) add(bytes, partition);
  bytes.add(state.groupings.size());
  for (const GroupingLayout& grouping : state.groupings) add(bytes, grouping);
  bytes.add(state.amendments.size());
  for (const AmendmentCount& count : state.amendments) {
    bytes.add(count.shard).add(count.kpi).add(count.window).add(count.amendments);
  }
  bytes.add(state.publisher).add(blobs_digest);
  // What a later format has added comes behind all that, and zeros not at all: a store that was
  // migrated keeps its digest.
  for (size_t i = 0; i < state.partitions.size(); ++i) {
    const uint64_t amending = state.partitions[i].ledger.amending;
    if (amending > 0) bytes.add(i).add(amending);
  }
  return bytes.hash();
}

}  // namespace kpid
