#pragma once

#include <cstdint>

#include "daemon/store/database.h"

namespace kpid {

/// The format that this version writes; FORMAT.md describes it. What is older is turned into it
/// between `identify` and `read_state`, in one transaction.
inline constexpr int64_t kStoreFormat = 3;

/// What a file is, judged by its format alone.
enum class StoreKind : uint8_t {
  kEmpty,    ///< a new file, without any table
  kCurrent,  ///< of format `kStoreFormat`
  kOlder,    ///< of an earlier version of kpid
  kNewer,    ///< of a later version of kpid
};

/// Tells what the file is. Anything but these kinds is reported as damage.
StoreKind identify(Database& database);

/// Turns a file of an older format into one of `kStoreFormat`, in one transaction. What it holds
/// stays as it is, so `read_state` finds out afterwards whether that was whole.
void migrate(Database& database);

/// Makes the tables of an empty file, in one transaction.
void create_tables(Database& database);

}  // namespace kpid
