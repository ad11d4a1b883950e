#include "pipeline/event/text_arena.h"

#include <algorithm>
#include <cstring>

namespace kpid {

namespace {
// Small enough to stay in cache beside the columns, large enough that a batch needs few of them.
constexpr size_t kBlockBytes = 64 * 1024;
}  // namespace

char* TextArena::allocate(size_t size) {
  while (block_ < blocks_.size() && used_ + size > blocks_[block_].size) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    const size_t block_size = std::max(size, kBlockBytes);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(block_size), block_size});
    used_ = 0;
  }
  char* start = blocks_[block_].bytes.get() + used_;
  used_ += size;
  return start;
}

std::string_view TextArena::keep(std::string_view text) {
  char* start = allocate(text.size());
  if (!text.empty()) std::memcpy(start, text.data(), text.size());
  return {start, text.size()};
}

void TextArena::clear() {
  block_ = 0;
  used_ = 0;
}

}  // namespace kpid
