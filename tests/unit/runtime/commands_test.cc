// The program as an operator starts it: exit codes, what it prints, how it stops, what a restart
// finds. The broker is librdkafka's mock cluster in this process.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/kafka/kafka_admin.h"
#include "tests/support/file_contents.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/kafka/mock_kafka.h"
#include "tests/unit/runtime/program.h"

namespace kpid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kSales = R"(sources:
  sales:
    topic: sales
    format: json
    time: {field: ts, format: unix_ms}
    disorder: 0s
    fields: {region: string, amount: decimal}
)";

constexpr const char* kRevenue = R"(kpis:
  revenue:
    help: Value of all sales
    formula: sum(sales.amount)
    windows: [1m]
    by: [region]
)";

class Commands : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  Outcome run(std::vector<std::string> arguments) const {
    return Program(directory_.path(), std::move(arguments)).wait();
  }

  TemporaryDirectory directory_;
};

class ReplayCommand : public Commands {
 protected:
  Outcome replay(const std::string& config, const std::string& records) const {
    return run({"replay", "--config.file=" + write("kpid.yml", config),
                "--input=sales=" + write("sales.json", records), "--output=json"});
  }
};

TEST_F(ReplayCommand, PrintsEveryWindowOnceAndTheLedgerLast) {
  const Outcome outcome = replay(std::string(kSales) + kRevenue,
                                 "{\"ts\":1704067200000,\"region\":\"n\",\"amount\":1.5}\n"
                                 "{\"ts\":1704067261000,\"region\":\"s\",\"amount\":2}\n"
                                 "{\"ts\":1704067262000,\"region\":\"s\",\"amount\":3}\n"
                                 "not json\n"
                                 "{\"ts\":1704067200100,\"region\":\"s\",\"amount\":3}\n");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(
      outcome.out,
      R"({"kpi":"revenue","window":"1m","start":"2024-01-01T00:00:00Z","end":"2024-01-01T00:01:00Z","group":{"region":"n"},"value":1.5,"samples":1})"
      "\n"
      R"({"kpi":"revenue","window":"1m","start":"2024-01-01T00:01:00Z","end":"2024-01-01T00:02:00Z","group":{"region":"s"},"value":5,"samples":2})"
      "\n");
  EXPECT_EQ(outcome.err, "read=5 accepted=3 rejected=2 malformed=1 late=1\n");
}

TEST_F(ReplayCommand, NamesTheKpisThatAreLeftOut) {
  const Outcome outcome = replay(std::string(kSales) + R"(  visits:
    topic: visits
    format: json
    fields: {region: string}
)" + kRevenue + R"(  visits:
    help: Visits
    formula: count(visits)
    windows: [1m]
)",
                                 "");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "left out: visits: source visits has no --input\nread=0 accepted=0 rejected=0\n");
}

TEST_F(ReplayCommand, RefusesASourceWithoutATime) {
  const Outcome outcome = replay(
      "sources:\n  sales: {topic: s, format: json, fields: {region: string, amount: decimal}}\n" +
          std::string(kRevenue),
      "");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("source sales has no `time`"));
}

TEST_F(ReplayCommand, RefusesAnUnknownSourceAndNamesTheNearest) {
  const Outcome outcome =
      run({"replay", "--config.file=" + write("kpid.yml", std::string(kSales) + kRevenue),
           "--input=sale=" + write("sales.json", "")});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean sales?"));
}

TEST_F(ReplayCommand, RefusesAWrongConfiguration) {
  const Outcome outcome = replay("kpis: {}\nsurces: {}\n", "");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("kpid.yml:2:1: error: "));
}

class RunCommand : public Commands {
 protected:
  /// A configuration for `run`; `sources` and `kpis` as they are there.
  std::string config(const std::string& name, const std::string& bootstrap, int workers = 1,
                     const std::string& sources = kSales, const std::string& kpis = kRevenue) {
    return write(name, fmt::format("kafka:\n  bootstrap_servers: ['{}']\nworkers: {}\n{}{}",
                                   bootstrap, workers, sources, kpis));
  }

