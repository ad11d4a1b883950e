#include "daemon/kafka/partition_scout.h"

#include <algorithm>
#include <utility>

namespace kpid {
namespace {

EventTime wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

bool is_well(const ScoutReport& report) {
  return report.connected &&
         std::all_of(report.topics.begin(), report.topics.end(),
                     [](const TopicStatus& topic) {
                       return topic.presence != TopicStatus::Presence::kRefused;
                     }) &&
         std::all_of(report.partitions.begin(), report.partitions.end(),
                     [](const ScoutedPartition& partition) {
                       return partition.has_leader && partition.ends && partition.start_offset;
                     });
}

}  // namespace

PartitionScout::PartitionScout(const KafkaClient& client, const KafkaSourceOptions& options)
    : client_(client),
      timings_(options.timings),
      asked_at_(options.asked_at),
      worker_(options.worker),
      workers_(options.workers) {
  for (const KafkaTopic& topic : options.topics) {
    TopicMemory& memory = memories_.emplace_back();
    memory.topic = topic;
    memory.status.topic = topic.name;
  }
}

PartitionScout::~PartitionScout() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void PartitionScout::start() {
  thread_ = std::thread([this] { run(); });
}

std::optional<ScoutReport> PartitionScout::take_report() {
  if (!has_report_.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  has_report_.store(false, std::memory_order_relaxed);
  return std::exchange(report_, std::nullopt);
}

uint64_t PartitionScout::hurry() {
  const std::lock_guard lock(mutex_);
  rounds_wanted_ += 1;
  woken_.notify_one();
  return rounds_wanted_;
}

void PartitionScout::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  woken_.notify_one();
}

void PartitionScout::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const uint64_t round = rounds_wanted_;
    lock.unlock();
    ScoutReport report = ask_all();
    report.round = round;
    const Duration pause = is_well(report) ? timings_.discovery_interval : timings_.retry_interval;
    lock.lock();
    report_ = std::move(report);
    has_report_.store(true, std::memory_order_release);
    client_.wake();
    // However many ask to hurry, brokers are asked at most ten times in a retry interval.
    woken_.wait_for(lock, timings_.retry_interval / 10, [this] { return stopping_; });
    woken_.wait_for(lock, pause, [&] { return stopping_ || rounds_wanted_ != round; });
  }
}

ScoutReport PartitionScout::ask_all() {
  const auto answers = ask_for_topics(client_.handle(), timings_.request_timeout);
  if (!answers) return report_of(answers.error().text);
  for (TopicMemory& memory : memories_) {
    const auto answer =
        std::find_if(answers->begin(), answers->end(),
                     [&memory](const TopicAnswer& one) { return one.topic == memory.topic.name; });
    if (answer != answers->end()) note_topic(memory, *answer);
  }
  ask_where_logs_end();
  for (TopicMemory& memory : memories_) {
    ask_where_times_stand(memory);
    for (auto& [number, partition] : memory.partitions) resolve_start(memory, partition);
  }
  return report_of("");
}

void PartitionScout::note_topic(TopicMemory& memory, const TopicAnswer& answer) const {
  using Presence = TopicStatus::Presence;
  if (!answer.refusal.empty()) return note_refusal(memory, answer);
  memory.refused_since.reset();
  memory.status.refusal.clear();
  memory.status.presence = answer.exists ? Presence::kPresent : Presence::kAbsent;
  memory.status.partitions = answer.leaders.size();
  if (!answer.exists && !memory.was_present) memory.was_absent = true;
  note_partitions(memory, answer.leaders);
  memory.was_present = memory.was_present || answer.exists;
}

// A permission that has just been given takes a moment to reach every broker, so that a refusal
// is a fault only when it lasts.
void PartitionScout::note_refusal(TopicMemory& memory, const TopicAnswer& answer) const {
  const auto now = std::chrono::steady_clock::now();
  if (!memory.refused_since) memory.refused_since = now;
  if (now - *memory.refused_since < timings_.lasting_after) return;
  memory.status.presence = TopicStatus::Presence::kRefused;
  memory.status.refusal = answer.refusal;
}

