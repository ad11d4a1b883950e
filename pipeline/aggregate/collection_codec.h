#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/aggregate/key_table.h"

namespace kpid {

/// What the stored form of a collection begins with.
struct CollectionHead {
  bool beyond = false;  ///< it passed its limit: it is estimated, or no longer known
  uint32_t entries = 0;
};

inline void append_head(std::string& out, CollectionHead head) {
  append_bytes(out, static_cast<uint8_t>(head.beyond));
  append_bytes(out, head.entries);
}

/// Nothing unless just its entries follow, of `entry_bytes` each.
inline std::optional<CollectionHead> take_head(ByteReader& reader, size_t entry_bytes) {
  const auto beyond = reader.take<uint8_t>();
  const auto entries = reader.take<uint32_t>();
  if (!beyond || *beyond > 1 || !entries) return std::nullopt;
  if (reader.rest().size() != entry_bytes * *entries) return std::nullopt;
  return CollectionHead{.beyond = *beyond == 1, .entries = *entries};
}

inline void append_key(std::string& out, Key key) {
  append_bytes(out, key.high);
  append_bytes(out, key.low);
}

/// The next key, where it is larger than `last`, the one before.
inline std::optional<Key> take_key_after(Key last, ByteReader& reader) {
  const auto high = reader.take<uint64_t>();
  const auto low = reader.take<uint64_t>();
  if (!high || !low || Key{*high, *low} <= last) return std::nullopt;
  return Key{*high, *low};
}

inline void append_keys(std::string& out, const KeyTable<KeyEntry>& keys, bool beyond) {
  append_head(out, {.beyond = beyond, .entries = static_cast<uint32_t>(keys.size())});
  keys.for_each([&](const KeyEntry& entry) { append_key(out, entry.key); });
}

struct StoredKeys {
  KeyTable<KeyEntry> keys;
  bool beyond = false;
};

/// Nothing where the bytes are not what `append_keys` writes.
inline std::optional<StoredKeys> read_keys(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto head = take_head(reader, sizeof(Key));
  if (!head) return std::nullopt;
  std::vector<KeyEntry> entries(head->entries);
  Key last;
  for (KeyEntry& entry : entries) {
    const auto key = take_key_after(last, reader);
    if (!key) return std::nullopt;
    entry.key = last = *key;
  }
  return StoredKeys{KeyTable<KeyEntry>::of_sorted(std::move(entries)), head->beyond};
}

}  // namespace kpid