  std::vector<std::string> run_flags(const std::string& config_path,
                                     const std::string& store = "store") const {
    return {"run", "--config.file=" + config_path, "--storage.path=" + path(store),
            "--web.listen-address=127.0.0.1:0"};
  }

  Outcome inspect(const std::string& config_path) const {
    return run({"inspect", "--config.file=" + config_path, "--storage.path=" + path("store"),
                "--output=json"});
  }

  /// Runs until it is ready, then stops it.
  Outcome run_until_ready(const std::string& config_path, std::vector<std::string> more = {}) {
    std::vector<std::string> flags = run_flags(config_path);
    flags.insert(flags.end(), more.begin(), more.end());
    Program program(directory_.path(), flags);
    EXPECT_TRUE(program.until_logged("msg=ready")) << program.log();
    const Outcome outcome = program.end(SIGTERM);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome;
  }

  static constexpr const char* kNobody = "127.0.0.1:1";
};

TEST_F(RunCommand, EndsWithTwoBeforeItTouchesAnythingWhenTheConfigurationIsWrong) {
  const std::string no_kafka = write("kpid.yml", std::string(kSales) + kRevenue);
  const Outcome without = run(run_flags(no_kafka));
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.err, HasSubstr("the configuration needs 'kafka'"));
  const std::string bad_property = write(
      "kpid.yml", std::string("kafka: {properties: {no.such.property: 1}}\n") + kSales + kRevenue);
  const Outcome property = run(run_flags(bad_property));
  EXPECT_EQ(property.exit_code, 2);
  EXPECT_THAT(property.err, HasSubstr("no.such.property"));
  EXPECT_FALSE(std::filesystem::exists(path("store")));
}

TEST_F(RunCommand, EndsWithOneWhenTheStorageCannotBeMade) {
  write("file", "in the way");
  const Outcome outcome = run(run_flags(config("kpid.yml", kNobody), "file/store"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cannot make "));
}

TEST_F(RunCommand, StopsWithinTenSecondsWhileBrokersAreAway) {
  Program program(directory_.path(), run_flags(config("kpid.yml", kNobody)));
  ASSERT_TRUE(program.until_logged("catching up"));
  const auto begin = steady_clock::now();
  const Outcome outcome = program.end(SIGTERM);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_LT(steady_clock::now() - begin, seconds{10});
  EXPECT_THAT(outcome.err, HasSubstr("msg=stopped"));
}

TEST_F(RunCommand, LetsNobodyElseHaveItsStoreOrItsAddress) {
  const std::string file = config("kpid.yml", kNobody);
  const TemporaryDirectory other;
  Program first(other.path(), run_flags(file));
  ASSERT_TRUE(first.until_logged("msg=listening"));
  const Outcome second = run(run_flags(file));
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("is in use by process"));

  const std::string log = first.log();
  const size_t begin = log.find("address=") + 8;
  const std::string address = log.substr(begin, log.find('\n', begin) - begin);
  std::vector<std::string> flags = run_flags(file, "other");
  flags.back() = "--web.listen-address=" + address;
  const Outcome third = run(flags);
  EXPECT_EQ(third.exit_code, 1);
  EXPECT_THAT(third.err, HasSubstr(address));
  EXPECT_EQ(first.end(SIGINT).exit_code, 0);
}

TEST_F(RunCommand, LogsJsonWhenAsked) {
  std::vector<std::string> flags = run_flags(config("kpid.yml", kNobody));
  flags.emplace_back("--log.format=json");
  Program program(directory_.path(), flags);
  ASSERT_TRUE(program.until_logged("listening"));
  std::istringstream lines(program.end(SIGTERM).err);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_THAT(line, StartsWith("{\"time\":\""));
    EXPECT_TRUE(line.ends_with("}"));
  }
}

