#pragma once

#include <optional>

#include "daemon/store/database.h"
#include "pipeline/state.h"

namespace kpid {

/// Reads the whole checkpoint and holds it against its checksums. Nothing: none was ever saved, or
/// an error was reported; what does not fit is reported as damage.
std::optional<StoredState> read_state(Database& database);

}  // namespace kpid
