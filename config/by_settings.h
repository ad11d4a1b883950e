#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"
#include "pipeline/definitions.h"

namespace kpid {

/// One label of a KPI's `by` as it is written.
struct WrittenLabel {
  const YamlNode* name = nullptr;
  /// Text: the field in every source; a mapping: the field by source, and in sources that it does
  /// not name the field that is called like the label. Nothing in a list, where all are.
  const YamlNode* fields = nullptr;
};

/// Reads the list or the mapping under `by`: the labels that are written well.
std::vector<WrittenLabel> read_by(const YamlNode& node, Problems& problems);

/// A group exists in every source of its KPI, so each of `used`, the names of the formula's
/// sources, declares a field for every label; and no field is named for another source.
void check_by(std::span<const WrittenLabel> by, std::span<const std::string> used,
              std::span<const SourceDefinition> sources, Problems& problems);

/// Where no formula says which sources are meant: a field that none of them has is still wrong.
void check_by_in_any_source(std::span<const WrittenLabel> by,
                            std::span<const SourceDefinition> sources, Problems& problems);

/// Writes the labels into the definition, with those fields of its formula's sources that have
/// another name. REQUIRES: check_by found nothing.
void take_by(std::span<const WrittenLabel> by, KpiDefinition& kpi);

}  // namespace kpid