/// With a broker: three sales in two partitions.
class RunOnKafka : public RunCommand {
 protected:
  void SetUp() override {
    kafka_.create_topic("sales", 2);
    const int64_t now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now())
                            .time_since_epoch()
                            .count();
    produce(0, now - 300'000, "north", "1.5");
    produce(1, now - 300'000, "south", "2");
    produce(0, now - 200'000, "north", "4");
  }

  void produce(int32_t partition, int64_t time, const char* region, const char* amount) {
    kafka_.produce("sales", partition,
                   fmt::format(R"({{"ts":{},"region":"{}","amount":{}}})", time, region, amount),
                   EventTime(Duration(time)));
  }

  std::string config_of(int workers = 1, const std::string& sources = kSales,
                        const std::string& kpis = kRevenue) {
    return config("kpid.yml", kafka_.bootstrap_servers(), workers, sources, kpis);
  }

  MockKafka kafka_;
};

TEST_F(RunOnKafka, KeepsWhatItReadInTheStoreWhenItIsStopped) {
  const std::string file = config_of();
  const Outcome stopped = run_until_ready(file);
  EXPECT_EQ(stopped.exit_code, 0);
  const Outcome inspected = inspect(file);
  EXPECT_EQ(inspected.exit_code, 0);
  EXPECT_THAT(inspected.out, HasSubstr(R"("partition":0,"next_offset":2,)"));
  EXPECT_THAT(inspected.out, HasSubstr(R"("partition":1,"next_offset":1,)"));
  EXPECT_THAT(inspected.out, HasSubstr(R"("group":{"region":"south"},"value":2,"samples":1)"));
  EXPECT_EQ(inspected.err, "");
}

TEST_F(RunOnKafka, HasTheSameWindowsAfterRestartsWithMoreAndFewerWorkers) {
  run_until_ready(config_of(1));
  const std::string before = inspect(config_of(1)).out;
  for (const int workers : {2, 1, 2}) {
    const Outcome outcome = run_until_ready(config_of(workers));
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.err, HasSubstr("restored from the store"));
    EXPECT_EQ(inspect(config_of(workers)).out, before) << workers << " workers";
  }
}

TEST_F(RunOnKafka, RefusesAChangedSourceUntilItMayBeReset) {
  run_until_ready(config_of());
  std::string changed = kSales;
  changed.replace(changed.find("unix_ms"), 7, "unix_s");
  const Outcome refused = run(run_flags(config_of(1, changed)));
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("source sales: was ["));
  EXPECT_THAT(refused.err, HasSubstr("--storage.on-change=reset"));
  const Outcome reset = run_until_ready(config_of(1, changed), {"--storage.on-change=reset"});
  EXPECT_EQ(reset.exit_code, 0);
  const Outcome inspected = inspect(config_of(1, changed));
  EXPECT_THAT(inspected.out, HasSubstr(R"("partition":0,"next_offset":2,)"));
  EXPECT_THAT(inspected.out, HasSubstr(R"("read":2,"accepted":0)"));
}

TEST_F(RunOnKafka, BeginsAtItsStartAgainWhenItIsReset) {
  run_until_ready(config_of());
  std::string changed = kSales;
  changed.replace(changed.find("unix_ms"), 7, "unix_s");
  changed.insert(changed.find("    format: json"), "    start: latest\n");
  run_until_ready(config_of(1, changed), {"--storage.on-change=reset"});
  EXPECT_THAT(inspect(config_of(1, changed)).out, HasSubstr(R"("read":0,"accepted":0)"));
}

TEST_F(RunOnKafka, KeepsTheStateOfAKpiBesideANewOneAndDropsOneThatIsGone) {
  run_until_ready(config_of());
  const std::string both = std::string(kRevenue) + R"(  orders:
    help: Sales
    formula: count(sales)
    windows: [1m]
)";
  run_until_ready(config_of(1, kSales, both));
  const std::string out = inspect(config_of(1, kSales, both)).out;
  EXPECT_THAT(out, HasSubstr(R"("group":{"region":"north"},"value":4,"samples":1)"));
  EXPECT_THAT(out, Not(HasSubstr(R"("kpi":"orders")"))) << "its record begins after these events";
  run_until_ready(config_of());
  EXPECT_THAT(inspect(config_of()).out, HasSubstr(R"("kpi":"revenue")"));
}

