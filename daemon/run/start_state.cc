#include "daemon/run/start_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "daemon/kafka/kafka_properties.h"
#include "daemon/logging.h"
#include "pipeline/restore.h"

namespace kpid {

namespace {

// Memory for what is fetched and not yet worked on, of all workers together.
constexpr uint64_t kQueueBytes = 128ULL << 20;

/// Whether the store knows a partition of the topic. What is reset begins anew, so its own
/// partitions do not count.
bool knows_topic(const StartState& state, const std::string& topic) {
  return state.stored &&
         std::any_of(state.stored->partitions.begin(), state.stored->partitions.end(),
                     [&](const PartitionState& partition) {
                       return partition.topic == topic && !state.reset.contains(partition.source);
                     });
}

std::vector<KafkaTopic> topics_of(const std::vector<SourceDefinition>& sources,
                                  const StartState& state) {
  std::vector<KafkaTopic> topics;
  for (const SourceDefinition& source : sources) {
    const bool named = std::any_of(topics.begin(), topics.end(), [&](const KafkaTopic& topic) {
      return topic.name == source.topic;
    });
    if (named) continue;
    topics.push_back(
        {.name = source.topic, .start = source.start, .known = knows_topic(state, source.topic)});
  }
  return topics;
}

}  // namespace

Result<StartState> open_start_state(const Settings& settings,
                                    const std::filesystem::path& storage_path, OnChange on_change,
                                    EventTime now) {
  auto opened = open_store(storage_path, now);
  if (!opened) return tl::unexpected(opened.error());
  if (opened->set_aside) {
    log_error(
        "the store was damaged and has been set aside; what the log still has is read anew",
        {{"reason", opened->set_aside->reason}, {"moved_to", opened->set_aside->path.string()}});
  }
  StartState state{
      .store = std::move(opened->store), .stored = std::move(opened->state), .reset = {}};
  if (!state.stored) return state;
  std::string reasons;
  for (const ChangedSource& changed : changed_sources(*state.stored, settings.definitions)) {
    state.reset.insert(changed.name);
    reasons += "\n  " + changed.reason;
  }
  if (!state.reset.empty() && on_change == OnChange::kRefuse) {
    return failure(
        fmt::format("the state in {} was made with other definitions, and would be reset:{}\n"
                    "put them back, or accept the loss with --storage.on-change=reset",
                    storage_path.string(), reasons));
  }
  return state;
}

KafkaSourceOptions source_options(const Settings& settings, const StartState& state,
                                  uint32_t worker, EventTime now) {
  KafkaSourceOptions options;
  options.bootstrap_servers = fmt::format("{}", fmt::join(settings.kafka.bootstrap_servers, ","));
  options.group_id = settings.kafka.group_id;
  options.properties = reading_properties_of(settings);
  options.topics = topics_of(settings.definitions.sources, state);
  options.worker = worker;
  options.workers = settings.workers;
  options.asked_at = now;
  options.queue_bytes = kQueueBytes / settings.workers;
  return options;
}

}  // namespace kpid
