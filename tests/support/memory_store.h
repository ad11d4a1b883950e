#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "pipeline/state.h"

namespace kpid {

/// Keeps checkpoints as the store does, in memory: applies what changed, removes what is named and
/// everything of other shards and groupings, and gives the whole back.
class MemoryStore {
 public:
  MemoryStore() = default;
  /// One in which that was found.
  explicit MemoryStore(StoredState state) {
    for (const Blob& blob : state.blobs) blobs_[blob.key] = blob.bytes;
    state.blobs.clear();
    state_ = std::move(state);
  }

  /// Applies a checkpoint, all of it.
  void save(const Checkpoint& checkpoint) {
    state_.emplace();
    state_->shards = checkpoint.shards;
    state_->sources = checkpoint.sources;
    state_->publisher = checkpoint.publisher;
    std::set<uint32_t> groupings;
    for (const ShardCheckpoint& part : checkpoint.parts) {
      for (const BlobKey& key : part.removals) blobs_.erase(key);
      for (const BlobWrite& write : part.writes) blobs_[write.key] = bytes_of(write);
      state_->partitions.insert(state_->partitions.end(), part.partitions.begin(),
                                part.partitions.end());
      state_->amendments.insert(state_->amendments.end(), part.amendments.begin(),
                                part.amendments.end());
      state_->groupings = part.groupings;
    }
    for (const GroupingLayout& layout : state_->groupings) groupings.insert(layout.id);
    std::erase_if(blobs_, [&](const auto& entry) {
      return entry.first.shard >= checkpoint.shards || !groupings.contains(entry.first.grouping);
    });
  }

  /// What a start finds; nothing before the first checkpoint.
  std::optional<StoredState> load() const {
    auto state = state_;
    if (!state) return state;
    for (const auto& [key, bytes] : blobs_) state->blobs.push_back({key, bytes});
    return state;
  }

  const std::map<BlobKey, std::string>& blobs() const { return blobs_; }

  static std::string bytes_of(const BlobWrite& write) {
    std::string bytes;
    for (const BlobPiece& piece : write.pieces) bytes += piece.bytes;
    return bytes;
  }

 private:
  std::optional<StoredState> state_;
  std::map<BlobKey, std::string> blobs_;
};

}  // namespace kpid
