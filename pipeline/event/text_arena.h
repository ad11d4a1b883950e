#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace kpid {

/// Bytes that live as long as their batch: decoded text that no longer lies in the record.
/// Addresses are stable until `clear`, which keeps the memory for the next batch.
class TextArena {
 public:
  /// Room for `size` bytes, uninitialised, valid until `clear`.
  char* allocate(size_t size);
  /// A copy of `text` that lives in the arena.
  std::string_view keep(std::string_view text);
  /// Forgets all texts; the blocks stay for reuse.
  void clear();

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };

  std::vector<Block> blocks_;
  size_t block_ = 0;  ///< the block in use
  size_t used_ = 0;   ///< bytes used in it
};

}  // namespace kpid
