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
  int64_t amount = 1;  ///< positive

  auto operator<=>(const LookBack&) const = default;
};

/// As a user would write it: "7d", "1 year", "3 months", "2 windows".
std::string to_string(const LookBack& span);

/// What is wrong with looking back from windows of `spec`, and what to write instead.
struct LookBackMistake {
  std::string text;
  std::string hint;
};

/// Why no window of `spec` has another of the same kind `span` earlier; nothing where each has.
std::optional<LookBackMistake> check_earlier(const WindowSpec& spec, const LookBack& span);
/// Why there is no stretch of `span` before a window of `spec`; nothing where there is.
std::optional<LookBackMistake> check_memory(const WindowSpec& spec, const LookBack& span);

/// The window of the same kind that lies `span` before `window`, one of `spec` or one that such
/// a call returned. REQUIRES: check_earlier finds nothing.
Window earlier(const WindowSpec& spec, const Window& window, const LookBack& span);
/// The stretch of `span` that ends where `window` starts. REQUIRES: check_memory finds nothing.
Window memory_before(const WindowSpec& spec, const Window& window, const LookBack& span);

/// Windows whose boundaries are those that looking back meets beside `spec`'s own; nothing where
/// it meets no others.
std::optional<WindowSpec> cuts_of_earlier(const WindowSpec& spec, const LookBack& span);
std::optional<WindowSpec> cuts_of_memory(const WindowSpec& spec, const LookBack& span);

/// How long before a window's start what it looks back at begins, at most.
Duration longest_look_back(const WindowSpec& spec, const LookBack& span);

}  // namespace kpid
