#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_text.h"
#include "config/diagnostic.h"

namespace kpid {

/// A node of a YAML document, without aliases, tags or duplicate keys.
struct YamlNode {
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMapping };
  struct Entry;

  Kind kind = Kind::kNull;
  ConfigPlace place;   ///< where it starts, quotes included
  std::string scalar;  ///< kScalar: its value
  bool quoted = false;
  /// Where the bytes of `scalar` stand in the file, ascending by offset, one byte each; empty when
  /// the scalar has escapes or several lines.
  std::vector<uint32_t> columns;
  std::vector<YamlNode> items;  ///< kSequence
  std::vector<Entry> entries;   ///< kMapping, in order, keys are unique
  size_t last_line = 0;         ///< sequence, mapping: of the last thing in it
  bool complete = false;        ///< false: something that could not be followed is missing

  /// The entry with that key, or nothing.
  const Entry* find(std::string_view key) const;
  /// The place of `length` bytes from `offset` of `scalar`; the node's start where columns are not
  /// known.
  ConfigPlace place_of(size_t offset, size_t length) const;
};

/// A key and its value.
struct YamlNode::Entry {
  YamlNode key;  ///< a scalar
  YamlNode value;
};

/// What became of a document: as much of it as could be followed, and the mistakes of the YAML
/// itself, in order of place.
struct YamlDocument {
  YamlNode root;  ///< kNull for an empty file
  std::vector<Diagnostic> mistakes;
  bool cut_off = false;   ///< by a syntax error, which is the last mistake
  bool has_gaps = false;  ///< something could not be followed: names may be missing
};

/// The largest configuration file, bytes: far more than people write, and little enough that
/// nothing hostile takes long.
inline constexpr size_t kConfigBytesMax = size_t{1} << 20;
/// How deep values may be nested.
inline constexpr size_t kConfigDepthMax = 64;

/// Reads one document. Never throws; refuses unknown encodings, aliases, tags, duplicate keys,
/// further documents, and what is too large or too deep. `text` must outlive the result.
YamlDocument parse_yaml(const ConfigText& text);

}  // namespace kpid
