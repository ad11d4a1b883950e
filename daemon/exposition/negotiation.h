#pragma once

#include <string_view>

#include "daemon/exposition/page_writer.h"

namespace kpid {

/// The format that an Accept header likes best: OpenMetrics only where it is named, and at least as
/// welcome as the text format. Unknown, empty and broken headers get the text format.
PageFormat negotiate_format(std::string_view accept);

/// Whether an Accept-Encoding header allows gzip: named, or `*`, with a quality above 0.
bool accepts_gzip(std::string_view accept_encoding);

/// What the Content-Type header says about a page: with its version, as Prometheus wants it.
std::string_view content_type_of(PageFormat format);

}  // namespace kpid
