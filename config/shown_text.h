#pragma once

#include <string>

#include "config/yaml_tree.h"

namespace kpid {

/// The configuration as people may see it: one YAML document, keys in their order, without
/// comments, and with `<redacted>` in place of the values of secret properties. Where a secret is
/// to be found ({file: PATH}, {env: NAME}) is no secret.
std::string shown_text(const YamlNode& root);

/// Covers with `*` what stands behind a secret property in the lines that diagnostics quote. Takes
/// rather too much than too little.
void cover_secrets(const YamlNode& root, std::vector<Diagnostic>& diagnostics);

}  // namespace kpid
