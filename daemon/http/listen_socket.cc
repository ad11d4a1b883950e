#include "daemon/http/listen_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace kpid {

namespace {

// Scrapers and people that may wait to be accepted; more than ever come at once.
constexpr int kBacklog = 128;

std::string shown(const ListenAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", address.host, address.port)
                 : fmt::format("{}:{}", address.host, address.port);
}

uint16_t port_of(int descriptor) {
  sockaddr_storage bound{};
  socklen_t length = sizeof(bound);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return 0;
  return bound.ss_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6&>(bound).sin6_port)
                                     : ntohs(reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

// A listening descriptor, or -1 with errno set.
int listen_on(const addrinfo& place) {
  const int descriptor =
      socket(place.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return -1;
  const int on = 1;
  const int off = 0;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (place.ai_family == AF_INET6) {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  if (bind(descriptor, place.ai_addr, place.ai_addrlen) == 0 && listen(descriptor, kBacklog) == 0) {
    return descriptor;
  }
  const int reason = errno;
  close(descriptor);
  errno = reason;
  return -1;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto refused = [&] {
    return failure(fmt::format(
        "'{}' is not an address to listen on; write :8437, 127.0.0.1:8437 or [::1]:8437", text));
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused();
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  uint16_t port = 0;
  const auto [rest, status] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (port_text.empty() || status != std::errc{} || rest != port_text.data() + port_text.size()) {
    return refused();
  }
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 3) return refused();
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return refused();
  }
  return ListenAddress{std::string(host), port};
}

Result<ListenSocket> ListenSocket::open(const ListenAddress& address) {
  addrinfo wanted{};
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                 std::to_string(address.port).c_str(), &wanted, &found);
  if (status != 0) {
    return failure(fmt::format("cannot listen on {}: {}", shown(address), gai_strerror(status)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> places(found, freeaddrinfo);

  // Without a host IPv6 comes first: its socket takes IPv4 too. Where the machine has no IPv6,
  // IPv4 alone is what can be had.
  int reason = 0;
  for (const int family : {AF_INET6, AF_INET}) {
    for (const addrinfo* place = found; place != nullptr; place = place->ai_next) {
      if (place->ai_family != family) continue;
      const int descriptor = listen_on(*place);
      if (descriptor >= 0) return ListenSocket(descriptor, port_of(descriptor));
      const bool no_such_address = errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
      if (reason == 0 || !no_such_address) reason = errno;
      if (!no_such_address) break;
    }
    if (reason == EADDRINUSE || reason == EACCES) break;
  }
  return failure(fmt::format("cannot listen on {}: {}{}", shown(address), std::strerror(reason),
                             reason == EADDRINUSE ? "; choose another --web.listen-address" : ""));
}

ListenSocket::~ListenSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace kpid
