#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "config/check.h"
#include "config/settings.h"
#include "daemon/command_line.h"
#include "daemon/inspect.h"
#include "daemon/kafka/kafka_properties.h"
#include "daemon/load/generate_load.h"
#include "daemon/replay/replay.h"
#include "daemon/reset.h"
#include "daemon/run/run.h"

extern char** environ;

namespace kpid {

namespace {

Environment read_environment() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

/// Loads the configuration and prints what is wrong with it.
Loaded load(const std::string& path, NeedKafka need_kafka, const JudgeProperty& judge = {}) {
  Loaded loaded = load_settings(std::vector<std::string>{path}, need_kafka, judge);
  for (const Diagnostic& error : loaded.errors) fmt::print(stderr, "{}", render(error));
  return loaded;
}

int execute(const PrintOptions& options) {
  fmt::print("{}", options.text);
  return kExitGood;
}

int execute(const CheckOptions& options) {
  const CheckOutcome outcome = check_configuration(options.files, judge_kafka_property);
  fmt::print(stderr, "{}", outcome.diagnostics);
  fmt::print("{}", outcome.summary);
  return outcome.exit_code;
}

int execute(const ReplayOptions& options) {
  const Loaded loaded = load(options.config_file, NeedKafka::kNo);
  if (!loaded.usable()) return kExitUsage;
  return replay(loaded.settings, options, stdout, stderr);
}

int execute(const RunOptions& options) {
  const Loaded loaded = load(options.config_file, NeedKafka::kYes, judge_kafka_property);
  if (!loaded.usable()) return kExitUsage;
  return run(loaded.settings, options);
}

int execute(const DemoOptions& options) { return demo(options); }

int execute(const InspectOptions& options) {
  const Loaded loaded = load(options.config_file, NeedKafka::kNo);
  if (!loaded.usable()) return kExitUsage;
  return inspect(loaded.settings, options, stdout, stderr);
}

int execute(const ResetOptions& options) {
  if (options.config_file.empty()) return reset(nullptr, options, stdout, stderr);
  const Loaded loaded = load(options.config_file, NeedKafka::kYes);
  if (!loaded.usable()) return kExitUsage;
  return reset(&loaded.settings, options, stdout, stderr);
}

int execute(const GenerateLoadOptions& options) { return generate_load(options, stdout, stderr); }

}  // namespace

}  // namespace kpid

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto command = kpid::parse_command_line(arguments, kpid::read_environment());
  if (!command) {
    fmt::print(stderr, "{}\n", command.error().text);
    return kpid::kExitUsage;
  }
  return std::visit([](const auto& options) { return kpid::execute(options); }, *command);
}
