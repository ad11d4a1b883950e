#include "daemon/flags.h"

#include "pipeline/window/window_spec.h"

namespace kpid {

CLI::Option* add_text(CLI::App& app, const std::string& flag, std::string& target,
                      const std::string& type, const std::string& help) {
  const std::string before = target;
  const auto read = [&target, flag](const std::string& text) {
    if (text.empty()) throw CLI::ValidationError(flag, "must not be empty");
    target = text;
  };
  CLI::Option* option = app.add_option_function<std::string>(flag, read, help)->type_name(type);
  return before.empty() ? option : option->default_str(before);
}

void add_duration(CLI::App& app, const std::string& flag, Duration& target,
                  const std::string& help) {
  const auto read = [&target, flag](const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) {
      throw CLI::ValidationError(flag,
                                 fmt::format("'{}' is no duration like 200ms, 30s, 5m", text));
    }
    target = *duration;
  };
  app.add_option_function<std::string>(flag, read, help)
      ->type_name("DURATION")
      ->default_str(format_duration(target));
}

}  // namespace kpid
