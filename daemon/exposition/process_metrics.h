#pragma once

#include "daemon/exposition/page_writer.h"

namespace kpid {

/// Writes the `process_...` families of this process, under the names that every Prometheus client
/// uses, as Linux' /proc has them. What cannot be read is left out.
void write_process_metrics(PageWriter& page);

}  // namespace kpid
