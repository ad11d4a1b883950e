#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/config/loaded_text.h"

// How much of everything a configuration may have.

namespace kpid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Settings, HostileYamlIsRefusedAtOnce) {
  std::string laughs = "a0: &a0 [ha, ha, ha]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
              ", " + before + "]\n";
  }
  const std::vector<std::string> hostile = {
      laughs,
      "kpis: &a [*a]\n",
      std::string(100'000, '['),
      std::string(100'000, '{'),
      "a: " + std::string(2'000'000, 'b'),
      std::string("a: \0b\n", 6),
      "--- a\n--- b\n--- c\n",
      "%YAML 9.9\n---\na: 1\n",
      "a: \"\\xZZ\"\n",
      "? ? ? a\n",
  };
  for (const std::string& text : hostile) {
    EXPECT_FALSE(load(text).usable()) << text.substr(0, 60);
  }
}

TEST(Settings, AMillionBytesOfUnknownKeysAreNamedInSeconds) {
  std::string text;
  for (int i = 0; text.size() < 1'000'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  EXPECT_GT(load(text).errors.size(), 50'000U);
}

/// A million bytes of lines, which `line` makes of their number from 0.
template <class Line>
std::string million_bytes_of(const Line& line) {
  std::string text;
  for (int i = 0; text.size() < 1'000'000; ++i) text += line(std::to_string(i));
  return text;
}

// Looking for what is secret in what is quoted once took minutes here.
TEST(Settings, AMillionBytesOfMistakesAmongPropertiesAreNamedInSeconds) {
  const auto judge = [](const std::string& name, const std::optional<std::string>&) {
    return std::optional<PropertyMistake>(
        {PropertyMistake::Where::kName, name + " is unknown", ""});
  };
  const std::string properties =
      "kafka:\n  properties:\n" +
      million_bytes_of([](const std::string& i) { return "    no.such." + i + ": x\n"; });
  const Loaded wrong = load_settings_text("kpid.yml", properties, NeedKafka::kNo, judge);
  ASSERT_GT(wrong.errors.size(), 40'000U);
  EXPECT_EQ(wrong.errors[40'000].text, "no.such.40000 is unknown");
  EXPECT_EQ(wrong.errors[40'000].line_text, "    no.such.40000: *");

  const std::vector<Diagnostic> sections = load(million_bytes_of([](const std::string& i) {
                                             return "k" + i + ": {properties: {a: b, c: d}}\n";
                                           })).errors;
  ASSERT_GT(sections.size(), 25'000U);
  EXPECT_EQ(sections[25'000].line_text, "k25000: {properties: {a: ** ** ***");

  const std::vector<Diagnostic> cut_off =
      load(million_bytes_of([](const std::string&) { return "k: 1\n"; }) + "\tx: [\n").errors;
  ASSERT_EQ(cut_off.size(), 200'000U);
  EXPECT_EQ(cut_off[150'000].line_text, "k: 1");
}

TEST(Sources, HaveAtMostTenThousandFields) {
  const auto with_fields = [](int fields) {
    std::string text = "sources:\n  s:\n    topic: t\n    format: json\n    fields:\n";
    for (int i = 0; i < fields; ++i) text += "      f" + std::to_string(i) + ": int\n";
    return load(text);
  };
  EXPECT_TRUE(with_fields(10'000).usable());
  const Loaded refused = with_fields(10'001);
  ASSERT_EQ(refused.errors.size(), 1U);
  EXPECT_EQ(refused.errors[0].text, "this source has too many fields");
  EXPECT_EQ(refused.errors[0].line, 10'006U);
}

TEST(Settings, AKpiHasAtMostAHundredWindowsAndFiftyLabels) {
  const auto errors = [](int windows, int labels) {
    std::string text = "sources:\n  s:\n    topic: s\n    format: json\n    fields:\n";
    std::string by;
    for (int i = 1; i <= labels; ++i) {
      text += "      f" + std::to_string(i) + ": int\n";
      by += "f" + std::to_string(i) + ", ";
    }
    text += "kpis:\n  k: {help: h, formula: count(s), by: [" + by + "], windows: [";
    for (int i = 1; i <= windows; ++i) text += std::to_string(i) + "h, ";
    return texts_of(load(text + "]}\n").errors);
  };
  EXPECT_THAT(errors(100, 50), IsEmpty());
  EXPECT_THAT(errors(101, 51), ElementsAre("'by' has 51 labels", "'windows' has 101 windows"));
}

TEST(Settings, AFormulaLooksBackAHundredYearsInAll) {
  const auto errors = [](const std::string& formula) {
    return texts_of(load("sources:\n  s: {topic: s, format: json, fields: {g: string}}\n"
                         "kpis:\n  k: {help: h, windows: [year], formula: '" +
                         formula + "'}\n")
                        .errors);
  };
  EXPECT_THAT(errors("previous(count(s), 100 years)"), IsEmpty());
  EXPECT_THAT(errors("previous(new(g, 50 years), 50 years)"), IsEmpty());
  const auto refused = ElementsAre("the formula looks back more than a hundred years in all");
  EXPECT_THAT(errors("previous(previous(count(s)), 100 years)"), refused);
  EXPECT_THAT(errors("previous(new(g, 51 years), 50 years)"), refused);
  EXPECT_THAT(errors("moving_average(previous(count(s), 99 years), 3)"), refused);
}

}  // namespace
}  // namespace kpid
