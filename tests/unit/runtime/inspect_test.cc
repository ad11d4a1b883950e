#include "daemon/inspect.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "config/settings.h"
#include "pipeline/restore.h"
#include "tests/support/partition_log.h"
#include "tests/support/small_plan.h"
#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

constexpr std::string_view kConfiguration = R"(sources:
  sales: {topic: sales, format: json, time: {field: t, format: unix_ms}, disorder: 0s,
          max_ahead: 0s, fields: {g: string}}
kpis:
  orders: {help: Orders, formula: count(sales), windows: [1m], by: [g]}
)";

/// A store with two minutes that are over, one in which a record was lost, and one that fills.
class Inspect : public testing::Test {
 protected:
  Inspect() {
    const Loaded loaded = load_settings_text("kpid.yml", kConfiguration, NeedKafka::kNo);
    settings_ = loaded.settings;
    const auto plan = make_plan(std::make_shared<const Definitions>(settings_.definitions));
    SingleShardAdmission admission(settings_.definitions.limits.max_groups);
    Engine engine(plan, 0, admission);
    Engine* const shards[] = {&engine};
    const auto restored = restore(nullptr, {}, *plan, shards);
    PartitionState partition;
    partition.source = partition.topic = "sales";
    engine.add_partition(partition);
    PartitionLog log;
    for (const double seconds : {10, 70, 130}) log.add_event(at(seconds), R"("g":"a")");
    log.add("gone");
    for (const double seconds : {150, 190}) log.add_event(at(seconds), R"("g":"b")");
    engine.consume(0, log.from(0, 3));
    engine.lose(0, 4);
    engine.consume(0, log.from(4, 2));
    Checkpoint checkpoint;
    checkpoint.sources = restored->sources;
    checkpoint.parts = {engine.freeze(restored->layouts)};
    EXPECT_TRUE(opened(directory_.path()).store->save(checkpoint));
  }

  std::string printed(OutputFormat output) {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::tmpfile(), close);
    const InspectOptions options{
        .config_file = "", .storage_path = directory_.path(), .output = output};
    EXPECT_EQ(inspect(settings_, options, file.get(), file.get()), kExitGood);
    std::rewind(file.get());
    std::string text;
    std::array<char, 4096> part{};
    while (const size_t size = std::fread(part.data(), 1, part.size(), file.get())) {
      text.append(part.data(), size);
    }
    return text;
  }

  const TemporaryDirectory directory_;
  Settings settings_;
};

TEST_F(Inspect, MarksWindowsThatFillAndThoseThatLackRecordsInItsTable) {
  const std::string table = printed(OutputFormat::kTable);
  EXPECT_EQ(table.substr(table.find("\nEND ") + 1),
            "END                   KPI     WINDOW  GROUP  VALUE  SAMPLES  STATE\n"
            "2024-01-01T00:01:00Z  orders  1m      g=a        1        1  final\n"
            "2024-01-01T00:02:00Z  orders  1m      g=a        1        1  final\n"
            "2024-01-01T00:03:00Z  orders  1m      g=a        1        1  incomplete\n"
            "2024-01-01T00:03:00Z  orders  1m      g=b        1        1  incomplete\n"
            "2024-01-01T00:04:00Z  orders  1m      g=b        1        1  filling\n");
}

TEST_F(Inspect, MarksThemBehindWhatReplayPrintsInJson) {
  const std::string json = printed(OutputFormat::kJson);
  const std::string final_one =
      R"({"kpi":"orders","window":"1m","start":"2024-01-01T00:00:00Z","end":"2024-01-01T00:01:00Z",)"
      R"("group":{"g":"a"},"value":1,"samples":1,"final":true})";
  EXPECT_NE(json.find(final_one), json.npos) << json;
  const std::string incomplete =
      R"("end":"2024-01-01T00:03:00Z","group":{"g":"b"},"value":1,"samples":1,"final":false,"incomplete":true})";
  EXPECT_NE(json.find(incomplete), json.npos) << json;
  const std::string filling =
      R"("end":"2024-01-01T00:04:00Z","group":{"g":"b"},"value":1,"samples":1,"final":false})";
  EXPECT_NE(json.find(filling), json.npos) << json;
}

}  // namespace
}  // namespace kpid
