#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "pipeline/definitions.h"

namespace kpid {

/// A property that is passed on to librdkafka.
struct KafkaProperty {
  std::string name;
  std::string value;    ///< resolved: a file's contents or a variable's value where that was asked
  bool secret = false;  ///< must not be shown or logged
};

/// How to reach Kafka.
struct KafkaSettings {
  std::vector<std::string> bootstrap_servers = {"localhost:9092"};
  std::string group_id = "kpid";
  std::vector<KafkaProperty> properties;  ///< in the order of the configuration
};

/// How often and under which names values are published.
struct PublishSettings {
  Duration interval = std::chrono::seconds{1};
  std::string prefix = "kpi_";
};

struct CheckpointSettings {
  Duration interval = std::chrono::seconds{5};
};

/// `workers: auto`: as many as there are CPUs for the process.
inline constexpr uint32_t kAutoWorkers = 0;
/// More threads than that are a mistake.
inline constexpr uint32_t kWorkersMax = 256;

/// The whole configuration, checked.
struct Settings {
  bool has_kafka = false;  ///< whether there is a `kafka:`, without which `run` cannot start
  KafkaSettings kafka;
  /// Threads that read, or kAutoWorkers until the machine that runs them is known.
  uint32_t workers = 1;
  PublishSettings publish;
  CheckpointSettings checkpoint;
  Definitions definitions;
  /// The configuration as one YAML document without comments, every secret as `<redacted>`.
  std::string shown_text;
};

/// What is wrong with a property that is meant for librdkafka.
struct PropertyMistake {
  enum class Where : uint8_t { kName, kValue };

  Where where = Where::kName;
  std::string text;
  std::string hint;
};

/// Says what is wrong with a property, if anything is. The value is nothing where it was not
/// fetched. Only librdkafka knows its properties, and only `daemon/` knows librdkafka.
using JudgeProperty = std::function<std::optional<PropertyMistake>(
    const std::string& name, const std::optional<std::string>& value)>;

/// Whether the command that loads the configuration talks to Kafka.
enum class NeedKafka : uint8_t { kNo, kYes };

/// What became of a configuration: usable when there are no errors.
struct Loaded {
  Settings settings;                 ///< meaningless when there are errors
  std::vector<Diagnostic> errors;    ///< all of them, by file, line and column
  std::vector<Diagnostic> warnings;  ///< in the same order; empty when there are errors

  bool usable() const { return errors.empty(); }
};

/// Loads the files as one configuration. A directory stands for its `*.yml`, by name; what begins
/// with a dot is left out. What cannot be read is an error at line 1 of it. With NeedKafka::kYes
/// files and variables that `properties` name are read; otherwise they are not, and their values
/// are empty, so that a configuration can be checked where its secrets are not. Without `judge`
/// properties may be called anything.
Loaded load_settings(std::span<const std::string> paths, NeedKafka need_kafka,
                     const JudgeProperty& judge = {});

/// Loads a configuration from its text, such as a pack's; `name` is what diagnostics call it.
Loaded load_settings_text(std::string_view name, std::string_view text, NeedKafka need_kafka,
                          const JudgeProperty& judge = {});

}  // namespace kpid
