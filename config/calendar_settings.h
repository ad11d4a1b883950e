#pragma once

#include "config/mapping_reader.h"
#include "pipeline/window/calendar.h"

namespace kpid {

/// Reads `time_zone`, `week_starts` and `year_starts`; what is left out stays as it is in `rules`.
void read_calendar_rules(const MappingReader& reader, CalendarRules& rules);

}  // namespace kpid
