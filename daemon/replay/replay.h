#pragma once

#include <cstdio>

#include "config/settings.h"
#include "daemon/command_line.h"

namespace kpid {

/// `kpid replay`: reads files as partitions, aligned by event time, to their ends, and prints every
/// window of every group that exists, once, when nothing can amend it any more. Windows go to
/// `out`, the ledger and what was left out to `err`. Answers with the exit code.
int replay(const Settings& settings, const ReplayOptions& options, std::FILE* out, std::FILE* err);

}  // namespace kpid
