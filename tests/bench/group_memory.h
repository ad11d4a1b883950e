#pragma once

#include "tests/bench/effort.h"

namespace kpid {

/// G5: prints what groups take that had an event in every slice that G1's four window families
/// still need, after all older ones have been made coarser or were dropped.
void print_group_memory(const Effort& effort);

}  // namespace kpid
