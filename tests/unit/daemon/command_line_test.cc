#include "daemon/command_line.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/version.h"

namespace kpid {
namespace {

using Arguments = std::vector<std::string>;

Result<Command> parse(const Arguments& arguments, const Environment& environment = {}) {
  return parse_command_line(arguments, environment);
}

/// The options of a command that is right.
template <class Options>
Options options_of(const Arguments& arguments, const Environment& environment = {}) {
  const auto command = parse(arguments, environment);
  if (!command || !std::holds_alternative<Options>(*command)) {
    ADD_FAILURE() << fmt::format("{}: {}", fmt::join(arguments, " "),
                                 command ? "another command" : command.error().text);
    return {};
  }
  return std::get<Options>(*command);
}

TEST(CommandLine, RunHasDefaultsForAllButTheConfiguration) {
  const auto run = options_of<RunOptions>({"run", "--config.file=kpid.yml"});
  EXPECT_EQ(run.config_file, "kpid.yml");
  EXPECT_EQ(run.storage_path, "data");
  EXPECT_EQ(run.on_change, OnChange::kRefuse);
  EXPECT_EQ(run.web.listen_address, ":8437");
  EXPECT_EQ(run.web.max_connections, 512u);
  EXPECT_EQ(run.log.level, LogLevel::kInfo);
  EXPECT_EQ(run.log.format, LogFormat::kLogfmt);
}

TEST(CommandLine, RunTakesEveryFlagWithAndWithoutEquals) {
  const auto run = options_of<RunOptions>(
      {"run", "--config.file", "conf.d", "--storage.path", "/var/lib/kpid", "--storage.on-change",
       "reset", "--web.listen-address=[::1]:0", "--web.max-connections=7", "--log.level=debug",
       "--log.format", "json"});
  EXPECT_EQ(run.config_file, "conf.d");
  EXPECT_EQ(run.storage_path, "/var/lib/kpid");
  EXPECT_EQ(run.on_change, OnChange::kReset);
  EXPECT_EQ(run.web.listen_address, "[::1]:0");
  EXPECT_EQ(run.web.max_connections, 7u);
  EXPECT_EQ(run.log.level, LogLevel::kDebug);
  EXPECT_EQ(run.log.format, LogFormat::kJson);
}

TEST(CommandLine, DemoNeedsNothing) {
  EXPECT_EQ(options_of<DemoOptions>({"demo"}).web.listen_address, ":8437");
  EXPECT_EQ(
      options_of<DemoOptions>({"demo", "--web.listen-address=127.0.0.1:0"}).web.listen_address,
      "127.0.0.1:0");
}

TEST(CommandLine, CheckTakesFiles) {
  EXPECT_EQ(options_of<CheckOptions>({"check", "a.yml", "conf.d"}).files,
            (Arguments{"a.yml", "conf.d"}));
}

TEST(CommandLine, ReplayTakesAnInputPerPartition) {
  const auto replay =
      options_of<ReplayOptions>({"replay", "--config.file=f", "--input", "sales=0.ndjson",
                                 "--input=sales=a=b.ndjson", "--output=openmetrics"});
  EXPECT_EQ(replay.inputs,
            (std::vector<ReplayOptions::Input>{{"sales", "0.ndjson"}, {"sales", "a=b.ndjson"}}));
  EXPECT_EQ(replay.output, OutputFormat::kOpenMetrics);
  EXPECT_EQ(options_of<ReplayOptions>({"replay", "--config.file=f", "--input=a=b"}).output,
            OutputFormat::kTable);
}

TEST(CommandLine, ReplayTakesSeveralInputsBehindOneFlag) {
  EXPECT_EQ(
      options_of<ReplayOptions>({"replay", "--input", "a=b", "c=d", "--config.file=f"}).inputs,
      (std::vector<ReplayOptions::Input>{{"a", "b"}, {"c", "d"}}));
}

TEST(CommandLine, InspectReadsAStore) {
  const auto inspect = options_of<InspectOptions>(
      {"inspect", "--config.file=f", "--storage.path=dir", "--output=json"});
  EXPECT_EQ(inspect.config_file, "f");
  EXPECT_EQ(inspect.storage_path, "dir");
  EXPECT_EQ(inspect.output, OutputFormat::kJson);
}

TEST(CommandLine, ResetGoesToTheBeginningUnlessTold) {
  const auto reset = options_of<ResetOptions>({"reset", "--topic=t", "--storage.path=dir"});
  EXPECT_EQ(reset.topic, "t");
  EXPECT_EQ(reset.storage_path, "dir");
  EXPECT_EQ(reset.to, ResetTo::kBeginning);
  EXPECT_EQ(options_of<ResetOptions>({"reset", "--topic=t", "--to=end"}).to, ResetTo::kEnd);
}

TEST(CommandLine, GenerateLoadNeedsOnlyAPlaceToGo) {
  const auto load = options_of<GenerateLoadOptions>({"generate-load", "--output=-"});
  EXPECT_EQ(load.output, "-");
  EXPECT_EQ(load.events, 1'000'000u);
  EXPECT_EQ(load.rate, 0);
  EXPECT_EQ(load.shape.customers, 10'000u);
  EXPECT_EQ(load.shape.events_per_second, 100);
  EXPECT_EQ(load.start, LoadStart::kOfThePresent);
  EXPECT_FALSE(load.print_config);
  const auto kafka =
      options_of<GenerateLoadOptions>({"generate-load", "--kafka.bootstrap-servers=a:1"}).kafka;
  EXPECT_EQ(kafka.topic, "sales");
  EXPECT_EQ(kafka.partitions, 0);
  EXPECT_EQ(kafka.key, RecordKey::kCustomer);
}

TEST(CommandLine, GenerateLoadTakesEveryFlag) {
  const auto load =
      options_of<GenerateLoadOptions>({"generate-load",     "--kafka.bootstrap-servers=a:1,b:2",
                                       "--kafka.topic=t",   "--kafka.partitions=8",
                                       "--kafka.key=none",  "--kafka.property=linger.ms=5",
                                       "--kafka.property",  "sasl.password=a=b",
                                       "--events=0",        "--rate=2.5",
                                       "--seed=7",          "--keys=9",
                                       "--zipf=1.1",        "--fields=3",
                                       "--event-bytes=400", "--start=2026-03-29T01:30:00Z",
                                       "--event-rate=50",   "--disorder=2s",
                                       "--late-share=0.1",  "--lateness=30s"});
  EXPECT_EQ(load.kafka.bootstrap_servers, "a:1,b:2");
  EXPECT_EQ(load.kafka.topic, "t");
  EXPECT_EQ(load.kafka.partitions, 8);
  EXPECT_EQ(load.kafka.key, RecordKey::kNone);
  EXPECT_EQ(load.kafka.properties, (Environment{{"linger.ms", "5"}, {"sasl.password", "a=b"}}));
  EXPECT_EQ(load.events, 0u);
  EXPECT_EQ(load.rate, 2.5);
  EXPECT_EQ(load.shape.seed, 7u);
  EXPECT_EQ(load.shape.customers, 9u);
  EXPECT_EQ(load.shape.skew, 1.1);
  EXPECT_EQ(load.shape.extra_fields, 3u);
  EXPECT_EQ(load.shape.event_bytes, 400u);
  EXPECT_EQ(load.start, LoadStart::kGiven);
  EXPECT_EQ(format_rfc3339(load.shape.start), "2026-03-29T01:30:00Z");
  EXPECT_EQ(load.shape.events_per_second, 50);
  EXPECT_EQ(load.shape.disorder, std::chrono::seconds{2});
  EXPECT_EQ(load.shape.late_share, 0.1);
  EXPECT_EQ(load.shape.lateness, std::chrono::seconds{30});
}

TEST(CommandLine, GenerateLoadLetsEventTimePassAsFastAsEventsCome) {
  const auto load =
      options_of<GenerateLoadOptions>({"generate-load", "--output=-", "--rate=300", "--start=now"});
  EXPECT_EQ(load.shape.events_per_second, 300);
  EXPECT_EQ(load.start, LoadStart::kNow);
}

TEST(CommandLine, GenerateLoadPrintsAConfigurationOfNoPlace) {
  EXPECT_TRUE(options_of<GenerateLoadOptions>({"generate-load", "--print-config"}).print_config);
}

TEST(CommandLine, TakesFlagsFromTheEnvironmentWhereTheyAreNotGiven) {
  const Environment environment = {{"KPID_CONFIG_FILE", "from-environment.yml"},
                                   {"KPID_STORAGE_ON_CHANGE", "reset"},
                                   {"KPID_WEB_MAX_CONNECTIONS", "9"},
                                   {"KPID_LOG_LEVEL", "warn"},
                                   {"KPID_LOG_FORMAT", ""},
                                   {"KPID_OUTPUT", "json"}};
  const auto run = options_of<RunOptions>({"run", "--log.level=error"}, environment);
  EXPECT_EQ(run.config_file, "from-environment.yml");
  EXPECT_EQ(run.on_change, OnChange::kReset);
  EXPECT_EQ(run.web.max_connections, 9u);
  EXPECT_EQ(run.log.level, LogLevel::kError);
  EXPECT_EQ(options_of<InspectOptions>({"inspect"}, environment).output, OutputFormat::kTable);
}

TEST(CommandLine, PrintsItsVersion) {
  EXPECT_EQ(options_of<PrintOptions>({"--version"}).text, fmt::format("kpid {}\n", version()));
}

TEST(CommandLine, ExplainsItself) {
  const std::string program = options_of<PrintOptions>({"--help"}).text;
  for (const char* command :
       {"run", "demo", "check", "replay", "inspect", "reset", "generate-load", "--version"}) {
    EXPECT_THAT(program, testing::HasSubstr(command));
  }
  const std::string run = options_of<PrintOptions>({"run", "--help"}).text;
  for (const char* flag :
       {"--config.file PATH", "--storage.path DIR", "--storage.on-change", "refuse|reset",
        "--web.listen-address", ":8437", "--web.max-connections", "--log.level",
        "debug|info|warn|error", "--log.format", "logfmt|json", "KPID_CONFIG_FILE"}) {
    EXPECT_THAT(run, testing::HasSubstr(flag));
  }
}

TEST(CommandLine, RefusesWrongUsage) {
  struct Case {
    Arguments arguments;
    std::string text;
  };
  const std::vector<Case> cases = {
      {{}, "A command is required\nSee 'kpid --help'."},
      {{"walk"},
       "'walk' is no command; there are run, demo, check, replay, inspect, reset, generate-load\n"
       "See 'kpid --help'."},
      {{"chek", "x.yml"}, "'chek' is no command; did you mean 'check'?\nSee 'kpid --help'."},
      {{"Run", "--config.file=a"}, "'Run' is no command; did you mean 'run'?\nSee 'kpid --help'."},
      {{"generate_load", "--output=-"},
       "'generate_load' is no command; did you mean 'generate-load'?\nSee 'kpid --help'."},
      {{"run"}, "--config.file is required\nSee 'kpid run --help'."},
      {{"run", "--config.file="}, "--config.file: 1 required PATH missing\nSee 'kpid run --help'."},
      {{"run", "--config.file=a", "extra"},
       "'kpid run' takes no argument 'extra'; name a configuration by --config.file\n"
       "See 'kpid run --help'."},
      {{"run", "--config.fil=a"},
       "'--config.fil' is no flag of 'kpid run'; did you mean '--config.file'?\n"
       "See 'kpid run --help'."},
      {{"run", "--config.fiel", "hunter2"},
       "'--config.fiel' is no flag of 'kpid run'; did you mean '--config.file'?\n"
       "See 'kpid run --help'."},
      {{"run", "-config.file=a"},
       "'-config.file' is no flag of 'kpid run'; did you mean '--config.file'?\n"
       "See 'kpid run --help'."},
      {{"run", "--config.file=a", "extra", "--storage.pth=b"},
       "'--storage.pth' is no flag of 'kpid run'; did you mean '--storage.path'?\n"
       "See 'kpid run --help'."},
      {{"run", "--config.file=a", "--nothing-like-it"},
       "'--nothing-like-it' is no flag of 'kpid run'\nSee 'kpid run --help'."},
      {{"check", "--outptu=json", "x.yml"},
       "'--outptu' is no flag of 'kpid check'; --output is a flag of replay, inspect, "
       "generate-load\nSee 'kpid check --help'."},
      {{"generate-load", "--kafka.propery", "sasl.password=hunter2"},
       "'--kafka.propery' is no flag of 'kpid generate-load'; did you mean '--kafka.property'?\n"
       "See 'kpid generate-load --help'."},
      {{"--versoin"},
       "'--versoin' is no flag of 'kpid'; did you mean '--version'?\nSee 'kpid --help'."},
      {{"--config.file=a"},
       "'--config.file' is no flag of 'kpid'; --config.file is a flag of run, replay, inspect, "
       "reset\nSee 'kpid --help'."},
      {{"run", "--config.file=a", "--log.level=loud"},
       "--log.level: 'loud' is none of debug|info|warn|error\nSee 'kpid run --help'."},
      {{"run", "--config.file=a", "--storage.on-change=ask"},
       "--storage.on-change: 'ask' is none of refuse|reset\nSee 'kpid run --help'."},
      {{"run", "--config.file=a", "--web.config.file=w"},
       "--web.config.file: not supported yet\nSee 'kpid run --help'."},
      {{"run", "--config.file=a", "--web.listen-address=8437"},
       "--web.listen-address: '8437' is not HOST:PORT, [HOST]:PORT or :PORT\n"
       "See 'kpid run --help'."},
      {{"run", "--config.file=a", "--web.max-connections=0"},
       "--web.max-connections: Value 0 not in range 1 to 65535\nSee 'kpid run --help'."},
      {{"demo", "--config.file=a"},
       "'--config.file' is no flag of 'kpid demo'; --config.file is a flag of run, replay, "
       "inspect, "
       "reset\nSee 'kpid demo --help'."},
      {{"check"}, "FILE is required\nSee 'kpid check --help'."},
      {{"replay", "--config.file=a"}, "--input is required\nSee 'kpid replay --help'."},
      {{"replay", "--config.file=a", "--input=sales"},
       "--input: 'sales' is not SOURCE=PATH\nSee 'kpid replay --help'."},
      {{"replay", "--config.file=a", "--input==p"},
       "--input: '=p' is not SOURCE=PATH\nSee 'kpid replay --help'."},
      {{"replay", "--config.file=a", "--input", "a=b", "c"},
       "--input: 'c' is not SOURCE=PATH\nSee 'kpid replay --help'."},
      {{"replay", "--input=a=b"}, "--config.file is required\nSee 'kpid replay --help'."},
      {{"replay", "--config.file=a", "--input=a=b", "--output=xml"},
       "--output: 'xml' is none of table|json|openmetrics\nSee 'kpid replay --help'."},
      {{"inspect", "--config.file=a", "--output=openmetrics"},
       "--output: 'openmetrics' is none of table|json\nSee 'kpid inspect --help'."},
      {{"reset"}, "--topic is required\nSee 'kpid reset --help'."},
      {{"reset", "--topic=t", "--to=middle"},
       "--to: 'middle' is none of beginning|end\nSee 'kpid reset --help'."},
      {{"generate-load"},
       "--kafka.bootstrap-servers or --output is required\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--kafka.topic=t"},
       "--output excludes --kafka.topic\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--rate=nan"},
       "--rate: 'nan' is no number from 0 to 1000000000\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--rate=-1"},
       "--rate: '-1' is no number from 0 to 1000000000\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--events=1e3"},
       "--events: '1e3' is no number from 0 to 99999999999\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--events=0"},
       "--events 0 has no end to be now, and would run ahead of the clock: give --start, or a "
       "--rate of at most --event-rate\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--events=0", "--rate=10", "--event-rate=9"},
       "--events 0 has no end to be now, and would run ahead of the clock: give --start, or a "
       "--rate of at most --event-rate\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--keys=0"},
       "--keys: '0' is no number from 1 to 9999999\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--late-share=1.1"},
       "--late-share: '1.1' is no number from 0 to 1\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--event-bytes=210"},
       "--event-bytes: must be from 211 to 1000000 with 0 extra fields\nSee 'kpid generate-load "
       "--help'."},
      {{"generate-load", "--output=-", "--fields=2", "--event-bytes=246"},
       "--event-bytes: must be from 247 to 1000000 with 2 extra fields\nSee 'kpid generate-load "
       "--help'."},
      {{"generate-load", "--output=-", "--start=noon"},
       "--start: 'noon' is neither 'now' nor a time like 2026-01-01T00:00:00Z\nSee 'kpid "
       "generate-load --help'."},
      {{"generate-load", "--output=-", "--start=1970-12-31T00:00:00Z"},
       "--start: must be between the years 1971 and 2199\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--disorder=5"},
       "--disorder: '5' is no duration like 200ms, 30s, 5m\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--output=-", "--disorder=400d"},
       "--disorder and --lateness are at most 366d\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--kafka.bootstrap-servers=a:1", "--kafka.property=linger"},
       "--kafka.property: must be NAME=VALUE\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--kafka.bootstrap-servers=a:1",
        "--kafka.property=sasl.password:aHVudA=="},
       "--kafka.property: must be NAME=VALUE\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--kafka.bootstrap-servers=a:1", "--kafka.property=sasl.password aHVudA="},
       "--kafka.property: must be NAME=VALUE\nSee 'kpid generate-load --help'."},
      {{"generate-load", "--kafka.bootstrap-servers=a:1", "--kafka.key=order"},
       "--kafka.key: 'order' is none of customer|none\nSee 'kpid generate-load --help'."},
  };
  for (const Case& c : cases) {
    const auto command = parse(c.arguments);
    ASSERT_FALSE(command.has_value()) << fmt::format("{}", fmt::join(c.arguments, " "));
    EXPECT_EQ(command.error().text, c.text);
  }
}

TEST(CommandLine, RefusesAFlagGivenTwice) {
  EXPECT_FALSE(parse({"run", "--config.file=a", "--config.file=b"}).has_value());
}

TEST(CommandLine, RefusesWrongValuesFromTheEnvironmentByTheNameOfTheVariable) {
  const auto command = parse({"run", "--config.file=a"}, {{"KPID_LOG_FORMAT", "xml"}});
  ASSERT_FALSE(command.has_value());
  EXPECT_THAT(command.error().text,
              testing::StartsWith("KPID_LOG_FORMAT: --log.format: 'xml' is none of logfmt|json"));
}

TEST(CommandLine, KnowsListenAddresses) {
  for (const char* good : {":0", ":8437", "localhost:65535", "10.0.0.1:80", "[::]:8437"}) {
    EXPECT_TRUE(parse({"demo", std::string("--web.listen-address=") + good})) << good;
  }
  for (const char* bad : {"", ":", "8437", "::1:8437", "[]:1", "host:65536", "host:-1", "host:x"}) {
    EXPECT_FALSE(parse({"demo", std::string("--web.listen-address=") + bad})) << bad;
  }
}

}  // namespace
}  // namespace kpid
