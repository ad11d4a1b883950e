// Every way to write a wrong configuration, each with all that the user reads about it.
//
// tests/golden/bad_config/NAME.yml is the configuration, NAME.expected the full text. After a
// change of a message: KPID_UPDATE_GOLDEN=1 rewrites the expected texts; read the difference.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/settings.h"
#include "tests/support/file_contents.h"

namespace kpid {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> bad_configurations() {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(KPID_GOLDEN_DIRECTORY)) {
    if (file.path().extension() == ".yml") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BadConfig : public testing::TestWithParam<std::string> {};

TEST_P(BadConfig, IsRefusedWithItsFullText) {
  const fs::path stem = fs::path(KPID_GOLDEN_DIRECTORY) / GetParam();
  const std::string text = contents_of(stem.string() + ".yml");
  const Loaded loaded = load_settings_text("kpid.yml", text, NeedKafka::kNo);
  std::string rendered;
  for (const Diagnostic& error : loaded.errors) rendered += render(error);

  EXPECT_FALSE(loaded.usable());
  const fs::path expected = stem.string() + ".expected";
  if (std::getenv("KPID_UPDATE_GOLDEN") != nullptr) std::ofstream(expected) << rendered;
  EXPECT_EQ(rendered, contents_of(expected));
}

INSTANTIATE_TEST_SUITE_P(Golden, BadConfig, testing::ValuesIn(bad_configurations()),
                         [](const auto& instance) { return instance.param; });

TEST(BadConfigs, AreAtLeastSixty) { EXPECT_GE(bad_configurations().size(), 60U); }

}  // namespace
}  // namespace kpid
