#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"
#include "pipeline/event/source_definition.h"

namespace kpid {

/// The keys that a source may have.
const std::vector<std::string>& source_keys();

/// Reads one entry of `sources:`. What is wrong is a problem at its place and keeps its default, so
/// that the formulas can still be checked against the rest.
SourceDefinition read_source(const YamlNode::Entry& entry, Problems& problems);

/// Refuses a `retention` that is below what the source needs to stay exact.
void check_retention(const YamlNode::Entry& entry, const SourceDefinition& source,
                     Duration max_drift, Problems& problems);

/// Refuses a source that begins elsewhere in its topic than `first`, the first of that topic: a
/// topic is read once for all its sources.
void check_start(const YamlNode::Entry& entry, const SourceDefinition& source,
                 const SourceDefinition& first, Problems& problems);

}  // namespace kpid