TEST_F(RunOnKafka, IsReadyWithoutATopicThatDoesNotExistYet) {
  constexpr int kUnknownTopic = 3;
  kafka_.create_topic("visits", 1);
  kafka_.set_topic_error("visits", kUnknownTopic);
  const std::string sources = std::string(kSales) + R"(  visits:
    topic: visits
    format: json
    fields: {region: string}
)";
  const std::string kpis = std::string(kRevenue) + R"(  visits:
    help: Visits
    formula: count(visits)
    windows: [1m]
)";
  EXPECT_EQ(run_until_ready(config_of(1, sources, kpis)).exit_code, 0);
}

class ResetCommand : public RunOnKafka {
 protected:
  Outcome reset(std::vector<std::string> more) const {
    more.insert(more.begin(), {"reset", "--storage.path=" + path("store")});
    return run(more);
  }
};

TEST_F(ResetCommand, MakesNoStoreWhereThereIsNone) {
  const Outcome outcome = reset({"--topic=sales"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("there is no store in "));
  EXPECT_FALSE(std::filesystem::exists(path("store")));
}

TEST_F(ResetCommand, NeedsKafkaToKnowTheEnd) {
  EXPECT_EQ(reset({"--topic=sales", "--to=end"}).exit_code, 2);
}

TEST_F(ResetCommand, RefusesATopicThatTheStoreDoesNotKnow) {
  run_until_ready(config_of());
  const Outcome outcome = reset({"--topic=sale"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("knows no topic sale"));
}

TEST_F(ResetCommand, MovesEveryPartitionOfTheTopic) {
  run_until_ready(config_of());
  const Outcome beginning = reset({"--topic=sales", "--to=beginning"});
  EXPECT_EQ(beginning.exit_code, 0);
  EXPECT_EQ(beginning.out,
            "source sales, topic sales, partition 0: goes on at offset 0\n"
            "source sales, topic sales, partition 1: goes on at offset 0\n");
  EXPECT_THAT(inspect(config_of()).out, HasSubstr(R"("partition":0,"next_offset":0,)"));
  const Outcome end = reset({"--topic=sales", "--to=end", "--config.file=" + config_of()});
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.out,
            "source sales, topic sales, partition 0: goes on at offset 2\n"
            "source sales, topic sales, partition 1: goes on at offset 1\n");
}

TEST_F(ResetCommand, SaysWhenItFindsADamagedStore) {
  std::filesystem::create_directories(path("store"));
  write("store/kpid.db", "no database");
  const Outcome outcome = reset({"--topic=sales"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("damaged"));
}

class GenerateLoadCommand : public Commands {
 protected:
  Outcome generate(std::vector<std::string> more) const {
    more.insert(more.begin(), "generate-load");
    return run(more);
  }

  Outcome generate_into(const MockKafka& kafka, std::vector<std::string> more) const {
    more.push_back("--kafka.bootstrap-servers=" + kafka.bootstrap_servers());
    return generate(more);
  }
};

TEST_F(GenerateLoadCommand, WritesTheSameLinesForTheSameFlags) {
  const std::vector<std::string> flags = {"--output=-", "--events=2000", "--zipf=1", "--seed=3",
                                          "--start=2026-01-01T00:00:00Z"};
  const Outcome first = generate(flags);
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_EQ(std::ranges::count(first.out, '\n'), 2000);
  EXPECT_THAT(first.err, StartsWith("events=2000 delivered=2000 failed=0 bytes=422000 seconds="));
  EXPECT_EQ(generate(flags).out, first.out);
  const std::string file = path("load");
  EXPECT_EQ(generate({"--output=" + file, "--events=2000", "--zipf=1", "--seed=3",
                      "--start=2026-01-01T00:00:00Z"})
                .exit_code,
            0);
  EXPECT_EQ(contents_of(file), first.out);
}

TEST_F(GenerateLoadCommand, MakesWhatItsOwnConfigurationReads) {
  const std::vector<std::string> shape = {"--disorder=0s", "--late-share=0.5", "--fields=2",
                                          "--keys=10"};
  std::vector<std::string> flags = shape;
  flags.insert(flags.end(), {"--events=1000", "--output=" + path("load")});
  ASSERT_EQ(generate(flags).exit_code, 0);
  flags = shape;
  flags.emplace_back("--print-config");
  const Outcome replayed = run({"replay", "--config.file=" + write("kpid.yml", generate(flags).out),
                                "--input=sales=" + path("load"), "--output=json"});
  EXPECT_EQ(replayed.exit_code, 0);
  EXPECT_EQ(replayed.err, "read=1000 accepted=537 rejected=463 late=463\n");
}

TEST_F(GenerateLoadCommand, FailsWhereItsFileCannotBeWritten) {
  const Outcome absent = generate({"--output=" + path("no/such/file")});
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_THAT(absent.err, HasSubstr("No such file or directory"));
  const Outcome full = generate({"--output=/dev/full"});
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.err, HasSubstr("events were not delivered: No space left on device"));
}

TEST_F(GenerateLoadCommand, FailsWhereNoBrokerAnswers) {
  const Outcome outcome = generate({"--kafka.bootstrap-servers=127.0.0.1:1"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, StartsWith("kpid: no Kafka broker answers: "));
}

TEST_F(GenerateLoadCommand, RefusesAPropertyThatTheClientDoesNotKnow) {
  const Outcome outcome =
      generate({"--kafka.bootstrap-servers=127.0.0.1:1", "--kafka.property=no.such=1"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("no.such"));
}

TEST_F(GenerateLoadCommand, DeliversEveryEventAndReadsItBack) {
  MockKafka kafka;
  kafka.create_topic("sales", 3);
  const Outcome outcome = generate_into(
      kafka, {"--events=3000", "--kafka.partitions=3", "--kafka.key=none", "--start=now"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("events=3000 delivered=3000 failed=0"));
  const auto ends =
      query_partition_ends(kafka.bootstrap_servers(), {}, "sales", Duration{seconds{20}});
  ASSERT_TRUE(ends) << ends.error().text;
  for (const PartitionEnds& end : *ends) EXPECT_EQ(end.high_offset, 1000) << end.partition;
}

TEST_F(GenerateLoadCommand, WantsATopicThatExistsOfThePartitionsItWasTold) {
  MockKafka kafka;
  const Outcome absent = generate_into(kafka, {"--kafka.topic=none"});
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_EQ(absent.err, "kpid: topic none does not exist; --kafka.partitions would create it\n");
  kafka.create_topic("sales", 3);
  const Outcome other = generate_into(kafka, {"--kafka.partitions=4"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_EQ(other.err, "kpid: topic sales has 3 partitions, not 4\n");
}

TEST_F(GenerateLoadCommand, CountsWhatWasNotDelivered) {
  MockKafka kafka;
  kafka.create_topic("sales", 1);
  const Outcome outcome = generate_into(
      kafka, {"--events=10", "--event-bytes=5000", "--kafka.property=message.max.bytes=1000"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("events=10 delivered=0 failed=10"));
  EXPECT_THAT(outcome.err, HasSubstr("kpid: 10 events were not delivered: "));
}

TEST_F(GenerateLoadCommand, DeliversWhatItSentWhenItIsStopped) {
  Program program(directory_.path(),
                  {"generate-load", "--events=0", "--rate=1000", "--output=" + path("load")});
  const auto deadline = steady_clock::now() + seconds{30};
  while (contents_of(path("load")).empty() && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds{20});
  }
  const Outcome outcome = program.end(SIGTERM);
  EXPECT_EQ(outcome.exit_code, 0);
  const auto lines = std::ranges::count(contents_of(path("load")), '\n');
  EXPECT_GT(lines, 0);
  EXPECT_THAT(outcome.err, HasSubstr(fmt::format("events={0} delivered={0} failed=0", lines)));
  EXPECT_THAT(outcome.err, HasSubstr("behind_max_seconds="));
}

class InspectCommand : public RunCommand {};

TEST_F(InspectCommand, FailsInWordsWithoutAStoreOrACheckpoint) {
  const Outcome outcome = inspect(write("kpid.yml", std::string(kSales) + kRevenue));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, StartsWith("kpid: "));
  EXPECT_FALSE(std::filesystem::exists(path("store")));
}

}  // namespace
}  // namespace kpid
