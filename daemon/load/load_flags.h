#pragma once

#include "daemon/command_line.h"

namespace CLI {
class App;
}

namespace kpid {

/// Adds the flags of `generate-load`, which fill `load`. Both outlive the parse.
void add_load_flags(CLI::App& command, GenerateLoadOptions& load);

/// After the parse: fills in what follows from other flags. Throws CLI::ValidationError where flags
/// contradict each other or make no stream.
void finish_load_flags(const CLI::App& command, GenerateLoadOptions& load);

}  // namespace kpid
