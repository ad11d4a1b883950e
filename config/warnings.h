#pragma once

#include "config/problems.h"
#include "config/settings.h"
#include "config/yaml_tree.h"

namespace kpid {

/// What is allowed and probably not meant (REFERENCE). `root` is where the settings were
/// read from. REQUIRES: the settings have no errors.
void warn(const Settings& settings, const YamlNode& root, Problems& problems);

}  // namespace kpid
