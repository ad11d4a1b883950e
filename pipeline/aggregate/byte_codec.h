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
