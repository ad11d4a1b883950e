#include "daemon/load/load_configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "config/settings.h"
#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// What kpid makes of the configuration. Fails where it has a mistake.
Settings settings_for(const GenerateLoadOptions& options, NeedKafka need_kafka) {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "kpid.yml").string();
  std::ofstream(path) << configuration_for_load(options);
  const Loaded loaded = load_settings(std::vector<std::string>{path}, need_kafka);
  for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << render(error);
  return loaded.settings;
}

TEST(LoadConfiguration, ReadsTheTopicFromTheBrokersOfTheLoad) {
  GenerateLoadOptions options;
  options.kafka = {.bootstrap_servers = "one:9092,two:9092", .topic = "2026-sales"};
  options.shape.disorder = Duration{250};
  options.shape.extra_fields = 2;
  const Settings settings = settings_for(options, NeedKafka::kYes);
  EXPECT_THAT(settings.kafka.bootstrap_servers, ElementsAre("one:9092", "two:9092"));
  ASSERT_EQ(settings.definitions.sources.size(), 1u);
  const SourceDefinition& source = settings.definitions.sources[0];
  EXPECT_EQ(source.topic, "2026-sales");
  EXPECT_EQ(source.disorder, Duration{250});
  EXPECT_EQ(source.fields.size(), 11u + 2u);
  EXPECT_EQ(source.fields.back().name, "extra_002");
}

TEST(LoadConfiguration, NeedsNoKafkaForAFile) {
  GenerateLoadOptions options;
  options.output = "-";
  EXPECT_THAT(configuration_for_load(options), Not(HasSubstr("kafka")));
  settings_for(options, NeedKafka::kNo);
}

TEST(LoadConfiguration, ShowsNoPropertyForItMayBeASecret) {
  GenerateLoadOptions options;
  options.kafka.bootstrap_servers = "one:9092";
  options.kafka.properties = {{"sasl.password", "hunter2"}};
  EXPECT_THAT(configuration_for_load(options), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace kpid
