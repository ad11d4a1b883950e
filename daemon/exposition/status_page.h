#pragma once

#include <string>

#include "daemon/exposition/publication.h"

namespace kpid {

/// The HTML of `/`: what this is, whether it is ready, and every KPI with its current values. One
/// document without scripts or external resources; light or dark as the reader's system is.
std::string status_page(const Publication& publication, EventTime clock);

}  // namespace kpid
