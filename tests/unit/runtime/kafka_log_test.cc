#include "daemon/run/kafka_log.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/logging.h"

namespace kpid {
namespace {

using Phase = PartitionStatus::Phase;

/// Lines that `story` writes: `2 info`, `1 warn, 1 error`.
template <class Story>
std::string lines_of(const Story& story) {
  const auto before = log_line_counts();
  story();
  const auto after = log_line_counts();
  std::string lines;
  for (size_t level = 0; level < kLogLevelCount; ++level) {
    if (after[level] == before[level]) continue;
    lines += lines.empty() ? "" : ", ";
    lines += std::to_string(after[level] - before[level]) + " ";
    lines += name_of(static_cast<LogLevel>(level));
  }
  return lines;
}

std::string lines_of_client(int syslog_level, const std::string& text) {
  Worker::Report report;
  report.log_lines = {{.syslog_level = syslog_level, .text = text}};
  return lines_of([&] { KafkaLog().add(report); });
}

PartitionStatus partition(int32_t number, Phase phase, bool stalled) {
  PartitionStatus status;
  status.topic = "sales";
  status.partition = number;
  status.phase = phase;
  status.stalled = stalled;
  return status;
}

std::string lines_of_update(KafkaLog& log, std::vector<PartitionStatus> partitions) {
  std::vector<KafkaReport> reports(1);
  reports[0].partitions = std::move(partitions);
  return lines_of([&] { log.update(reports); });
}

TEST(KafkaLog, TakesTheClientLessSeriouslyThanItTakesItself) {
  EXPECT_EQ(lines_of_client(2, "FATAL: x"), "1 warn");
  EXPECT_EQ(lines_of_client(3, "FAIL: x"), "1 warn");
  EXPECT_EQ(lines_of_client(4, "MAXPOLL: x"), "1 info");
  EXPECT_EQ(lines_of_client(5, "OFFSET: x"), "") << "the log's level is info";
}

TEST(KafkaLog, LeavesOutWhatTheClientSaysAtEveryLookForPartitions) {
  EXPECT_EQ(lines_of_client(4, "AUTOCREATE: x"), "");
  EXPECT_EQ(lines_of_client(4, "x: AUTOCREATE"), "1 info");
}

TEST(KafkaLog, SaysEveryLossAsAnError) {
  Worker::Report report;
  report.losses = {"sales [0]: 3 records", "sales [1]: 1 record"};
  EXPECT_EQ(lines_of([&] { KafkaLog().add(report); }), "2 error");
}

TEST(KafkaLog, SaysOnceThatAPartitionStopped) {
  KafkaLog log;
  EXPECT_EQ(lines_of_update(log, {partition(0, Phase::kReading, false)}), "");
  EXPECT_EQ(lines_of_update(log, {partition(0, Phase::kStopped, false)}), "1 error");
  EXPECT_EQ(lines_of_update(log, {partition(0, Phase::kStopped, false)}), "");
}

TEST(KafkaLog, SaysThatAPartitionStallsEachTimeItBeginsTo) {
  KafkaLog log;
  EXPECT_EQ(lines_of_update(log, {partition(0, Phase::kReading, true)}), "1 warn");
  EXPECT_EQ(lines_of_update(log, {partition(0, Phase::kReading, true)}), "");
  EXPECT_EQ(lines_of_update(log, {partition(0, Phase::kReading, false)}), "");
  EXPECT_EQ(lines_of_update(log, {partition(0, Phase::kReading, true)}), "1 warn");
}

TEST(KafkaLog, TellsPartitionsApart) {
  KafkaLog log;
  const std::vector<PartitionStatus> one_stalls = {partition(0, Phase::kReading, true),
                                                   partition(1, Phase::kReading, false)};
  EXPECT_EQ(lines_of_update(log, one_stalls), "1 warn");
  EXPECT_EQ(lines_of_update(log, one_stalls), "");
  EXPECT_EQ(lines_of_update(
                log, {partition(0, Phase::kStopped, true), partition(1, Phase::kReading, true)}),
            "1 warn, 1 error");
}

TEST(KafkaLog, SaysThatCommitsFailEachTimeTheyBeginTo) {
  KafkaLog log;
  std::vector<KafkaReport> workers(2);
  const auto lines = [&] { return lines_of([&] { log.update(workers); }); };
  EXPECT_EQ(lines(), "");
  workers[0].brokers.commit_error = "no permission";
  EXPECT_EQ(lines(), "1 warn") << "also when another worker's commits do not";
  workers[1].brokers.commit_error = "no permission";
  EXPECT_EQ(lines(), "");
  workers[0].brokers.commit_error.clear();
  EXPECT_EQ(lines(), "");
  workers[1].brokers.commit_error.clear();
  EXPECT_EQ(lines(), "");
  workers[1].brokers.commit_error = "no permission";
  EXPECT_EQ(lines(), "1 warn");
}

}  // namespace
}  // namespace kpid
