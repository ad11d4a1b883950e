#pragma once

#include <cstdint>

#include "pipeline/event/record.h"

namespace kpid {

/// What tells a topic from another of the same name: the last record applied. Another record at
/// that offset, or an end of the log below it, means that the topic was recreated or truncated.
struct Fingerprint {
  int64_t offset = 0;
  int64_t timestamp_ms = -1;  ///< the record's own; -1 for none
  uint64_t hash = 0;          ///< XXH3 of the value, seed 0

  bool operator==(const Fingerprint&) const = default;
};

Fingerprint fingerprint_of(const Record& record);

}  // namespace kpid
