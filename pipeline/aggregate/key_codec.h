#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/byte_codec.h"
#include "pipeline/aggregate/key_table.h"

namespace kpid {

inline void append_key(std::string& out, Key key) {
  append_bytes(out, key.high);
  append_bytes(out, key.low);
}

/// The next key of a stored table, where its keys ascend from `Key{}` on; `last` is the one before.
inline std::optional<Key> take_key_after(Key last, ByteReader& reader) {
  const auto high = reader.take<uint64_t>();
  const auto low = reader.take<uint64_t>();
  if (!high || !low || Key{*high, *low} <= last) return std::nullopt;
  return Key{*high, *low};
}

/// Stores a table of keys and nothing else, up to the end of a blob.
inline void append_keys(std::string& out, const KeyTable<KeyEntry>& keys) {
  keys.for_each([&](const KeyEntry& entry) { append_key(out, entry.key); });
}

/// Nothing where the bytes are not what `append_keys` writes.
inline std::optional<KeyTable<KeyEntry>> read_keys(std::string_view bytes) {
  ByteReader reader(bytes);
  std::vector<KeyEntry> entries;
  entries.reserve(bytes.size() / sizeof(Key));
  while (!reader.at_end()) {
    const auto key = take_key_after(entries.empty() ? Key{} : entries.back().key, reader);
    if (!key) return std::nullopt;
    entries.push_back({*key});
  }
  return KeyTable<KeyEntry>::of_sorted(std::move(entries));
}

}  // namespace kpid
