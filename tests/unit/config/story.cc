#include "tests/unit/config/story.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/configured_engine.h"

namespace kpid {
namespace {

std::string quoted(std::string_view formula) {
  std::string text = "'";
  for (const char c : formula) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

void read(const Story& story, ConfiguredEngine& engine) {
  std::vector<PartitionLog> logs(1);
  for (const std::string_view event : story.events) {
    if (event == "---") {
      logs.emplace_back();
      continue;
    }
    std::istringstream words{std::string(event)};
    std::string time, group, amount, name;
    words >> time >> group >> amount >> name;
    const auto text = [](const std::string& word) {
      return word == "-" || word.empty() ? std::string("null") : '"' + word + '"';
    };
    logs.back().add(fmt::format(R"({{"at":"{}","g":{},"v":{},"n":{}}})", time, text(group),
                                amount == "-" || amount.empty() ? "null" : amount, text(name)));
  }
  for (size_t i = 0; i < logs.size(); ++i) engine.read("s", static_cast<int32_t>(i), logs[i]);
}

std::vector<std::string> told(const Story& story) {
  const auto plan = plan_of_text(configuration_of(story));
  if (plan == nullptr) return {};
  ConfiguredEngine engine(plan);
  read(story, engine);
  std::vector<std::string> lines;
  for (const WindowReport& window : engine.windows_of("told")) {
    std::string line = format_rfc3339(window.window.end);
    for (const Sample& sample : window.samples) {
      for (const std::string& label : *sample.group) line += " " + label;
      line += " " + (sample.value ? sample.value->to_string() : "absent");
      if (sample.estimated) line += " (estimated)";
      if (sample.over_max_keys) line += " (over max_keys)";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::string configuration_of(const Story& story) {
  return fmt::format(
      "{}\n"
      "sources:\n"
      "  s:\n"
      "    topic: s\n"
      "    format: json\n"
      "    time: {{field: at, format: rfc3339}}\n"
      "    disorder: 5d\n"
      "    fields: {{g: string, v: decimal, n: string, at: time}}\n"
      "kpis:\n"
      "  told: {{help: h, windows: [{}], by: [{}], formula: {}}}\n"
      "{}",
      story.top, story.windows, story.by, quoted(story.formula), story.kpis);
}

void check(const std::vector<Story>& stories) {
  for (const Story& story : stories) {
    EXPECT_EQ(told(story), story.values) << story.formula << " in " << story.windows;
  }
}

void check_values(const std::vector<std::string_view>& events,
                  const std::vector<std::pair<std::string_view, std::string>>& cases) {
  for (const auto& [formula, value] : cases) {
    check({{formula, "1h", events, {"2026-03-01T01:00:00Z " + value}}});
  }
}

}  // namespace kpid
