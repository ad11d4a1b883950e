#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/mapping_reader.h"
#include "config/problems.h"
#include "config/yaml_tree.h"

namespace kpid {

/// A section in which every key is a name that the user chose.
struct NamedSection {
  std::string_view key;                   ///< of the section: "kpis"
  std::string_view what;                  ///< what has the names: "KPI"
  std::span<const std::string> keys;      ///< of one of those
  std::span<const std::string> sections;  ///< of the whole configuration
};

/// What a section holds.
struct NamedEntries {
  std::span<const YamlNode::Entry> entries;
  bool complete = true;  ///< false: names may be missing, for some stand at the wrong place
};

/// The entries of a section up to the first that is none but for its indentation: a key of a KPI
/// that begins where the KPI does, or a section that begins where a KPI does. That is a problem, as
/// a section is that is no mapping.
NamedEntries read_named_entries(const MappingReader& root, const NamedSection& section,
                                Problems& problems);

}  // namespace kpid
