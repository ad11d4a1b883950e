#pragma once

#include <chrono>
#include <list>
#include <unordered_map>

#include "pipeline/event/time.h"

namespace kpid {

/// The open connections of a server, by how long each has been without a complete answer. Decides
/// which ones to cut; the caller closes them. Never asks a clock.
class Connections {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  Connections(size_t most, Duration deadline) : most_(most), deadline_(deadline) {}

  /// A connection was accepted. Gives the descriptor of another that must make room for it, or -1.
  int opened(int descriptor, Instant now);
  /// An answer was sent completely: the connection's deadline begins anew.
  void answered(int descriptor, Instant now);
  void closed(int descriptor);

  /// A connection whose deadline has come, or -1. Each is given once: call until -1.
  int overdue(Instant now);
  /// When `overdue` will next have one; the end of time without connections.
  Instant next_deadline() const;

 private:
  struct Waiting {
    int descriptor;
    Instant since;
  };

  int take_oldest();

  const size_t most_;
  const Duration deadline_;
  std::list<Waiting> waiting_;  ///< ascending by `since`, so the first is the oldest
  std::unordered_map<int, std::list<Waiting>::iterator> places_;  ///< of those in `waiting_`
};

}  // namespace kpid
