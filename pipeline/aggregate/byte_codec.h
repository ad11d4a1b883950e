#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace kpid {

static_assert(std::endian::native == std::endian::little, "blobs of the store are little-endian");

/// Appends an integer, little-endian.
template <class Integer>
void append_bytes(std::string& out, Integer value) {
  char bytes[sizeof(Integer)];
  std::memcpy(bytes, &value, sizeof(Integer));
  out.append(bytes, sizeof(Integer));
}

/// Appends a text behind its length in four bytes.
inline void append_text(std::string& out, std::string_view text) {
  append_bytes(out, static_cast<uint32_t>(text.size()));
  out += text;
}

/// Takes integers and texts from the front of a blob. Every call fails for good once the bytes
/// are used up.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class Integer>
  std::optional<Integer> take() {
    const auto bytes = take_bytes(sizeof(Integer));
    if (!bytes) return std::nullopt;
    Integer value;
    std::memcpy(&value, bytes->data(), sizeof(Integer));
    return value;
  }

  /// One that `append_text` wrote.
  std::optional<std::string_view> take_text() {
    const auto size = take<uint32_t>();
    if (!size) return std::nullopt;
    return take_bytes(*size);
  }

  std::optional<std::string_view> take_bytes(size_t size) {
    if (rest_.size() < size) {
      rest_ = {};
      return std::nullopt;
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace kpid
