#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/checkpoint_store.h"
#include "tests/support/file_contents.h"
#include "tests/support/temporary_directory.h"

namespace kpid {

inline constexpr EventTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 3 / 29}};

inline BlobWrite blob_write(BlobKey key, const std::string& bytes) {
  return {key, {BlobPiece::of(bytes)}};
}

inline PartitionState partition_at(int32_t partition, int64_t next_offset) {
  PartitionState state;
  state.source = "sales";
  state.topic = "shop.sales";
  state.partition = partition;
  state.next_offset = next_offset;
  return state;
}

/// A checkpoint of one shard, one partition and one grouping, with this offset.
inline Checkpoint small_checkpoint(int64_t next_offset) {
  Checkpoint checkpoint;
  checkpoint.sources = {{"sales", "topic: shop.sales\n", std::nullopt}};
  ShardCheckpoint part;
  part.partitions = {partition_at(0, next_offset)};
  part.groupings = {{7, "sales by region", {{"count(sales)", std::nullopt}}}};
  checkpoint.parts = {part};
  return checkpoint;
}

/// The store in `directory`, opened; REQUIRES: it can be.
inline OpenedStore opened(const std::filesystem::path& directory) {
  auto result = open_store(directory, kNow);
  if (!result) throw std::runtime_error(result.error().text);
  return std::move(*result);
}

/// Names and contents of the files in a directory.
inline std::vector<std::pair<std::string, std::string>> files_in(
    const std::filesystem::path& directory) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.emplace_back(entry.path().filename().string(), contents_of(entry.path()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace kpid
