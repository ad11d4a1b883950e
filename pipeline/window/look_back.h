#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "pipeline/event/time.h"
#include "pipeline/result.h"
#include "pipeline/window/window_spec.h"

namespace kpid {

/// How far back a formula looks: `7d`, `1 year`, or a number of windows.
struct LookBack {
  enum class Unit : uint8_t { kWindow, kMillisecond, kDay, kWeek, kMonth, kQuarter, kYear };

  Unit unit = Unit::kWindow;
  int64_t amount = 1;  ///< above 0; the checks below refuse others

  auto operator<=>(const LookBack&) const = default;
};

/// As a user would write it: "7d", "1 year", "3 months", "2 windows".
std::string to_string(const LookBack& span);

/// What is wrong with looking back from windows of `spec`, and what to write instead.
struct LookBackMistake {
  std::string text;
  std::string hint;
};

/// Why not every window of `spec` has another of the same kind `span` earlier; nothing where each
/// has. Fixed windows move by what has a fixed length, a day of 24 hours among it; calendar
/// windows by whole units of theirs. More than a hundred years is refused.
std::optional<LookBackMistake> check_earlier(const WindowSpec& spec, const LookBack& span);
/// Why there is no stretch of `span` before a window of `spec`; nothing where there is. As above,
/// but before a calendar window any number of days, weeks, months, quarters and years will do.
std::optional<LookBackMistake> check_memory(const WindowSpec& spec, const LookBack& span);

/// The window of the same kind that lies `span` before `window`, one of `spec` or one that such
/// a call returned. Calendar windows move by the date: March 31 less a month is the last day of
/// February, and a day that the zone left out counts as the day before it; but windows are counted
/// as they are. REQUIRES: check_earlier finds nothing.
Window earlier(const WindowSpec& spec, const Window& window, const LookBack& span);
/// The stretch of `span` that ends where `window` starts, the same way; never empty.
/// REQUIRES: check_memory finds nothing.
Window memory_before(const WindowSpec& spec, const Window& window, const LookBack& span);

/// Windows whose boundaries are those that looking back meets beside `spec`'s own; nothing where
/// it meets no others. For a way back in several steps `spec` is what the steps before gave, if
/// they gave any. REQUIRES: the check of the same name finds nothing.
std::optional<WindowSpec> cuts_of_earlier(const WindowSpec& spec, const LookBack& span);
std::optional<WindowSpec> cuts_of_memory(const WindowSpec& spec, const LookBack& span);

/// How long before a window's start what it looks back at begins, at most. REQUIRES: one of the
/// checks finds nothing.
Duration longest_look_back(const WindowSpec& spec, const LookBack& span);

}  // namespace kpid
