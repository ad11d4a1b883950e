#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/event/record.h"

namespace kpid {

/// Records of one partition without end: the same values again and again, each at an offset of its
/// own.
class Feed {
 public:
  explicit Feed(std::vector<std::string> values, int64_t first_offset = 0)
      : values_(std::move(values)), offset_(first_offset) {}

  /// The next `count`; valid until the next call.
  RecordBatch next(size_t count) {
    batch_.clear();
    for (size_t i = 0; i < count; ++i, ++offset_) {
      const std::string& value = values_[static_cast<size_t>(offset_) % values_.size()];
      batch_.push_back({.value = value, .offset = offset_, .timestamp = {}});
    }
    return batch_;
  }

 private:
  std::vector<std::string> values_;
  int64_t offset_;
  std::vector<Record> batch_;
};

}  // namespace kpid
