#include "daemon/http/http_server.h"

#include <fmt/format.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "daemon/http/connections.h"
#include "pipeline/check.h"

namespace kpid {

namespace {

using Instant = Connections::Instant;

// Per connection, for the request line and all headers: far more than a scraper or browser sends,
// and all connections together stay below 10 MB.
constexpr size_t kRequestBytes = 16 * 1024;

// Connections that are being cut still count in the library until it has noticed: leave it this
// much room above our own bound.
constexpr unsigned int kClosingConnections = 64;

// The longest the loop sleeps. It needs no wake-up at all; this bounds what a lost one would cost.
constexpr int kLongestSleepMs = 10'000;

void free_body(void* body) { delete static_cast<std::shared_ptr<const std::string>*>(body); }

MHD_Response* to_library(const HttpResponse& response) {
  static const auto kNoBody = std::make_shared<const std::string>();
  // The library keeps the page alive by holding a pointer of its own to it.
  auto* const body =
      new std::shared_ptr<const std::string>(response.body ? response.body : kNoBody);
  // The parameter is not const, but the library only reads it.
  MHD_Response* const answer = MHD_create_response_from_buffer_with_free_callback_cls(
      (*body)->size(), const_cast<char*>((*body)->data()), free_body, body);
  KPID_ASSERT(answer != nullptr);
  MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type.c_str());
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(answer, name.c_str(), value.c_str());
  }
  return answer;
}

MHD_Result answer_with(MHD_Connection* connection, const HttpResponse& response) {
  MHD_Response* const answer = to_library(response);
  const MHD_Result queued = MHD_queue_response(connection, response.status, answer);
  MHD_destroy_response(answer);
  return queued;
}

HttpResponse refusal(uint32_t status, const char* text) {
  HttpResponse response;
  response.status = status;
  response.body = std::make_shared<const std::string>(text);
  return response;
}

std::string header(MHD_Connection* connection, const char* name) {
  const char* const value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::string() : std::string(value);
}

bool has_body(MHD_Connection* connection) {
  const std::string length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
  return (!length.empty() && length != "0") ||
         !header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING).empty();
}

int descriptor_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* const info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

}  // namespace

// The library does the protocol; the loop around it is ours, so that deadlines need no lock and no
// second thread: everything below runs on one thread.
struct HttpServer::Loop {
  explicit Loop(const HttpServerOptions& options, HttpHandler with)
      : handler(std::move(with)),
        connections(std::max<uint32_t>(options.max_connections, 1), options.connection_deadline) {}

  ~Loop() {
    if (thread.joinable()) {
      const uint64_t one = 1;
      KPID_ASSERT(write(wake_up, &one, sizeof(one)) == sizeof(one));
      thread.join();
    }
    if (daemon != nullptr) MHD_stop_daemon(daemon);
    if (wake_up >= 0) close(wake_up);
  }

  Result<void> listen(const HttpServerOptions& options);
  void start_thread();
  void run();
  int sleep_ms() const;
  void cut_overdue();

  static MHD_Result on_request(void* loop, MHD_Connection* connection, const char* path,
                               const char* method, const char* version, const char* upload,
                               size_t* upload_bytes, void** request_seen);
  static void on_connection(void* loop, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode what);
  static void on_completed(void* loop, MHD_Connection* connection, void** request_seen,
                           MHD_RequestTerminationCode how);

  const HttpHandler handler;
  MHD_Daemon* daemon = nullptr;
  int epoll = -1;  ///< the library's; readable when it has something to do
  int wake_up = -1;
  uint16_t port = 0;
  Connections connections;
  std::thread thread;
};

Result<void> HttpServer::Loop::listen(const HttpServerOptions& options) {
  wake_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_up < 0) return failure(fmt::format("eventfd: {}", std::strerror(errno)));
  Result<ListenSocket> socket = ListenSocket::open(options.address);
  if (!socket) return tl::unexpected(socket.error());
  port = socket->port();
  daemon = MHD_start_daemon(MHD_USE_EPOLL, port, nullptr, nullptr, &Loop::on_request, this,  //
                            MHD_OPTION_LISTEN_SOCKET, socket->release(),                     //
                            MHD_OPTION_CONNECTION_LIMIT,
                            options.max_connections + kClosingConnections,             //
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, kRequestBytes,         //
                            MHD_OPTION_NOTIFY_CONNECTION, &Loop::on_connection, this,  //
                            MHD_OPTION_NOTIFY_COMPLETED, &Loop::on_completed, this, MHD_OPTION_END);
  if (daemon == nullptr) {
    return failure(fmt::format("cannot serve HTTP on port {}: {}", port, std::strerror(errno)));
  }
  epoll = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  return {};
}

