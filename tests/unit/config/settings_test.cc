#include "config/settings.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/check.h"
#include "config/packs.h"
#include "tests/support/file_contents.h"
#include "tests/unit/config/loaded_text.h"

namespace kpid {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kSource = R"(sources:
  sales:
    topic: sales
    format: json
    disorder: 10s
    max_ahead: 10s
    fields: {type: string, region: string, amount: decimal}
)";

constexpr std::string_view kKpi = R"(kpis:
  revenue:
    help: Value of all orders
    formula: sum(sales.amount where type == 'order')
    windows: [5m]
    by: [region]
)";

std::string both(std::string_view before = "") {
  return std::string(before) + std::string(kSource) + std::string(kKpi);
}

/// A directory of one test, gone with it.
class Directory {
 public:
  Directory() {
    path_ = std::filesystem::path(testing::TempDir()) /
            testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(Settings, KeysLeftOutHaveTheDefaultsOfTheContract) {
  const Loaded loaded = load(
      "sources:\n  s:\n    topic: t\n    format: json\n    fields: {a: int}\n"
      "kpis:\n  k:\n    help: h\n    formula: count(s.a)\n    windows: [5m]\n");
  ASSERT_TRUE(loaded.usable()) << rendered(loaded.errors);
  const Settings& settings = loaded.settings;
  EXPECT_FALSE(settings.has_kafka);
  EXPECT_THAT(settings.kafka.bootstrap_servers, ElementsAre("localhost:9092"));
  EXPECT_EQ(settings.kafka.group_id, "kpid");
  EXPECT_EQ(settings.workers, 1U);
  EXPECT_EQ(settings.publish.interval, seconds{1});
  EXPECT_EQ(settings.publish.prefix, "kpi_");
  EXPECT_EQ(settings.checkpoint.interval, seconds{5});
  EXPECT_EQ(settings.definitions.max_drift, hours{1});
  EXPECT_EQ(settings.definitions.stale_after, minutes{5});
  EXPECT_EQ(settings.definitions.limits.max_groups, 100'000U);
  EXPECT_EQ(settings.definitions.limits.max_series, 1'000U);
  EXPECT_EQ(settings.definitions.limits.string_bytes, 256U);
  EXPECT_EQ(settings.definitions.limits.record_bytes, uint64_t{1} << 20);
  EXPECT_EQ(settings.definitions.limits.group_expiry, hours{24});
  const SourceDefinition& source = settings.definitions.sources.at(0);
  EXPECT_EQ(source.start, Start{});
  EXPECT_FALSE(source.has_time_field());
  EXPECT_EQ(source.disorder, seconds{10});
  EXPECT_EQ(source.allowed_lateness, seconds{0});
  EXPECT_EQ(source.max_ahead, minutes{5});
  EXPECT_EQ(source.idle_timeout, minutes{1});
  EXPECT_EQ(source.retention, hours{24});
  EXPECT_EQ(source.keep_windows, seconds{0});
  const KpiDefinition& kpi = settings.definitions.kpis.at(0);
  EXPECT_THAT(kpi.by, IsEmpty());
  EXPECT_EQ(kpi.unit, "");
  EXPECT_EQ(kpi.show, std::nullopt);
  EXPECT_EQ(show_of(kpi, kpi.windows[0]), Show::kFinal);
  EXPECT_FALSE(kpi.rank_by.has_value());
}

TEST(Settings, TakesAsManyWorkersAsTheMachineHasCpusOnlyWhenAskedTo) {
  const std::pair<const char*, uint32_t> cases[] = {
      {"1", 1}, {"256", 256}, {"auto", kAutoWorkers}, {"'auto'", kAutoWorkers}};
  for (const auto& [text, workers] : cases) {
    const Loaded loaded = load(fmt::format("workers: {}\n", text));
    EXPECT_EQ(loaded.settings.workers, workers) << text;
    for (const Diagnostic& error : loaded.errors) {
      EXPECT_THAT(error.text, Not(HasSubstr("workers"))) << text;
    }
  }
  for (const char* text : {"0", "257", "automatic", "Auto", "[auto]"}) {
    const Loaded loaded = load(fmt::format("workers: {}\n", text));
    EXPECT_EQ(loaded.errors.at(0).line, 1U) << text;
  }
}

TEST(Settings, EveryKeyOfASourceArrives) {
  const Loaded loaded = load(R"(max_drift: 30m
sources:
  shop:
    topic: shop.events-1
    start: -6h
    format: csv
    columns: [at, type, paid at]
    time: {field: at, format: '%d.%m.%Y %H:%M', time_zone: Europe/Berlin}
    disorder: 200ms
    allowed_lateness: 1m
    max_ahead: 0s
    idle_timeout: 2m
    retention: 2d
    keep_windows: 2d
    fields:
      type: string
      paid: {path: paid at, type: time, format: unix_s}
)");
  ASSERT_TRUE(loaded.usable()) << rendered(loaded.errors);
  const SourceDefinition& source = loaded.settings.definitions.sources.at(0);
  EXPECT_EQ(source.topic, "shop.events-1");
  EXPECT_EQ(source.start, (Start{Start::Kind::kAgo, hours{6}}));
  EXPECT_EQ(source.format, RecordFormat::kCsv);
  EXPECT_THAT(source.columns, ElementsAre("at", "type", "paid at"));
  EXPECT_THAT(source.time_path, ElementsAre("at"));
  EXPECT_EQ(source.time_format,
            (TimeFormat{TimeFormat::Kind::kPattern, "%d.%m.%Y %H:%M", "Europe/Berlin"}));
  EXPECT_EQ(source.disorder, std::chrono::milliseconds{200});
  EXPECT_EQ(source.allowed_lateness, minutes{1});
  EXPECT_EQ(source.max_ahead, seconds{0});
  EXPECT_EQ(source.idle_timeout, minutes{2});
  EXPECT_EQ(source.retention, hours{48});
  EXPECT_EQ(source.keep_windows, hours{48}) << "as long as the retention is possible";
  EXPECT_EQ(source.fields.at(1),
            (Field{"paid", {"paid at"}, Type::kTime, {TimeFormat::Kind::kUnixSeconds, "", ""}}));
}

TEST(Settings, APathIsCutAtItsDotsInJson) {
  const Loaded loaded = load(
      "sources:\n  s:\n    topic: t\n    format: json\n    time: {field: meta.at, format: "
      "rfc3339}\n"
      "    fields: {region: {path: shop.address.region, type: string}}\n");
  ASSERT_TRUE(loaded.usable()) << rendered(loaded.errors);
  const SourceDefinition& source = loaded.settings.definitions.sources.at(0);
  EXPECT_THAT(source.fields.at(0).path, ElementsAre("shop", "address", "region"));
  EXPECT_THAT(source.time_path, ElementsAre("meta", "at"));
}

TEST(Settings, TheTimeMayBeADeclaredField) {
  const Loaded loaded = load(
      "sources:\n  s:\n    topic: t\n    format: json\n    time: {field: at, format: unix_ms}\n"
      "    fields: {at: {path: meta.created, type: int}}\n");
  ASSERT_TRUE(loaded.usable()) << rendered(loaded.errors);
  EXPECT_THAT(loaded.settings.definitions.sources.at(0).time_path, ElementsAre("meta", "created"));
}

TEST(Settings, KpisMayStandBeforeTheirSources) {
  const Loaded loaded = load(std::string(kKpi) + std::string(kSource));
  EXPECT_TRUE(loaded.usable()) << rendered(loaded.errors);
}

TEST(Settings, RetentionMayEqualLatenessAndDrift) {
  EXPECT_TRUE(load("max_drift: 1h\nsources:\n  s: {topic: t, format: json, fields: {a: int}, "
                   "retention: 1h, allowed_lateness: 1h}\n")
                  .usable());
}

TEST(Settings, ADirectoryIsOneConfigurationInOrderOfItsNames) {
  const Directory directory;
  directory.write("20-kpis.yml", kKpi);
  directory.write("10-sources.yml", kSource);
  directory.write("notes.txt", "not: [yaml");
  directory.write(".hidden.yml", "not: [yaml");
  const std::vector<std::string> paths = {directory.path()};
  const Loaded loaded = load_settings(paths, NeedKafka::kNo);
  ASSERT_TRUE(loaded.usable()) << rendered(loaded.errors);
  EXPECT_EQ(loaded.settings.definitions.kpis.size(), 1U);
}

TEST(Settings, SeveralFilesAddTheirSourcesKpisAndLimits) {
  const Directory directory;
  const std::vector<std::string> paths = {
      directory.write("a.yml", both("limits: {max_groups: 7}\n")),
      directory.write("b.yml",
                      "limits: {max_series: 3}\nsources:\n  more: {topic: m, format: json, fields: "
                      "{a: int}}\n")};
  const Loaded loaded = load_settings(paths, NeedKafka::kNo);
  ASSERT_TRUE(loaded.usable()) << rendered(loaded.errors);
  EXPECT_EQ(loaded.settings.definitions.limits.max_groups, 7U);
  EXPECT_EQ(loaded.settings.definitions.limits.max_series, 3U);
  EXPECT_EQ(loaded.settings.definitions.sources.size(), 2U);
}

TEST(Settings, ANameInTwoFilesIsADuplicateThatNamesTheFirst) {
  const Directory directory;
  const std::vector<std::string> paths = {directory.write("a.yml", both()),
                                          directory.write("b.yml", kSource)};
  const Loaded loaded = load_settings(paths, NeedKafka::kNo);
  ASSERT_EQ(loaded.errors.size(), 1U) << rendered(loaded.errors);
  EXPECT_EQ(loaded.errors[0].file, paths[1]);
  EXPECT_EQ(loaded.errors[0].line, 2U);
  EXPECT_EQ(loaded.errors[0].text, "duplicate key 'sales'");
  EXPECT_EQ(loaded.errors[0].hint, "the first is in " + paths[0] + ", line 2");
}

TEST(Settings, MistakesOfSeveralFilesComeFileByFile) {
  const Directory directory;
  const std::vector<std::string> paths = {directory.write("b.yml", "stale_after: 5\nworkers: 0\n"),
                                          directory.write("a.yml", "max_drift: 1\n")};
  const Loaded loaded = load_settings(paths, NeedKafka::kNo);
  EXPECT_THAT(texts_of(loaded.errors),
              ElementsAre("'5' has no unit", "'workers' must be from 1 to 256", "'1' has no unit"));
}

TEST(Settings, WhatCannotBeReadIsNamed) {
  const Directory directory;
  const std::vector<std::string> paths = {directory.path(), directory.path() + "/absent.yml"};
  const Loaded loaded = load_settings(paths, NeedKafka::kNo);
  EXPECT_THAT(texts_of(loaded.errors),
              ElementsAre("the directory has no *.yml that can be read", "cannot read the file"));
}

TEST(Settings, OnlyRunNeedsKafka) {
  EXPECT_TRUE(load(both()).usable());
  const Loaded loaded = load_settings_text("kpid.yml", both(), NeedKafka::kYes);
  EXPECT_THAT(texts_of(loaded.errors), ElementsAre("the configuration needs 'kafka'"));
  EXPECT_TRUE(
      load_settings_text("kpid.yml", both("kafka: {group_id: a}\n"), NeedKafka::kYes).usable());
}

TEST(Settings, OnlyAFileSaysItselfWhatTheCellsOfCsvAre) {
  const std::string sources = "sources:\n  sales: {topic: sales, format: csv, fields: {a: int}}\n";
  const std::string kafka = "kafka: {group_id: a}\n";
  const std::string text = "source 'sales' is csv and has no 'columns'";
  EXPECT_THAT(texts_of(load(sources).warnings), Not(Contains(text)));
  EXPECT_THAT(texts_of(load(kafka + sources).warnings), Contains(text));
  const Loaded running = load_settings_text("kpid.yml", kafka + sources, NeedKafka::kYes);
  EXPECT_THAT(texts_of(running.errors), ElementsAre(text));
  EXPECT_EQ(running.errors[0].line, 3U);
}

TEST(Settings, AByteOrderMarkAndWindowsLineEndsMoveNoColumn) {
  const Loaded loaded = load("\xEF\xBB\xBFworkers: none\r\nstale_after: 5\r\n");
  ASSERT_EQ(loaded.errors.size(), 2U);
  EXPECT_EQ(render(loaded.errors[0]),
            "kpid.yml:1:10: error: 'none' is not a whole number\nworkers: none\n         ^~~~\n");
  EXPECT_EQ(loaded.errors[1].column, 14U);
  EXPECT_EQ(loaded.errors[1].line_text, "stale_after: 5");
}

TEST(KpisByName, AreNotBlamedOnTheOnesThatUseThemForHowFarTheyLookBack) {
  EXPECT_EQ(mistakes_of("  base: {help: h, windows: [1d], formula: 'growth(count(s), 1 month)'}\n"
                        "  user: {help: h, windows: [1d], formula: base * 2}\n"
                        "  twice: {help: h, windows: [1d], formula: user + base}\n"),
            std::vector<std::string>{"4 '1d' is a fixed window, and a month has no fixed length"});
}

TEST(KpisByName, AreReportedInEveryCircleTheyAreIn) {
  EXPECT_EQ(mistakes_of("  a: {help: h, windows: [1d], formula: b + 1}\n"
                        "  b: {help: h, windows: [1d], formula: a / c}\n"
                        "  c: {help: h, windows: [1d], formula: c}\n"),
            (std::vector<std::string>{"4 the KPI 'a' is computed from itself: a -> b -> a",
                                      "5 the KPI 'b' is computed from itself: b -> a -> b",
                                      "6 the KPI 'c' is computed from itself: c -> c"}));
}

TEST(Schema, KnowsEveryKeyThatTheReaderKnows) {
  const std::string schema = contents_of(KPID_SCHEMA);
  const std::vector<std::string> lists = {
      "- a\n",
      "kafka: a\n",
      "publish: a\n",
      "checkpoint: a\n",
      "limits: a\n",
      "sources: {s: a}\n",
      "kpis: {k: a}\n",
      "sources: {s: {topic: t, format: json, fields: {}, time: a}}\n",
      "sources: {s: {topic: t, format: json, fields: {f: [a]}}}\n"};
  for (const std::string& text : lists) {
    const Loaded loaded = load(text);
    ASSERT_EQ(loaded.errors.size(), 1U) << text << rendered(loaded.errors);
    std::istringstream keys(loaded.errors[0].hint.substr(std::string("its keys are ").size()));
    for (std::string key; keys >> key;) {
      if (key.ends_with(',')) key.pop_back();
      EXPECT_THAT(schema, HasSubstr("\"" + key + "\": {")) << text;
    }
  }
}

TEST(Check, SumsUpWhatItFound) {
  const Directory directory;
  const std::vector<std::string> good = {directory.write("good.yml", both())};
  EXPECT_THAT(check_configuration(good).summary, StartsWith("ok: 1 source, 1 KPI\n"));
  EXPECT_EQ(check_configuration(good).exit_code, 0);
  const std::vector<std::string> bad = {directory.write("bad.yml", "workers: 0\n")};
  const CheckOutcome outcome = check_configuration(bad);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.summary, "");
  EXPECT_THAT(outcome.diagnostics, HasSubstr("bad.yml:1:10: error: 'workers' must be"));
}

TEST(Packs, TheDemoIsAConfigurationWithoutMistakes) {
  ASSERT_TRUE(pack("demo").has_value());
  const Loaded loaded = load_settings_text("demo.yml", *pack("demo"), NeedKafka::kNo);
  EXPECT_TRUE(loaded.usable()) << rendered(loaded.errors);
  EXPECT_EQ(rendered(loaded.warnings), "");
  EXPECT_FALSE(pack("absent").has_value());
}

TEST(Settings, ReadClocksInTheZoneOfTheKpiAndElseInTheOneAtTheTop) {
  constexpr std::string_view kSources = R"(sources:
  sales: {topic: sales, format: json, fields: {at: time}}
)";
  constexpr std::string_view kKpis = R"(kpis:
  early: {help: h, windows: [5m], formula: count(sales where hour_of(at) < 9)}
  late: {help: h, windows: [5m], time_zone: Asia/Kolkata, formula: count(sales where hour_of(at) > 9)}
)";
  const auto zone_named = [&](const std::string& before, size_t kpi, std::string_view zone) {
    const Loaded loaded = load(before + std::string(kSources) + std::string(kKpis));
    EXPECT_EQ(rendered(loaded.errors), "");
    const Term& term = loaded.settings.definitions.kpis[kpi].formula.terms()[0];
    return canonical(*term.predicate).find("'" + std::string(zone) + "'") != std::string::npos;
  };
  EXPECT_TRUE(zone_named("", 0, "UTC"));
  EXPECT_TRUE(zone_named("time_zone: Europe/Zurich\n", 0, "Europe/Zurich"));
  EXPECT_TRUE(zone_named("", 1, "Asia/Kolkata"));
  EXPECT_TRUE(zone_named("time_zone: Europe/Zurich\n", 1, "Asia/Kolkata"));
}

}  // namespace
}  // namespace kpid
