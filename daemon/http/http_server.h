#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/http/listen_socket.h"
#include "pipeline/result.h"

namespace kpid {

/// A GET or HEAD request, as far as anything here looks at it.
struct HttpRequest {
  std::string path;             ///< percent-decoded, without the query: "/metrics"
  std::string accept;           ///< the header's value; empty without one
  std::string accept_encoding;  ///< likewise
};

/// An answer. Bodies are shared, never copied: the same page goes to every client that asks.
struct HttpResponse {
  uint32_t status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;  ///< further ones
  std::shared_ptr<const std::string> body;                   ///< nothing: an empty one
};

/// Makes the answer to a request; HEAD gets the same without the body. Runs on the server's one
/// thread, so it must be quick and wait for nobody; it must not throw.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpServerOptions {
  ListenAddress address{"", 8437};
  /// When one more comes, the connection that has been without a complete answer for the longest
  /// makes room: a crowd of slow clients displaces itself, never a scrape.
  uint32_t max_connections = 512;
  /// A connection is closed this long after it was opened or after its last complete answer,
  /// whatever trickles in or out meanwhile.
  std::chrono::milliseconds connection_deadline = std::chrono::seconds{30};
};

/// Serves GET and HEAD over HTTP/1.1 with keep-alive; anything else is 405. One thread for all
/// connections; no client can make another wait. A request line with its headers may have 16 KiB.
class HttpServer {
 public:
  /// Listens and serves. Fails when the address cannot be had, saying which and why.
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options,
                                                   HttpHandler handler);
  /// Stops at once: open connections are cut, the thread has ended on return.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The port it listens on; the real one where 0 was asked for.
  uint16_t port() const;

 private:
  struct Loop;
  explicit HttpServer(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

}  // namespace kpid
