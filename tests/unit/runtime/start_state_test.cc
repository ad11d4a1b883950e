#include "daemon/run/start_state.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/logging.h"
#include "pipeline/restore.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

using testing::HasSubstr;

/// Sources `NAME TOPIC START`, in a configuration for three workers.
Settings settings_of(const std::vector<std::array<std::string, 3>>& sources) {
  std::string text =
      "kafka: {bootstrap_servers: ['one:9092', 'two:9092'], group_id: g}\n"
      "workers: 3\n"
      "sources:\n";
  for (const auto& [name, topic, start] : sources) {
    text += fmt::format("  {}: {{topic: {}, format: json, start: {}, fields: {{v: int}}}}\n", name,
                        topic, start);
  }
  text += "kpis:\n";
  for (const auto& [name, topic, start] : sources) {
    text += fmt::format("  k_{0}: {{help: h, windows: [1m], formula: count({0})}}\n", name);
  }
  Loaded loaded = load_settings_text("kpid.yml", text, NeedKafka::kYes);
  for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << render(error);
  return std::move(loaded.settings);
}

/// What a store in a directory makes of later configurations.
class StartStateStory : public testing::Test {
 protected:
  /// A checkpoint with a partition of each source.
  void save(const Settings& settings) const {
    Checkpoint checkpoint;
    checkpoint.parts.emplace_back();
    for (const SourceDefinition& source : settings.definitions.sources) {
      checkpoint.sources.push_back({source.name, definition_of(source), std::nullopt});
      PartitionState partition;
      partition.source = source.name;
      partition.topic = source.topic;
      checkpoint.parts[0].partitions.push_back(std::move(partition));
    }
    EXPECT_TRUE(opened(directory_.path()).store->save(checkpoint));
  }

  Result<StartState> open(const Settings& settings, OnChange on_change = OnChange::kRefuse) const {
    return open_start_state(settings, directory_.path(), on_change, kNow);
  }

  TemporaryDirectory directory_;
};

/// The topics, those that the store knows with a `+`.
std::vector<std::string> topics_of(const Settings& settings, const StartState& state) {
  std::vector<std::string> topics;
  for (const KafkaTopic& topic : source_options(settings, state, 0, kNow).topics) {
    topics.push_back((topic.known ? "+" : "") + topic.name);
  }
  return topics;
}

using Topics = std::vector<std::string>;

TEST_F(StartStateStory, HasNothingWhereNoCheckpointWasSaved) {
  const Settings settings = settings_of({{"sales", "orders", "earliest"}});
  const auto state = open(settings);
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_NE(state->store, nullptr);
  EXPECT_FALSE(state->stored);
  EXPECT_TRUE(state->reset.empty());
  EXPECT_EQ(topics_of(settings, *state), Topics{"orders"});
}

TEST_F(StartStateStory, KnowsTheTopicsOfPartitionsInTheStore) {
  save(settings_of({{"sales", "orders", "earliest"}}));
  const Settings more =
      settings_of({{"visits", "clicks", "earliest"}, {"sales", "orders", "earliest"}});
  const auto state = open(more);
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_TRUE(state->stored);
  EXPECT_TRUE(state->reset.empty());
  EXPECT_EQ(topics_of(more, *state), (Topics{"clicks", "+orders"}));
}

TEST_F(StartStateStory, RefusesToResetAChangedSourceUnlessItMay) {
  save(settings_of({{"sales", "orders", "earliest"}, {"visits", "clicks", "earliest"}}));
  const Settings changed =
      settings_of({{"sales", "receipts", "earliest"}, {"visits", "clicks", "earliest"}});
  {
    const auto refused = open(changed);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().text,
                HasSubstr("the state in " + directory_.path().string() +
                          " was made with other definitions, and would be reset:\n  source sales: "
                          "was ["));
    EXPECT_THAT(refused.error().text, HasSubstr("--storage.on-change=reset"));
  }
  const auto reset = open(changed, OnChange::kReset);
  ASSERT_TRUE(reset) << reset.error().text;
  EXPECT_TRUE(reset->stored);
  EXPECT_EQ(reset->reset, std::set<std::string>{"sales"});
}

TEST_F(StartStateStory, KnowsATopicThatIsResetOnlyByAnotherSource) {
  const Settings settings = settings_of({{"sales", "orders", "earliest"}});
  save(settings);
  auto state = open(settings);
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_EQ(topics_of(settings, *state), Topics{"+orders"});
  state->reset = {"sales"};
  EXPECT_EQ(topics_of(settings, *state), Topics{"orders"});
  PartitionState other = state->stored->partitions[0];
  other.source = "returns";
  state->stored->partitions.push_back(other);
  EXPECT_EQ(topics_of(settings, *state), Topics{"+orders"});
}

TEST_F(StartStateStory, SaysThatADamagedStoreWasSetAside) {
  std::ofstream(directory_.path() / "kpid.db") << "no database";
  const auto errors = [] { return log_line_counts()[static_cast<size_t>(LogLevel::kError)]; };
  const uint64_t before = errors();
  const auto state = open(settings_of({{"sales", "orders", "earliest"}}));
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_FALSE(state->stored);
  EXPECT_EQ(errors() - before, 1U);
}

TEST_F(StartStateStory, NamesATopicOnceForAllItsSources) {
  const Settings settings = settings_of({{"sales", "orders", "latest"},
                                         {"visits", "clicks", "earliest"},
                                         {"returns", "orders", "latest"}});
  const std::vector<KafkaTopic> topics = source_options(settings, {}, 0, kNow).topics;
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].name, "orders");
  EXPECT_EQ(topics[0].start.kind, Start::Kind::kLatest);
  EXPECT_EQ(topics[1].name, "clicks");
  EXPECT_EQ(topics[1].start.kind, Start::Kind::kEarliest);
}

TEST(SourceOptions, ShareTheMemoryForWhatIsFetchedAmongTheWorkers) {
  const Settings settings = settings_of({{"sales", "orders", "earliest"}});
  const KafkaSourceOptions options = source_options(settings, {}, 2, kNow);
  EXPECT_EQ(options.bootstrap_servers, "one:9092,two:9092");
  EXPECT_EQ(options.group_id, "g");
  EXPECT_EQ(options.worker, 2u);
  EXPECT_EQ(options.workers, 3u);
  EXPECT_EQ(options.asked_at, kNow);
  EXPECT_EQ(options.queue_bytes, (128ULL << 20) / 3);
}

}  // namespace
}  // namespace kpid
