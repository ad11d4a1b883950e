#include "config/named_entries.h"

#include <fmt/format.h>

#include <algorithm>

namespace kpid {

namespace {

/// Whether the value is what a name of the section has: one key may also be a user's own word.
bool has_keys_of(const YamlNode& value, std::span<const std::string> keys) {
  return std::count_if(value.entries.begin(), value.entries.end(),
                       [&](const auto& entry) { return is_among(entry.key.scalar, keys); }) >= 2;
}

void refuse_key(const NamedSection& section, const YamlNode::Entry& entry,
                const YamlNode::Entry* before, Problems& problems) {
  problems.error(
      entry.key.place, fmt::format("'{}' is a key of a {}", entry.key.scalar, section.what),
      before == nullptr
          ? fmt::format("write a name for the {} above it, and indent it deeper", section.what)
          : fmt::format("indent it deeper than '{}' in line {}", before->key.scalar,
                        before->key.place.line));
}

void refuse_section(const NamedSection& section, const YamlNode::Entry& entry,
                    const ConfigPlace& place, Problems& problems) {
  problems.error(entry.key.place, fmt::format("'{}' is no {}", entry.key.scalar, section.what),
                 fmt::format("indent it like '{}' in line {}", section.key, place.line));
}

}  // namespace

NamedEntries read_named_entries(const MappingReader& root, const NamedSection& section,
                                Problems& problems) {
  const YamlNode* node = root.value(section.key);
  if (node == nullptr) return {{}, !root.has(section.key)};
  if (node->kind != YamlNode::Kind::kMapping && node->complete) {
    problems.error(node->place, fmt::format("'{}' must be a mapping", section.key),
                   "write a name, and its keys below it");
  }
  const std::span<const YamlNode::Entry> entries = node->entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    const YamlNode::Entry& entry = entries[i];
    if (!entry.value.complete || has_keys_of(entry.value, section.keys)) continue;
    if (is_among(entry.key.scalar, section.keys)) {
      refuse_key(section, entry, i == 0 ? nullptr : &entries[i - 1], problems);
    } else if (is_among(entry.key.scalar, section.sections)) {
      refuse_section(section, entry, root.place_of_key(section.key), problems);
    } else {
      continue;
    }
    return {entries.first(i), false};
  }
  return {entries, true};
}

}  // namespace kpid
