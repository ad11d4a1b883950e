#pragma once

#include "config/settings.h"
#include "daemon/command_line.h"

namespace kpid {

/// `kpid run`: works until SIGTERM or SIGINT. Answers with the exit code.
int run(const Settings& settings, const RunOptions& options);

/// `kpid demo`: a Kafka with made-up events in this process, and kpid on the pack `demo`, with its
/// state in a fresh temporary directory that is removed at the end.
int demo(const DemoOptions& options);

}  // namespace kpid
