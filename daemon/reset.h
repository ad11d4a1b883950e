#pragma once

#include <cstdio>

#include "config/settings.h"
#include "daemon/command_line.h"

namespace kpid {

/// `kpid reset`: lets a stopped topic be read again, from its beginning or its end. What was
/// counted stays counted, and watermarks stay where they are. `settings` say how to reach Kafka;
/// without them the log's beginning is offset 0. Answers with the exit code.
int reset(const Settings* settings, const ResetOptions& options, std::FILE* out, std::FILE* err);

}  // namespace kpid
