#pragma once

#include "daemon/command_line.h"
#include "pipeline/event/time.h"

namespace kpid {

/// When the first event of the load is sent, in event time, for a command that starts at `now`.
/// Without --start the load is of the present: no event is sent before its time has come, and the
/// last one when it has. So what goes as fast as it can ends now, and what goes at the rate of its
/// event time begins now.
EventTime start_of_load(const GenerateLoadOptions& options, EventTime now);

/// Whether every event would be where event times may be.
bool fits_event_time(const GenerateLoadOptions& options, EventTime start);

}  // namespace kpid
