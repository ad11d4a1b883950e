// Runs the examples of config/REFERENCE.md: each formula over the events of its block.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/formula/aggregate_function.h"
#include "pipeline/formula/row_functions.h"
#include "pipeline/formula/window_functions.h"
#include "tests/support/configured_engine.h"

namespace kpid {
namespace {

struct Example {
  size_t line = 0;  ///< of the formula
  std::string fields;
  std::string windows;                                    ///< empty: one that has all events
  std::string by;                                         ///< a field, or empty
  std::vector<std::pair<std::string, std::string>> kpis;  ///< further ones: name, formula
  std::vector<std::string> events;
  std::string formula;
  std::string value;  ///< "absent" where there is none
};

std::vector<Example> examples() {
  std::ifstream file(KPID_REFERENCE);
  std::vector<Example> found;
  Example current;
  bool inside = false;
  size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("```")) {
      inside = line == "```example";
      current = {};
    } else if (inside && line.starts_with("fields: ")) {
      current.fields = line.substr(8);
    } else if (inside && line.starts_with("windows: ")) {
      current.windows = line.substr(9);
    } else if (inside && line.starts_with("by: ")) {
      current.by = line.substr(4);
    } else if (inside && line.starts_with("kpi ")) {
      const size_t colon = line.find(": ");
      current.kpis.emplace_back(line.substr(4, colon - 4), line.substr(colon + 2));
    } else if (inside && line.starts_with("{")) {
      current.events.push_back(line);
    } else if (inside && line.starts_with("formula: ")) {
      current.formula = line.substr(9);
      current.line = number;
    } else if (inside && (line.starts_with("value: ") || line == "absent")) {
      current.value = line == "absent" ? line : line.substr(7);
      found.push_back(current);
    }
  }
  return found;
}

std::string quoted(const std::string& formula) {
  std::string text = "'";
  for (const char c : formula) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

/// The configuration that an example leaves to the reader's mind. With `windows:` its events have
/// their time in `at`, and the last window counts; without, all of them fall into one.
std::string configuration_of(const Example& example) {
  std::string text =
      "sources:\n  e:\n    topic: e\n    format: json\n    fields: " + example.fields + "\n";
  if (!example.windows.empty()) {
    text += "    time: {field: at, format: rfc3339}\n    disorder: 1d\n";
  }
  const std::string windows = example.windows.empty() ? "1h" : example.windows;
  const std::string common = "\n    help: h\n    windows: [" + windows + "]\n" +
                             (example.by.empty() ? "" : "    by: [" + example.by + "]\n");
  text += "kpis:\n  the_example:" + common + "    formula: " + quoted(example.formula) + "\n";
  for (const auto& [name, formula] : example.kpis) {
    text += "  " + name + ":" + common + "    formula: " + quoted(formula) + "\n";
  }
  return text;
}

std::string text_of(const std::vector<Sample>& samples) {
  std::string text;
  for (const Sample& sample : samples) {
    if (!text.empty()) text += ", ";
    if (!sample.group->empty()) text += sample.group->front() + " ";
    text += sample.value ? sample.value->to_string() : "absent";
  }
  return text;
}

std::string run(const Example& example) {
  const auto plan = plan_of_text(configuration_of(example));
  if (plan == nullptr) return "";
  ConfiguredEngine engine(plan);
  PartitionLog log;
  for (const std::string& event : example.events) {
    // Without a time of their own events have that of their record.
    log.add(event, example.windows.empty() ? std::optional(EventTime{std::chrono::days{20'000}})
                                           : std::nullopt);
  }
  engine.read("e", 0, log);
  const std::vector<WindowReport> windows = engine.windows_of("the_example");
  return windows.empty() ? "" : text_of(windows.back().samples);
}

TEST(Reference, EveryExampleHasTheValueThatItSays) {
  const std::vector<Example> all = examples();
  EXPECT_GE(all.size(), 50U);
  for (const Example& example : all) {
    EXPECT_EQ(run(example), example.value)
        << "REFERENCE.md, line " << example.line << ": " << example.formula;
  }
}

TEST(Reference, HasAnExampleOfEveryFunction) {
  std::vector<std::string> names = row_function_names();
  for (const std::string& name : aggregate_function_names()) names.push_back(name);
  for (const std::string_view name : kWindowFunctions) names.emplace_back(name);
  const std::vector<Example> all = examples();
  for (const std::string& name : names) {
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Example& example) {
      return example.formula.find(name + "(") != std::string::npos;
    })) << name;
  }
}

}  // namespace
}  // namespace kpid
