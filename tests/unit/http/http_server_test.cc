#include "daemon/http/http_server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "tests/unit/http/http_client.h"

namespace kpid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Says back what it was asked; "/large" is a page of 8 MB, far more than a socket buffers.
HttpResponse echo(const HttpRequest& request) {
  static const auto kLarge = std::make_shared<const std::string>(8 << 20, 'x');
  HttpResponse response;
  response.headers.emplace_back("X-Test", "yes");
  response.body = request.path == "/large"
                      ? kLarge
                      : std::make_shared<const std::string>(fmt::format(
                            "{}|{}|{}", request.path, request.accept, request.accept_encoding));
  if (request.path == "/missing") response.status = 404;
  return response;
}

std::unique_ptr<HttpServer> serve(HttpServerOptions options = {}) {
  options.address = {"127.0.0.1", 0};
  auto server = HttpServer::start(options, echo);
  EXPECT_TRUE(server) << server.error().text;
  return std::move(*server);
}

TEST(HttpServer, HandsThePathAndTheHeadersThatMatterToTheHandler) {
  const auto server = serve();
  HttpClient client(server->port());
  const std::string answer =
      client.ask("GET", "/a%20b?query=1", "Accept: text/plain;q=0.5\r\nAccept-Encoding: gzip\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), "/a b|text/plain;q=0.5|gzip");
  EXPECT_EQ(header_of(answer, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(header_of(answer, "X-Test"), "yes");
}

TEST(HttpServer, AnswersManyRequestsOnOneConnection) {
  const auto server = serve();
  HttpClient client(server->port());
  for (int i = 0; i < 100; ++i) {
    const std::string path = fmt::format("/{}", i);
    EXPECT_EQ(body_of(client.ask("GET", path)), fmt::format("{}||", path));
  }
}

TEST(HttpServer, HeadGetsTheHeadersOfGetWithoutTheBody) {
  const auto server = serve();
  HttpClient client(server->port());
  const std::string answer = client.ask("HEAD", "/page");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(header_of(answer, "Content-Length"), "7");
  EXPECT_EQ(body_of(client.ask("GET", "/next")), "/next||") << "no body of HEAD before it";
}

TEST(HttpServer, PassesOnTheStatus) {
  const auto server = serve();
  HttpClient client(server->port());
  EXPECT_EQ(status_of(client.ask("GET", "/missing")), 404);
}

TEST(HttpServer, RefusesOtherMethodsAndSaysWhichItHas) {
  const auto server = serve();
  for (const std::string_view method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"}) {
    HttpClient client(server->port());
    const std::string answer = client.ask(method, "/", "Content-Length: 0\r\n");
    EXPECT_EQ(status_of(answer), 405) << method;
    EXPECT_EQ(header_of(answer, "Allow"), "GET, HEAD") << method;
  }
}

TEST(HttpServer, ReadsNoBodies) {
  const auto server = serve();
  for (const std::string_view header : {"Content-Length: 5\r\n", "Content-Length: 99999999999\r\n",
                                        "Transfer-Encoding: chunked\r\n"}) {
    HttpClient client(server->port());
    EXPECT_EQ(status_of(client.ask("GET", "/", header)), 413) << header;
  }
}

TEST(HttpServer, RefusesARequestWhoseHeadersPassTheirBound) {
  const auto server = serve();
  HttpClient client(server->port());
  const int status = status_of(client.ask("GET", "/", fmt::format("X-Long: {:x>20000}\r\n", "")));
  EXPECT_TRUE(status == 431 || status == 413) << status;
}

TEST(HttpServer, RubbishIsNotFatal) {
  const auto server = serve();
  for (const std::string_view rubbish :
       {std::string_view("\0\0\0\0\r\n\r\n", 8), std::string_view("\x16\x03\x01\x02\x00\x01"),
        std::string_view("GET\r\n\r\n"), std::string_view("\r\n\r\n\r\n\r\n")}) {
    HttpClient client(server->port());
    client.send(rubbish);
  }
  HttpClient client(server->port());
  EXPECT_EQ(status_of(client.ask("GET", "/")), 200);
}

TEST(HttpServer, FiftySlowClientsDelayNobody) {
  const auto server = serve();
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 25; ++i) {
    slow.push_back(std::make_unique<HttpClient>(server->port()));
    slow.back()->send("GET /metrics HTTP/1.1\r\nHost: ");  // and never goes on
    slow.push_back(std::make_unique<HttpClient>(server->port()));
    slow.back()->send("GET /large HTTP/1.1\r\nHost: kpid\r\n\r\n");  // and never reads
  }
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    HttpClient client(server->port());
    EXPECT_EQ(status_of(client.ask("GET", "/")), 200);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{2});
}

TEST(HttpServer, CutsWhoIsNotDoneByTheDeadlineHoweverBusyTheyAre) {
  const auto server = serve({.connection_deadline = milliseconds{150}});
  HttpClient silent(server->port());
  HttpClient never_reads(server->port());
  HttpClient trickles(server->port());
  never_reads.send("GET /large HTTP/1.1\r\nHost: kpid\r\n\r\n");
  trickles.send("GET / HTTP/1.1\r\n");
  const auto began = std::chrono::steady_clock::now();
  while (trickles.send("X-More: 1\r\n") && std::chrono::steady_clock::now() - began < seconds{4}) {
    // Busy: an idle timeout would never strike.
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{3});
  EXPECT_TRUE(silent.sees_end());
  EXPECT_EQ(never_reads.read_answer(), "") << "the page must have been cut short";
}

TEST(HttpServer, ACrowdBeyondTheBoundDisplacesItselfAndNotAScrape) {
  const auto server = serve({.max_connections = 4});
  std::vector<std::unique_ptr<HttpClient>> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(std::make_unique<HttpClient>(server->port()));
    crowd.back()->send("GET / HTTP/1.1\r\n");
  }
  HttpClient scraper(server->port());
  EXPECT_EQ(status_of(scraper.ask("GET", "/metrics")), 200);
  EXPECT_TRUE(crowd.front()->sees_end());
}

TEST(HttpServer, StopsAtOnceWithConnectionsOpen) {
  auto server = serve();
  HttpClient idle(server->port());
  HttpClient busy(server->port());
  busy.send("GET /large HTTP/1.1\r\nHost: kpid\r\n\r\n");
  HttpClient sure(server->port());
  EXPECT_EQ(status_of(sure.ask("GET", "/")), 200);
  const auto began = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{1});
  EXPECT_TRUE(idle.sees_end());
}

TEST(HttpServer, WithoutAHostListensOnIpv6AndIpv4) {
  HttpServerOptions options;
  options.address = {"", 0};
  const auto server = HttpServer::start(options, echo);
  ASSERT_TRUE(server) << server.error().text;
  HttpClient ipv4((*server)->port());
  EXPECT_EQ(status_of(ipv4.ask("GET", "/")), 200);
  HttpClient ipv6((*server)->port(), true);
  if (!ipv6.connected()) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_EQ(status_of(ipv6.ask("GET", "/")), 200);
}

TEST(HttpServer, SaysWhyItCannotListen) {
  const auto server = serve();
  HttpServerOptions options;
  options.address = {"127.0.0.1", server->port()};
  const auto second = HttpServer::start(options, echo);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find("Address already in use"), std::string::npos);
}

}  // namespace
}  // namespace kpid
