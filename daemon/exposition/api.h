#pragma once

#include <string>

#include "daemon/exposition/publication.h"
#include "daemon/exposition/web.h"

namespace kpid {

/// The body of `/api/v1/kpis`: every KPI with its shown windows and their samples, and those held
/// with the reason.
std::string kpis_json(const Publication& publication);

/// The body of `/api/v1/status/config`.
std::string config_json(const WebSettings& settings);

/// The body of `/api/v1/status/buildinfo`.
std::string build_info_json();

/// The body of `/api/v1/status/runtimeinfo`.
std::string runtime_info_json(const WebSettings& settings, const Publication& publication,
                              EventTime clock);

}  // namespace kpid
