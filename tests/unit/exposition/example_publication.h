#pragma once

#include "daemon/exposition/publication.h"

namespace kpid {

/// The instant at which everything below was published: 2026-03-01T12:00:00Z.
extern const EventTime kPublishedAt;

/// A publication made by hand with one of everything: KPIs with and without groups, units and
/// quotients, final, provisional, live and incomplete windows, held ones, and two partitions, of
/// which one may not show its ledger yet. Texts have every character that needs escaping.
Publication example_publication();

}  // namespace kpid
