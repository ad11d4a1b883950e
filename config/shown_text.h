#pragma once

#include <string>

#include "config/yaml_tree.h"

namespace kpid {

/// The configuration as people may see it: one YAML document, keys in their order, without
/// comments, and with `<redacted>` in place of the values of secret properties. Where a secret is
/// to be found ({file: PATH}, {env: NAME}) is no secret.
std::string shown_text(const YamlNode& root);

/// Covers with `*` what stands behind a secret property in what diagnostics quote and say. Takes
/// rather too much than too little. `cut_off` is the text that YAML could not follow to its end;
/// nullptr: there is none.
void cover_secrets(const YamlNode& root, const ConfigText* cut_off,
                   std::vector<Diagnostic>& diagnostics);

}  // namespace kpid
