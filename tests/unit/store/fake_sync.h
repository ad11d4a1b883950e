#pragma once

#include <atomic>

namespace kpid {

/// A program that links fake_sync.cc does not wait for the disk: fsync answers at once. While this
/// is true it answers that writes were lost.
extern std::atomic<bool> syncs_fail;

}  // namespace kpid
