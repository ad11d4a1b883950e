#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/result.h"

namespace kpid {

/// Where to listen.
struct ListenAddress {
  std::string host;   ///< without brackets; empty: every address, IPv6 and IPv4
  uint16_t port = 0;  ///< 0: any free port
};

/// Reads `:8437`, `127.0.0.1:0`, `[::1]:9000`, `localhost:8437`.
Result<ListenAddress> parse_listen_address(std::string_view text);

/// A TCP socket that listens and does not block. Owns its descriptor.
class ListenSocket {
 public:
  /// Fails when the address is unknown or taken, saying which and why.
  static Result<ListenSocket> open(const ListenAddress& address);

  ListenSocket(ListenSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), port_(other.port_) {}
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();

  /// The port it has, the real one where 0 was asked for.
  uint16_t port() const { return port_; }

  /// Gives the descriptor away.
  int release() { return std::exchange(descriptor_, -1); }

 private:
  ListenSocket(int descriptor, uint16_t port) : descriptor_(descriptor), port_(port) {}

  int descriptor_;
  uint16_t port_;
};

}  // namespace kpid
