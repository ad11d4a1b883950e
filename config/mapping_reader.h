#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"
#include "pipeline/event/time.h"

namespace kpid {

bool is_among(std::string_view name, std::span<const std::string> names);

/// What a duration must be at least, for the message "must be longer than 0".
enum class ZeroDuration : uint8_t { kAllowed, kRefused };

/// Whether a size may be a bare number of bytes.
enum class BareSize : uint8_t { kAllowed, kRefused };

/// Reads the values of one mapping of the configuration. A key that is left out keeps the value
/// that it is read into; a wrong one does too, and is a problem at its place.
class MappingReader {
 public:
  /// Refuses what is no mapping, a key that is not among `known`, and one without a value. `owner`
  /// is where a missing key is reported, and `what` names it: "source 'sales'". The arguments must
  /// outlive the reader, except `known`.
  MappingReader(const YamlNode& mapping, const ConfigPlace& owner, std::string what,
                std::vector<std::string> known, Problems& problems);

  /// Whether the key stands there, with a value or without.
  bool has(std::string_view key) const { return mapping_.find(key) != nullptr; }
  /// The value of a key: nothing when it is left out or has none.
  const YamlNode* value(std::string_view key) const;
  /// The same; a problem too when the key is left out.
  const YamlNode* needed(std::string_view key) const;
  /// Where the key stands; the owner when it is left out.
  const ConfigPlace& place_of_key(std::string_view key) const;

  void text(std::string_view key, std::string& value) const;
  void duration(std::string_view key, Duration& value, ZeroDuration zero) const;
  void count(std::string_view key, uint32_t& value, uint32_t most) const;
  /// A size such as 64KiB, at least one byte.
  void size(std::string_view key, uint64_t& value, uint64_t most, BareSize bare) const;
  void time_zone(std::string_view key, std::string& value) const;

  /// A problem with the value of a key. REQUIRES: the key is there.
  void refuse(std::string_view key, std::string text, std::string hint) const;

  /// The position in `names` of the text under the key.
  std::optional<size_t> choice(std::string_view key, std::span<const std::string> names) const;

 private:
  /// `above` is the last known key above it, if there is one.
  void refuse_unknown(const YamlNode::Entry& entry, const YamlNode::Entry* above,
                      std::span<const std::string> known) const;

  const YamlNode& mapping_;
  const ConfigPlace& owner_;
  std::string what_;
  Problems& problems_;
};

/// The text of a scalar that is not empty; nothing, and a problem, for anything else.
std::optional<std::string> read_text(const YamlNode& node, std::string_view what,
                                     Problems& problems);

/// The scalars of a list; what is no text is a problem and left out.
std::vector<const YamlNode*> read_list(const YamlNode& node, std::string_view what,
                                       Problems& problems);

/// Whether `name` is [a-z][a-z0-9_]*, as names of sources, KPIs and units are.
bool is_plain_name(std::string_view name);

/// Whether `name` is [A-Za-z_][A-Za-z0-9_]*, as names of fields and metrics are.
bool is_identifier(std::string_view name);

}  // namespace kpid
