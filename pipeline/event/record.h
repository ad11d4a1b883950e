#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pipeline/event/time.h"

namespace kpid {

/// An undecoded message of one partition. Borrows its bytes: valid until the batch is consumed.
struct Record {
  std::string_view value;  ///< empty for a null value
  int64_t offset = 0;
  std::optional<EventTime> timestamp;  ///< the record's own; nothing in replay
};

/// Records of one partition, ascending by offset, with possible holes.
using RecordBatch = std::span<const Record>;

}  // namespace kpid