void PartitionScout::note_partitions(TopicMemory& memory,
                                     const std::vector<int32_t>& leaders) const {
  for (auto& [number, partition] : memory.partitions) partition.leader = -1;
  for (size_t i = 0; i < leaders.size(); ++i) {
    const auto number = static_cast<int32_t>(i);
    if (worker_of(memory.topic.name, number, workers_) != worker_) continue;
    auto [entry, is_new] = memory.partitions.try_emplace(number);
    if (is_new) {
      entry->second.known.which = {memory.topic.name, number};
      entry->second.from_first_sight = !memory.was_present;
    }
    entry->second.leader = leaders[i];
  }
  for (auto& [number, partition] : memory.partitions) {
    partition.known.has_leader = partition.leader >= 0;
  }
}

void PartitionScout::ask_where_logs_end() {
  std::map<TopicPartition, int32_t> leaders;
  for (const TopicMemory& memory : memories_) {
    for (const auto& [number, partition] : memory.partitions) {
      if (partition.leader >= 0) leaders[partition.known.which] = partition.leader;
    }
  }
  const auto ends = ask_for_ends(client_.handle(), leaders, timings_.request_timeout);
  for (TopicMemory& memory : memories_) {
    for (auto& [number, partition] : memory.partitions) {
      const auto found = ends.find(partition.known.which);
      partition.known.ends =
          found == ends.end() ? std::nullopt : std::optional<LogEnds>(found->second);
    }
  }
}

void PartitionScout::ask_where_times_stand(TopicMemory& memory) const {
  if (memory.topic.known || memory.topic.start.kind != Start::Kind::kAgo) return;
  std::map<TopicPartition, int32_t> leaders;
  for (const auto& [number, partition] : memory.partitions) {
    if (partition.known.start_offset || !partition.from_first_sight) continue;
    if (partition.known.ends) leaders[partition.known.which] = partition.leader;
  }
  if (leaders.empty()) return;
  const EventTime from = asked_at_ - memory.topic.start.ago;
  const auto offsets = ask_for_offsets(client_.handle(), leaders, from.time_since_epoch().count(),
                                       timings_.request_timeout);
  for (const auto& [which, offset] : offsets) {
    ScoutedPartition& partition = memory.partitions.at(which.partition).known;
    partition.start_offset = offset >= 0 ? offset : partition.ends->high;
    partition.begins = from;
  }
}

void PartitionScout::resolve_start(const TopicMemory& memory, PartitionMemory& partition) const {
  ScoutedPartition& known = partition.known;
  if (known.start_offset || !known.ends) return;
  const bool chosen = !memory.topic.known && partition.from_first_sight;
  switch (chosen ? memory.topic.start.kind : Start::Kind::kEarliest) {
    case Start::Kind::kEarliest:
      known.start_offset = known.ends->low;
      return;
    case Start::Kind::kLatest:
      known.start_offset = memory.was_absent ? known.ends->low : known.ends->high;
      known.begins = memory.was_absent ? asked_at_ : wall_clock();
      return;
    case Start::Kind::kAgo:
      return;  // the broker has not said yet where that time stands: asked again
  }
}

ScoutReport PartitionScout::report_of(std::string error) const {
  ScoutReport report;
  report.connected = error.empty();
  report.error = std::move(error);
  for (const TopicMemory& memory : memories_) {
    report.topics.push_back(memory.status);
    for (const auto& [number, partition] : memory.partitions) {
      report.partitions.push_back(partition.known);
      if (!report.connected) {
        report.partitions.back().has_leader = false;
        report.partitions.back().ends.reset();
      }
    }
  }
  return report;
}

}  // namespace kpid
