#pragma once

#include <string_view>

#include "daemon/exposition/label_texts.h"
#include "daemon/exposition/page_writer.h"
#include "pipeline/publish/snapshot.h"

namespace kpid {

/// Writes every family that comes from a snapshot: the KPIs with their samples and sides, what is
/// known about their windows (`kpid_kpi_...`), the ledger of the sources that have caught up, and
/// the progress of all partitions. Names and help of these families stand in kpi_page.cc alone.
///
/// `prefix` begins the names of the KPIs' own families (`publish.prefix`). `labels` are those of
/// the page before, which are used again.
void write_snapshot(PageWriter& page, const Snapshot& snapshot, std::string_view prefix,
                    LabelTextCache& labels);

}  // namespace kpid
