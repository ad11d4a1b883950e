#include "daemon/version.h"

namespace kpid {

std::string_view version() { return KPID_VERSION; }

}  // namespace kpid
