#pragma once

#include "tests/bench/effort.h"

namespace kpid {

/// Prints what a checkpoint and a restart cost, along the number of groups.
void print_checkpoints(const Effort& effort);

/// G6: prints the longest turn of an ingest loop while 100 MB are saved on another thread, and of
/// the same loop for as long without.
void print_checkpoint_pause(const Effort& effort);

}  // namespace kpid
