#pragma once

#include <cstdint>
#include <string_view>

#include "pipeline/state.h"

namespace kpid {

/// XXH3 of the bytes of a blob.
uint64_t checksum_of(std::string_view bytes);

/// XXH3 of a blob's key and checksum. The sum of these over all blobs, modulo 2^64, says which
/// blobs belong to a checkpoint; it can be carried on without reading the blobs that stay.
uint64_t digest_of(const BlobKey& key, uint64_t checksum);

/// XXH3 of everything but the blobs, and of their sum. `state` is in the order of the tables.
uint64_t digest_of(const StoredState& state, uint64_t blobs_digest);

}  // namespace kpid
