#pragma once

#include <cstdint>

#include "daemon/store/database.h"
#include "pipeline/state.h"

namespace kpid {

/// Writes a checkpoint over the one before it; answers with the bytes of the blobs written.
/// REQUIRES: a transaction; see CheckpointStore::save for the checkpoint.
uint64_t write_checkpoint(Database& database, const Checkpoint& checkpoint);

/// Writes everything but the blobs over what was there; the blobs stay as they are.
/// REQUIRES: a transaction; `state` is in the order in which it was read.
void write_without_blobs(Database& database, const StoredState& state);

}  // namespace kpid