void HttpServer::Loop::start_thread() {
  // Signals are for the main thread; SIGPIPE is for nobody.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void HttpServer::Loop::run() {
  while (true) {
    pollfd wanted[] = {{epoll, POLLIN, 0}, {wake_up, POLLIN, 0}};
    poll(wanted, std::size(wanted), sleep_ms());
    if (wanted[1].revents != 0) return;
    MHD_run(daemon);
    cut_overdue();
  }
}

int HttpServer::Loop::sleep_ms() const {
  MHD_UNSIGNED_LONG_LONG wanted = kLongestSleepMs;
  if (MHD_get_timeout(daemon, &wanted) != MHD_YES) wanted = kLongestSleepMs;
  int64_t sleep = static_cast<int64_t>(std::min<uint64_t>(wanted, kLongestSleepMs));
  const Instant deadline = connections.next_deadline();
  if (deadline != Instant::max()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Instant::clock::now());
    sleep = std::clamp<int64_t>(left.count(), 0, sleep);
  }
  return static_cast<int>(sleep);
}

void HttpServer::Loop::cut_overdue() {
  const Instant now = Instant::clock::now();
  // Shutting down, not closing: the descriptor stays the library's, which sees the end and closes.
  for (int late = connections.overdue(now); late >= 0; late = connections.overdue(now)) {
    shutdown(late, SHUT_RDWR);
  }
}

MHD_Result HttpServer::Loop::on_request(void* loop, MHD_Connection* connection, const char* path,
                                        const char* method, const char*, const char*,
                                        size_t* upload_bytes, void** request_seen) {
  auto& self = *static_cast<Loop*>(loop);
  if (*request_seen == nullptr) {
    // An answer given here, before the end of the request, also ends the connection: right for
    // what is refused, and so nobody can make us read a body.
    if (std::strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
        std::strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
      HttpResponse response =
          refusal(MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.\n");
      response.headers.emplace_back(MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
      return answer_with(connection, response);
    }
    if (has_body(connection)) {
      return answer_with(connection,
                         refusal(MHD_HTTP_CONTENT_TOO_LARGE, "A request here has no body.\n"));
    }
    *request_seen = loop;
    return MHD_YES;
  }
  *upload_bytes = 0;
  return answer_with(connection,
                     self.handler({path, header(connection, MHD_HTTP_HEADER_ACCEPT),
                                   header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING)}));
}

void HttpServer::Loop::on_connection(void* loop, MHD_Connection* connection, void**,
                                     MHD_ConnectionNotificationCode what) {
  auto& self = *static_cast<Loop*>(loop);
  const int descriptor = descriptor_of(connection);
  switch (what) {
    case MHD_CONNECTION_NOTIFY_STARTED: {
      const int displaced = self.connections.opened(descriptor, Instant::clock::now());
      if (displaced >= 0) shutdown(displaced, SHUT_RDWR);
      break;
    }
    case MHD_CONNECTION_NOTIFY_CLOSED:
      self.connections.closed(descriptor);
      break;
  }
}

void HttpServer::Loop::on_completed(void* loop, MHD_Connection* connection, void** request_seen,
                                    MHD_RequestTerminationCode how) {
  *request_seen = nullptr;
  if (how != MHD_REQUEST_TERMINATED_COMPLETED_OK) return;
  static_cast<Loop*>(loop)->connections.answered(descriptor_of(connection), Instant::clock::now());
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                      HttpHandler handler) {
  auto loop = std::make_unique<Loop>(options, std::move(handler));
  if (Result<void> listening = loop->listen(options); !listening) {
    return tl::unexpected(listening.error());
  }
  loop->start_thread();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(loop)));
}

HttpServer::HttpServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

HttpServer::~HttpServer() = default;

uint16_t HttpServer::port() const { return loop_->port; }

}  // namespace kpid
