#include "tests/unit/http/http_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace kpid {

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr timeval kPatience{5, 0};

}  // namespace

HttpClient::HttpClient(uint16_t port, bool ipv6)
    : descriptor_(socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  if (ipv6) {
    sockaddr_in6 place{};
    place.sin6_family = AF_INET6;
    place.sin6_port = htons(port);
    place.sin6_addr = in6addr_loopback;
    connected_ = connect(descriptor_, reinterpret_cast<sockaddr*>(&place), sizeof(place)) == 0;
  } else {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(descriptor_, reinterpret_cast<sockaddr*>(&place), sizeof(place)) == 0;
  }
}

HttpClient::~HttpClient() { close(descriptor_); }

bool HttpClient::send(std::string_view bytes) {
  return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

bool HttpClient::fill() {
  std::array<char, 65536> piece{};
  const ssize_t length = recv(descriptor_, piece.data(), piece.size(), 0);
  if (length <= 0) return false;
  buffer_.append(piece.data(), static_cast<size_t>(length));
  return true;
}

std::string HttpClient::read_answer(bool head) {
  size_t head_end = buffer_.find(kHeadEnd);
  while (head_end == std::string::npos) {
    if (!fill()) return "";
    head_end = buffer_.find(kHeadEnd);
  }
  const size_t body_length =
      head ? 0 : std::strtoull(header_of(buffer_, "Content-Length").c_str(), nullptr, 10);
  const size_t length = head_end + kHeadEnd.size() + body_length;
  while (buffer_.size() < length) {
    if (!fill()) return "";
  }
  std::string answer = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

bool HttpClient::sees_end() {
  char byte = 0;
  return buffer_.empty() && recv(descriptor_, &byte, 1, 0) <= 0 && errno != EAGAIN;
}

std::string HttpClient::ask(std::string_view method, std::string_view path,
                            std::string_view headers) {
  errno = 0;
  if (!send(fmt::format("{} {} HTTP/1.1\r\nHost: kpid\r\n{}\r\n", method, path, headers)))
    return "";
  return read_answer(method == "HEAD");
}

std::string body_of(std::string_view answer) {
  const size_t head_end = answer.find(kHeadEnd);
  return head_end == std::string_view::npos
             ? ""
             : std::string(answer.substr(head_end + kHeadEnd.size()));
}

std::string header_of(std::string_view answer, std::string_view name) {
  const std::string_view head = answer.substr(0, answer.find(kHeadEnd));
  const std::string wanted = fmt::format("\r\n{}: ", name);
  const size_t at = head.find(wanted);
  if (at == std::string_view::npos) return "";
  const std::string_view value = head.substr(at + wanted.size());
  return std::string(value.substr(0, value.find("\r\n")));
}

int status_of(std::string_view answer) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  return answer.starts_with(kVersion) ? std::atoi(answer.substr(kVersion.size(), 3).data()) : 0;
}

}  // namespace kpid
