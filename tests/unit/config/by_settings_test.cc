#include "config/by_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/settings.h"
#include "tests/support/file_contents.h"

namespace kpid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kSources = R"(sources:
  sales:
    topic: sales
    format: json
    disorder: 5m
    fields: {region: string, channel: string}
  feedback:
    topic: feedback
    format: json
    disorder: 5m
    fields: {store_region: string, channel: string, way: string}
)";

/// A configuration with one KPI of that formula and `by`.
std::string configuration(const std::string& by,
                          const std::string& formula = "count(feedback) / count(sales)") {
  return std::string(kSources) +
         "kpis:\n  k:\n    help: h\n    windows: [1h]\n    formula: " + formula +
         "\n    by: " + by + "\n";
}

Loaded load(const std::string& text) {
  return load_settings_text("kpid.yml", text, NeedKafka::kNo);
}

/// The only KPI of a configuration that has no mistakes.
KpiDefinition kpi_of(const Loaded& loaded) {
  for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << render(error);
  return loaded.settings.definitions.kpis.at(0);
}

TEST(By, MayNameAnotherFieldInEachSource) {
  const KpiDefinition kpi = kpi_of(load(configuration(
      "{region: {sales: region, feedback: store_region}, channel: {feedback: way}}")));
  EXPECT_THAT(kpi.by, ElementsAre("region", "channel"));
  EXPECT_THAT(by_fields(kpi, "sales"), ElementsAre("region", "channel"));
  EXPECT_THAT(by_fields(kpi, "feedback"), ElementsAre("store_region", "way"));
}

TEST(By, TakesATextForTheFieldInEverySource) {
  const KpiDefinition kpi = kpi_of(load(configuration("{way: channel}")));
  EXPECT_THAT(kpi.by, ElementsAre("way"));
  EXPECT_THAT(by_fields(kpi, "sales"), ElementsAre("channel"));
  EXPECT_THAT(by_fields(kpi, "feedback"), ElementsAre("channel"));
}

TEST(By, TakesTheFieldOfTheLabelsNameInASourceThatIsNotListed) {
  const KpiDefinition kpi =
      kpi_of(load(configuration("{region: {feedback: store_region}, channel: {}}")));
  EXPECT_THAT(by_fields(kpi, "sales"), ElementsAre("region", "channel"));
  EXPECT_THAT(by_fields(kpi, "feedback"), ElementsAre("store_region", "channel"));
}

TEST(By, MayHaveLabelsThatAreFieldsOfOtherMeaning) {
  // What one source calls the way is the channel of the other, and the reverse.
  const KpiDefinition kpi = kpi_of(
      load(configuration("{way: {sales: channel, feedback: channel}, channel: {feedback: way}}")));
  EXPECT_THAT(by_fields(kpi, "sales"), ElementsAre("channel", "channel"));
  EXPECT_THAT(by_fields(kpi, "feedback"), ElementsAre("channel", "way"));
}

TEST(By, IsTheSameAsAListAndAsAMappingOfEachNameToItself) {
  for (const char* by : {"[channel]", "{channel: channel}", "{channel: {}}",
                         "{channel: {sales: channel, feedback: channel}}"}) {
    const KpiDefinition kpi = kpi_of(load(configuration(by)));
    EXPECT_THAT(kpi.by, ElementsAre("channel")) << by;
    EXPECT_THAT(kpi.other_fields, IsEmpty()) << by;
  }
}

TEST(By, IsReadAsTheReferenceShowsIt) {
  const std::string reference = contents_of(KPID_REFERENCE);
  const size_t start = reference.find("```yaml\nsources:");
  ASSERT_NE(start, std::string::npos);
  const size_t text = start + std::string("```yaml\n").size();
  const std::string example = reference.substr(text, reference.find("```", text) - text);
  const KpiDefinition kpi = kpi_of(load(example));
  EXPECT_THAT(kpi.by, ElementsAre("region", "channel"));
  EXPECT_THAT(by_fields(kpi, "sales"), ElementsAre("region", "channel"));
  EXPECT_THAT(by_fields(kpi, "feedback"), ElementsAre("store_region", "way"));
}

TEST(By, MayBeEmptyEitherWay) {
  EXPECT_THAT(kpi_of(load(configuration("[]"))).by, IsEmpty());
  EXPECT_THAT(kpi_of(load(configuration("{}"))).by, IsEmpty());
}

TEST(By, UsesTheFieldsThatItsLabelsStandFor) {
  const auto unused = [](const std::string& by) {
    std::vector<std::string> texts;
    for (const Diagnostic& warning : load(configuration(by)).warnings) {
      texts.push_back(warning.text);
    }
    return texts;
  };
  EXPECT_THAT(unused("{region: {feedback: store_region}, channel: {feedback: way}}"),
              ElementsAre("nothing uses the field 'channel'"));
  EXPECT_THAT(unused("{region: {sales: channel, feedback: channel}}"),
              ElementsAre("nothing uses the field 'region'",
                          "nothing uses the field 'store_region'", "nothing uses the field 'way'"));
}

TEST(By, IsWarnedOfALabelOfPrometheusWhereItStands) {
  const Loaded loaded =
      load(configuration("{channel: channel, job: way, store: store_region}", "count(feedback)"));
  std::string seen;
  for (const Diagnostic& warning : loaded.warnings) {
    if (warning.text.find("Prometheus") != std::string::npos) seen += render(warning);
  }
  EXPECT_EQ(seen,
            "kpid.yml:17:28: warning: Prometheus has a label 'job' of its own\n"
            "    by: {channel: channel, job: way, store: store_region}\n"
            "                           ^~~\n"
            "hint: this one will be called exported_job\n");
}

}  // namespace
}  // namespace kpid
