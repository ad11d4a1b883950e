#pragma once

#include <cstdio>

#include "daemon/command_line.h"

namespace kpid {

/// `kpid generate-load`: makes up sales and sends them to Kafka, or writes them to a file or `out`,
/// until all are sent or a signal says to end. Sums up on `err`, every ten seconds too. Answers
/// with the exit code: failed where an event was not delivered.
int generate_load(const GenerateLoadOptions& options, std::FILE* out, std::FILE* err);

}  // namespace kpid
