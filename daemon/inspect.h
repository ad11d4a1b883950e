#pragma once

#include <cstdio>

#include "config/settings.h"
#include "daemon/command_line.h"

namespace kpid {

/// `kpid inspect`: prints what a store holds, without changing it: every partition with its offset,
/// watermark and ledger, then every window in replay's form, provisional ones too. Answers with the
/// exit code.
int inspect(const Settings& settings, const InspectOptions& options, std::FILE* out,
            std::FILE* err);

}  // namespace kpid
