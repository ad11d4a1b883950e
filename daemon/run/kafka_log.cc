#include "daemon/run/kafka_log.h"

#include "daemon/logging.h"

namespace kpid {

namespace {

void log_client_line(const KafkaLogLine& line) {
  constexpr int kSyslogError = 3;
  constexpr int kSyslogWarning = 4;
  // Said anew at every look for partitions, by brokers older than 0.11 and by the mock cluster.
  const bool repeated = line.text.starts_with("AUTOCREATE");
  if (line.syslog_level <= kSyslogError) {
    log_warn("kafka client", {{"detail", line.text}});
  } else if (line.syslog_level == kSyslogWarning && !repeated) {
    log_info("kafka client", {{"detail", line.text}});
  } else {
    log_debug("kafka client", {{"detail", line.text}});
  }
}

}  // namespace

void KafkaLog::add(const Worker::Report& report) {
  for (const KafkaLogLine& line : report.log_lines) log_client_line(line);
  for (const std::string& loss : report.losses) {
    log_error("records were lost", {{"detail", loss}});
  }
}

void KafkaLog::update(const std::vector<KafkaReport>& reports) {
  const std::string* commit_error = nullptr;
  for (const KafkaReport& report : reports) {
    for (const PartitionStatus& status : report.partitions) log_trouble(status);
    if (!report.brokers.commit_error.empty()) commit_error = &report.brokers.commit_error;
  }
  if (commit_error != nullptr && !commits_fail_) {
    log_warn("progress was not committed, which only lag monitors read",
             {{"reason", *commit_error}});
  }
  commits_fail_ = commit_error != nullptr;
}

void KafkaLog::log_trouble(const PartitionStatus& status) {
  Trouble& logged = troubles_[{status.topic, status.partition}];
  const Trouble trouble{.stopped = status.phase == PartitionStatus::Phase::kStopped,
                        .stalled = status.stalled};
  if (trouble.stopped && !logged.stopped) {
    log_error(
        "partition stopped",
        {{"topic", status.topic}, {"partition", status.partition}, {"reason", status.stop_reason}});
  }
  if (trouble.stalled && !logged.stalled) {
    log_warn(
        "partition stalled: it has records, and none has come for a minute; a record larger "
        "than the property receive.message.max.bytes does that",
        {{"topic", status.topic}, {"partition", status.partition}, {"offset", status.position}});
  }
  logged = trouble;
}

}  // namespace kpid
