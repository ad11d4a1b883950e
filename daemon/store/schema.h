#pragma once

#include <cstdint>

#include "daemon/store/database.h"

namespace kpid {

/// The format that this version writes; FORMAT.md describes it. A later version that finds an older
/// one here turns it into its own between `identify` and `read_state`, in one transaction.
inline constexpr int64_t kStoreFormat = 1;

/// What a file is, judged by its format alone.
enum class StoreKind : uint8_t {
  kEmpty,    ///< a new file, without any table
  kCurrent,  ///< of format `kStoreFormat`
  kNewer,    ///< of a later version of kpid
};

/// Tells what the file is. Anything but the three kinds is reported as damage.
StoreKind identify(Database& database);

/// Makes the tables of an empty file, in one transaction.
void create_tables(Database& database);

}  // namespace kpid
