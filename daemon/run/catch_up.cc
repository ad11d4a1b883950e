#include "daemon/run/catch_up.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/publish/snapshot.h"

namespace kpid {

namespace {

using Progress = SourceReadiness::Progress;

const TopicStatus* find_topic(const KafkaReport& report, const std::string& topic) {
  const auto found = std::find_if(report.topics.begin(), report.topics.end(),
                                  [&](const TopicStatus& status) { return status.topic == topic; });
  return found == report.topics.end() ? nullptr : &*found;
}

/// What all workers together know of a topic.
struct TopicView {
  bool asked_by_all = true;
  bool present = false;
  size_t partitions = 0;  ///< that it has
  size_t found = 0;       ///< that workers have found
  std::string fault;      ///< a refusal of the topic or of the broker
  std::string waiting;    ///< why no broker has answered
};

TopicView view_of(const std::string& topic, std::span<const KafkaReport> reports) {
  TopicView view;
  for (const KafkaReport& report : reports) {
    const TopicStatus* const status = find_topic(report, topic);
    const bool asked = status && status->presence != TopicStatus::Presence::kNotAsked;
    view.asked_by_all = view.asked_by_all && asked;
    if (!report.brokers.fault.empty()) view.fault = report.brokers.fault;
    if (!report.brokers.connected) view.waiting = report.brokers.last_error;
    if (!status) continue;
    if (status->presence == TopicStatus::Presence::kRefused) view.fault = status->refusal;
    view.present = view.present || status->presence == TopicStatus::Presence::kPresent;
    view.partitions = std::max(view.partitions, status->partitions);
    for (const PartitionStatus& partition : report.partitions)
      view.found += partition.topic == topic;
  }
  return view;
}

}  // namespace

CatchUp::CatchUp(const std::vector<SourceDefinition>& sources) {
  for (const SourceDefinition& definition : sources) {
    sources_.emplace_back();
    sources_.back().readiness.source = definition.name;
    sources_.back().readiness.topic = definition.topic;
  }
}

void CatchUp::know(const std::string& topic) {
  for (Source& source : sources_) {
    if (source.readiness.topic == topic) source.topic_known = true;
  }
}

void CatchUp::update(std::span<const KafkaReport> reports) {
  for (Source& source : sources_) {
    if (!source.caught_up) update_source(source, reports);
  }
}

void CatchUp::update_source(Source& source, std::span<const KafkaReport> reports) {
  const TopicView view = view_of(source.readiness.topic, reports);
  source.readiness.detail = view.fault;
  if (!view.fault.empty()) {
    source.readiness.progress = Progress::kFault;
  } else if (source.at_start_known) {
    follow(source, reports);
  } else if (!view.asked_by_all) {
    source.readiness.progress = Progress::kStarting;
    source.readiness.detail =
        view.waiting.empty() ? "waiting for a broker's first answer" : view.waiting;
  } else if (!view.present && source.topic_known) {
    // Brokers that have just started may not know their topics yet, so this is not for good.
    source.readiness.progress = Progress::kFault;
    source.readiness.detail =
        "the topic has been read before and is not there; if it was deleted for good, take the "
        "source out of the configuration";
  } else if (!view.present) {
    source.readiness.progress = Progress::kMissingTopic;
    source.caught_up = true;
  } else if (view.found >= view.partitions) {
    source.at_start_known = true;
    follow(source, reports);
  } else {
    source.readiness.progress = Progress::kStarting;
    source.readiness.detail =
        fmt::format("{} of {} partitions have a leader that answers", view.found, view.partitions);
  }
}

void CatchUp::follow(Source& source, std::span<const KafkaReport> reports) {
  SourceReadiness& readiness = source.readiness;
  const bool first_look = source.at_start.empty();
  bool reached = true;
  readiness.records_read = 0;
  readiness.records_left = 0;
  for (const KafkaReport& report : reports) {
    for (const PartitionStatus& partition : report.partitions) {
      if (partition.topic != readiness.topic) continue;
      if (first_look) source.at_start.insert(partition.partition);
      if (!source.at_start.contains(partition.partition)) continue;
      if (partition.phase == PartitionStatus::Phase::kStopped) {
        readiness.detail =
            fmt::format("partition {}: {}", partition.partition, partition.stop_reason);
        continue;
      }
      reached = reached && partition.reached_start_end;
      readiness.records_read += std::max<int64_t>(partition.position - partition.begin_offset, 0);
      if (partition.reached_start_end) continue;
      readiness.records_left +=
          std::max<int64_t>(partition.start_end_offset - partition.position, 0);
    }
  }
  if (!reached) {
    readiness.progress = Progress::kCatchingUp;
  } else if (!readiness.detail.empty()) {
    readiness.progress = Progress::kFault;
  } else {
    readiness.progress = Progress::kCaughtUp;
    source.caught_up = true;
  }
}

std::string_view CatchUp::held(size_t source) const {
  if (sources_[source].caught_up) return {};
  return sources_[source].readiness.progress == Progress::kFault ? kHeldFault : kHeldCatchingUp;
}

}  // namespace kpid
