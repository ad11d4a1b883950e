#pragma once

#include <string_view>

#include "config/problems.h"
#include "config/settings.h"
#include "config/yaml_tree.h"

namespace kpid {

/// Reads `kafka:`. Values that stand in files and variables are fetched with NeedKafka::kYes.
/// `judge` may be empty.
KafkaSettings read_kafka(const YamlNode::Entry& entry, NeedKafka need_kafka,
                         const JudgeProperty& judge, Problems& problems);

/// Whether the value of a property of this name must not be shown: passwords, secrets, keys,
/// tokens.
bool is_secret_property(std::string_view name);

}  // namespace kpid
