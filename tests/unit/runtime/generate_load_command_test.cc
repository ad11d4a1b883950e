#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "daemon/kafka/kafka_admin.h"
#include "tests/support/file_contents.h"
#include "tests/unit/kafka/mock_kafka.h"
#include "tests/unit/runtime/command_fixtures.h"
#include "tests/unit/runtime/program.h"

namespace kpid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

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

}  // namespace
}  // namespace kpid
