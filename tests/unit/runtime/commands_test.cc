// The program as an operator starts it: exit codes, what it prints, how it stops, what a restart
// finds. The broker is librdkafka's mock cluster in this process.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"
#include "tests/unit/runtime/command_fixtures.h"
#include "tests/unit/runtime/program.h"

namespace kpid {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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

class InspectCommand : public RunCommand {};

TEST_F(InspectCommand, FailsInWordsWithoutAStoreOrACheckpoint) {
  const Outcome outcome = inspect(write("kpid.yml", std::string(kSales) + kRevenue));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, StartsWith("kpid: "));
  EXPECT_FALSE(std::filesystem::exists(path("store")));
}

}  // namespace
}  // namespace kpid
