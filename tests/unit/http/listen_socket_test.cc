#include "daemon/http/listen_socket.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace kpid {
namespace {

TEST(ListenAddress, ReadsHostAndPort) {
  struct Case {
    std::string_view text;
    std::string host;
    uint16_t port;
  };
  for (const Case& c : {Case{":8437", "", 8437}, Case{"127.0.0.1:0", "127.0.0.1", 0},
                        Case{"[::1]:9000", "::1", 9000}, Case{"localhost:1", "localhost", 1},
                        Case{":65535", "", 65535}, Case{"[::]:8437", "::", 8437}}) {
    const auto address = parse_listen_address(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->host, c.host) << c.text;
    EXPECT_EQ(address->port, c.port) << c.text;
  }
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "8437", ":", ":x", ":-1", ":65536", ":80x", "::1:9000", "[::1]", "[]:80", "[::1:80",
        "a]:80", "127.0.0.1", "127.0.0.1:", ": 80", "host:80:90"}) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().text.find(fmt::format("'{}'", text)), std::string::npos);
    EXPECT_NE(address.error().text.find("write :8437"), std::string::npos);
  }
}

TEST(ListenSocket, TellsThePortItWasGiven) {
  const auto socket = ListenSocket::open({"127.0.0.1", 0});
  ASSERT_TRUE(socket) << socket.error().text;
  EXPECT_NE(socket->port(), 0);
}

TEST(ListenSocket, SaysWhichAddressIsTakenAndWhatToDo) {
  const auto first = ListenSocket::open({"127.0.0.1", 0});
  ASSERT_TRUE(first);
  const auto second = ListenSocket::open({"127.0.0.1", first->port()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text,
            fmt::format("cannot listen on 127.0.0.1:{}: Address already in use; choose another "
                        "--web.listen-address",
                        first->port()));
}

TEST(ListenSocket, AnAddressOfAnotherMachineIsRefused) {
  const auto socket = ListenSocket::open({"192.0.2.1", 0});  // RFC 5737: nobody's
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().text, "cannot listen on 192.0.2.1:0: Cannot assign requested address");
}

}  // namespace
}  // namespace kpid
