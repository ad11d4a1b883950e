#pragma once

#include <chrono>
#include <set>
#include <string>

#include "daemon/exposition/publication.h"

namespace kpid {

/// How far the start is, in one short line: "catching up: 7 of 10 records read (70 %)". Empty when
/// it is ready.
std::string progress_line(const Readiness& readiness);

/// Tells the operator how the start goes: a line on a terminal that moves, else a line of the log
/// every few seconds; "ready", once; and every source that a lasting fault holds.
class StartLog {
 public:
  /// Once per publication.
  void update(const Readiness& readiness, std::chrono::steady_clock::time_point now);

  /// As of the last update.
  bool was_ready() const { return was_ready_; }

 private:
  void log_faults(const Readiness& readiness);

  bool was_ready_ = false;
  std::set<std::string> faulty_;  ///< sources whose fault is logged
  std::chrono::steady_clock::time_point next_line_{};
};

}  // namespace kpid
