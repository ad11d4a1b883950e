#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/exposition/probe.h"
#include "daemon/exposition/publication.h"
#include "daemon/http/http_server.h"

namespace kpid {

/// What the pages say about this process. Secrets are redacted already.
struct WebSettings {
  std::string prefix = "kpi_";  ///< `publish.prefix`
  std::string config_text;      ///< the configuration as YAML, redacted
  EventTime started_at{};       ///< the clock at the start
  std::string storage_path;     ///< empty: none
  uint32_t workers = 1;
};

/// Gives what was published last; never nothing. Called on the server's thread.
using PublicationProvider = std::function<std::shared_ptr<const Publication>()>;

/// Asks the clock.
using Clock = std::function<EventTime()>;

/// The handler for all paths of REFERENCE. A metrics page is made at the first scrape that
/// asks for its format and encoding, and shared by all scrapes of the next second as long as the
/// publication is the same. `probe` must outlive the handler.
HttpHandler make_web_handler(WebSettings settings, Probe& probe, PublicationProvider publication,
                             Clock clock);

}  // namespace kpid
