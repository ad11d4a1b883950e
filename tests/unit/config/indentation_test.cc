// Lines that begin at the wrong place: what the user reads must speak of just that.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.h"

namespace kpid {
namespace {

constexpr std::string_view kSound = R"(sources:
  sales:
    topic: sales
    format: json
    time: {field: ts, format: unix_ms}
    disorder: 5s
    fields:
      type: string
      region: {path: shop.region, type: string}
      amount: decimal
kpis:
  conversion:
    help: Share of visits that end in an order
    formula: count(sales where type == 'order') / count(sales where type == 'visit')
    windows: [5m, 1h]
    by: [region]
  # Above a list there may be a remark.
  revenue:
    help: >
         Value of all orders
         with tax
    windows:
      - 5m
      - 1h every 10s
    formula: sum(sales.amount
      where type == 'order')
    by:
    - region
    unit: eur
kafka:
  bootstrap_servers:
    - localhost:9092
  properties:
    security.protocol: plaintext
limits: {max_groups: 100,
  max_series: 50}
)";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    lines.emplace_back(text.substr(0, text.find('\n')));
    text.remove_prefix(lines.back().size() + 1);
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

Loaded load(const std::string& text) {
  return load_settings_text("kpid.yml", text, NeedKafka::kNo);
}

/// What `check` says, as the user reads it.
std::string said_of(const std::string& text) {
  std::string said;
  for (const Diagnostic& error : load(text).errors) said += render(error);
  return said;
}

bool speaks_of_indentation(const Loaded& loaded) {
  return std::any_of(loaded.errors.begin(), loaded.errors.end(), [](const Diagnostic& error) {
    const std::string said = error.text + " " + error.hint;
    return said.find("indent") != said.npos;
  });
}

bool blames_the_formula(const Loaded& loaded) {
  return std::any_of(loaded.errors.begin(), loaded.errors.end(), [](const Diagnostic& error) {
    return error.hint.find("quote the formula") != error.hint.npos;
  });
}

/// How one line was moved, and by what it now begins.
std::vector<std::pair<std::string, std::string>> moved(const std::string& line) {
  const size_t blanks = line.find_first_not_of(' ');
  const std::string words = line.substr(blanks);
  std::vector<std::pair<std::string, std::string>> moved;
  for (const size_t more : {1, 2, 3}) {
    moved.emplace_back(fmt::format("{} more", more), std::string(blanks + more, ' ') + words);
    if (blanks < more) continue;
    moved.emplace_back(fmt::format("{} fewer", more), std::string(blanks - more, ' ') + words);
  }
  moved.emplace_back("a tab before it", "\t" + line);
  moved.emplace_back("a tab behind its blanks", std::string(blanks, ' ') + "\t" + words);
  moved.emplace_back("a tab instead of its blanks", "\t" + words);
  return moved;
}

TEST(Indentation, IsWhatAMistakeSpeaksOfWhereverOneLineIsMoved) {
  const std::vector<std::string> sound = lines_of(kSound);
  ASSERT_EQ(said_of(joined(sound)), "");
  for (size_t i = 0; i < sound.size(); ++i) {
    if (sound[i].find('#') != std::string::npos) continue;
    for (const auto& [how, line] : moved(sound[i])) {
      std::vector<std::string> lines = sound;
      lines[i] = line;
      const Loaded loaded = load(joined(lines));
      if (loaded.usable()) continue;
      EXPECT_TRUE(speaks_of_indentation(loaded)) << "line " << i + 1 << ", " << how << ":\n"
                                                 << said_of(joined(lines));
      EXPECT_FALSE(blames_the_formula(loaded)) << "line " << i + 1 << ", " << how << ":\n"
                                               << said_of(joined(lines));
    }
  }
}

}  // namespace
}  // namespace kpid
