#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kpid {

/// One TCP connection to a server under test, and nothing between: what is sent is what was
/// written. Reading gives up after five seconds, so a broken server fails a test, never hangs it.
class HttpClient {
 public:
  /// Connects to 127.0.0.1, or to ::1.
  explicit HttpClient(uint16_t port, bool ipv6 = false);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool connected() const { return connected_; }

  /// Whether all of it could be sent.
  bool send(std::string_view bytes);

  /// One answer: the status line, the headers and as much body as Content-Length says (none after
  /// HEAD). Empty when the server closed instead.
  std::string read_answer(bool head = false);

  /// True when the server closes without a further byte.
  bool sees_end();

  /// Sends a request of this method with the headers, each ending in CRLF, and reads its answer.
  std::string ask(std::string_view method, std::string_view path, std::string_view headers = "");

 private:
  bool fill();

  int descriptor_;
  bool connected_ = false;
  std::string buffer_;  ///< read, but not given out yet
};

/// The parts of an answer.
std::string body_of(std::string_view answer);
/// The header's value; empty without one. `name` as the server writes it.
std::string header_of(std::string_view answer, std::string_view name);
/// The number in the status line; 0 without one.
int status_of(std::string_view answer);

}  // namespace kpid
