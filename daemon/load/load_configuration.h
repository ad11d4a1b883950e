#pragma once

#include <string>

#include "daemon/command_line.h"

namespace kpid {

/// A configuration of kpid that reads what `kpid generate-load` with these options makes, with a
/// few KPIs of it. Where the load does not go to Kafka there is no section `kafka`; what its
/// properties are is never printed, for they may be secrets.
std::string configuration_for_load(const GenerateLoadOptions& options);

}  // namespace kpid
