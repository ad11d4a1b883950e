#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "daemon/store/checkpoint_store.h"
#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

/// Makes checkpoints at random, and keeps what the store should hold.
class Model {
 public:
  Checkpoint next() {
    Checkpoint checkpoint;
    checkpoint.shards = *rc::gen::inRange<uint32_t>(1, 4);
    checkpoint.publisher = *rc::gen::arbitrary<std::string>();
    for (const std::string& name : *rc::gen::arbitrary<std::set<std::string>>()) {
      checkpoint.sources.push_back({name, *rc::gen::arbitrary<std::string>(), time()});
    }
    const std::vector<GroupingLayout> groupings = layouts();
    forget_gone(checkpoint.shards, groupings);
    int32_t partition = 0;
    for (uint32_t shard = 0; shard < checkpoint.shards; ++shard) {
      checkpoint.parts.push_back(part(shard, groupings, partition));
    }
    remember(checkpoint);
    return checkpoint;
  }

  StoredState expected() const {
    StoredState state = state_;
    for (const auto& [key, bytes] : blobs_) state.blobs.push_back({key, bytes});
    return state;
  }

 private:
  static std::optional<EventTime> time() {
    if (!*rc::gen::arbitrary<bool>()) return std::nullopt;
    return EventTime{Duration{*rc::gen::arbitrary<int64_t>()}};
  }

  static std::vector<GroupingLayout> layouts() {
    std::vector<GroupingLayout> groupings;
    for (uint32_t id = 0; id < 4; ++id) {
      if (*rc::gen::arbitrary<bool>()) continue;
      GroupingLayout grouping{id, *rc::gen::arbitrary<std::string>(), {}};
      for (const std::string& term : *rc::gen::arbitrary<std::vector<std::string>>()) {
        grouping.terms.push_back({term, time()});
      }
      groupings.push_back(grouping);
    }
    return groupings;
  }

  static PartitionState partition_state(int32_t partition) {
    PartitionState state = partition_at(partition, *rc::gen::arbitrary<int64_t>());
    state.newest_event_time = time();
    state.watermark = time();
    state.newest_timestamp = time();
    if (*rc::gen::arbitrary<bool>()) {
      state.fingerprint =
          Fingerprint{*rc::gen::arbitrary<int64_t>(), *rc::gen::arbitrary<int64_t>(),
                      *rc::gen::arbitrary<uint64_t>()};
    }
    state.ledger.read = *rc::gen::arbitrary<uint64_t>();
    state.ledger.accepted = *rc::gen::arbitrary<uint64_t>();
    state.ledger.lost = *rc::gen::arbitrary<uint64_t>();
    state.ledger.amending = *rc::gen::arbitrary<uint64_t>();
    for (uint64_t& rejected : state.ledger.rejected) rejected = *rc::gen::inRange<uint64_t>(0, 3);
    while (*rc::gen::inRange(0, 3) == 0) state.lost_spans.push_back({time(), time()});
    return state;
  }

  ShardCheckpoint part(uint32_t shard, const std::vector<GroupingLayout>& groupings,
                       int32_t& partition) {
    ShardCheckpoint part;
    part.shard = shard;
    part.groupings = groupings;
    for (int32_t end = partition + *rc::gen::inRange(0, 3); partition < end; ++partition) {
      part.partitions.push_back(partition_state(partition));
    }
    if (*rc::gen::arbitrary<bool>()) {
      part.amendments.push_back({shard, "revenue", "1h", *rc::gen::arbitrary<uint64_t>()});
    }
    std::map<BlobKey, std::string> writes;
    for (int blob = *rc::gen::inRange(0, 6); blob > 0 && !groupings.empty(); --blob) {
      BlobKey key{.shard = shard, .start = 0, .end = 0};
      key.grouping = (*rc::gen::elementOf(groupings)).id;
      key.kind = *rc::gen::element(BlobKey::Kind::kGroupKeys, BlobKey::Kind::kGroupTimes,
                                   BlobKey::Kind::kSliceRows);
      key.start = *rc::gen::inRange<int64_t>(-2, 2) * 60'000;
      key.end = key.start + 60'000;
      key.block = *rc::gen::inRange<uint32_t>(0, 3);
      writes[key] = *rc::gen::arbitrary<std::string>() +
                    std::string(*rc::gen::inRange<size_t>(0, 10'000), 'x');
    }
    for (const auto& [key, bytes] : blobs_) {
      if (key.shard == shard && *rc::gen::inRange(0, 4) == 0) part.removals.push_back(key);
    }
    for (const auto& [key, bytes] : writes) part.writes.push_back(blob_write(key, bytes));
    return part;
  }

  void forget_gone(uint32_t shards, const std::vector<GroupingLayout>& groupings) {
    std::erase_if(blobs_, [&](const auto& blob) {
      const BlobKey& key = blob.first;
      return key.shard >= shards ||
             std::ranges::find(groupings, key.grouping, &GroupingLayout::id) == groupings.end();
    });
  }

  void remember(const Checkpoint& checkpoint) {
    state_ = {};
    state_.shards = checkpoint.shards;
    state_.sources = checkpoint.sources;
    state_.publisher = checkpoint.publisher;
    state_.groupings = checkpoint.parts[0].groupings;
    for (const ShardCheckpoint& part : checkpoint.parts) {
      for (const auto& partition : part.partitions) state_.partitions.push_back(partition);
      for (const auto& count : part.amendments) state_.amendments.push_back(count);
      for (const BlobKey& key : part.removals) blobs_.erase(key);
      for (const BlobWrite& write : part.writes) blobs_[write.key] = write.pieces[0].bytes;
    }
  }

  StoredState state_;
  std::map<BlobKey, std::string> blobs_;
};

void expect_equal(const StoredState& actual, const StoredState& expected) {
  RC_ASSERT(actual.shards == expected.shards);
  RC_ASSERT(actual.sources == expected.sources);
  RC_ASSERT(actual.partitions == expected.partitions);
  RC_ASSERT(actual.groupings == expected.groupings);
  RC_ASSERT(actual.amendments == expected.amendments);
  RC_ASSERT(actual.publisher == expected.publisher);
  RC_ASSERT(actual.blobs.size() == expected.blobs.size());
  for (size_t blob = 0; blob < expected.blobs.size(); ++blob) {
    RC_ASSERT(actual.blobs[blob].key == expected.blobs[blob].key);
    RC_ASSERT(actual.blobs[blob].bytes == expected.blobs[blob].bytes);
  }
}

TEST(CheckpointStore, GivesBackWhatAnyRowOfCheckpointsLeft) {
  const bool holds = rc::check([] {
    TemporaryDirectory directory;
    Model model;
    for (int round = *rc::gen::inRange(1, 6); round > 0; --round) {
      const OpenedStore store = opened(directory.path());
      RC_ASSERT(!store.set_aside.has_value());
      for (int save = *rc::gen::inRange(1, 4); save > 0; --save) {
        RC_ASSERT(store.store->save(model.next()).has_value());
      }
      const auto seen = read_checkpoint(directory.path());
      RC_ASSERT(seen.has_value());
      expect_equal(seen->value(), model.expected());
    }
    expect_equal(opened(directory.path()).state.value(), model.expected());
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace kpid
