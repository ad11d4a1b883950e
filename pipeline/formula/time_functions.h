#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "pipeline/event/text_arena.h"

namespace kpid {

// What formulas read from a wall clock.

/// The hour of the day, 0 to 23.
int64_t hour_of(std::chrono::local_seconds clock);

/// The day of the week, Monday 1 to Sunday 7. Source: ISO 8601.
int64_t weekday_of(std::chrono::local_seconds clock);

/// The date as "2026-03-29", in the arena.
std::string_view date_of(std::chrono::local_seconds clock, TextArena& arena);

}  // namespace kpid
