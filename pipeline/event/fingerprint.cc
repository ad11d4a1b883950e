#include "pipeline/event/fingerprint.h"

#include <xxhash.h>

namespace kpid {

Fingerprint fingerprint_of(const Record& record) {
  return {.offset = record.offset,
          .timestamp_ms = record.timestamp ? record.timestamp->time_since_epoch().count() : -1,
          .hash = XXH3_64bits(record.value.data(), record.value.size())};
}

}  // namespace kpid
