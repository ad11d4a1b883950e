#include "daemon/run/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kpid {

namespace {

// Enough for a few batches of every partition; small enough that a turn takes milliseconds.
constexpr size_t kRecordsPerTurn = 8 * Engine::kBatchRows;

// Records, questions and news of partitions wake the worker; this is for what has no such sign, a
// fetch that is to be tried again or a record that does not come.
constexpr Duration kPollTimeout = std::chrono::seconds{1};

// The same while a partition of ours waits for one that another worker reads: that it has caught up
// shows on the board alone.
constexpr Duration kPollTimeoutAligning = std::chrono::milliseconds{50};

}  // namespace

Worker::Worker(Options options, GroupAdmission& admission, ProgressBoard& board)
    : options_(std::move(options)),
      board_(board),
      engine_(options_.plan, options_.index, admission),
      kafka_(options_.kafka),
      tracker_(*options_.plan),
      alignment_(*options_.plan),
      begins_(options_.plan->definitions->sources.size()),
      shown_until_(begins_.size()) {}

Worker::~Worker() { stop(std::chrono::seconds{5}); }

void Worker::adopt(const std::vector<PartitionState>& partitions) {
  for (const PartitionState& state : partitions) {
    const uint32_t worker = worker_of(state.topic, state.partition, options_.kafka.workers);
    if (worker != options_.index) continue;
    known_[{state.topic, state.partition}].push_back(engine_.add_partition(state));
  }
}

Result<void> Worker::start() {
  if (auto started = kafka_.start(); !started) return started;
  thread_ = std::thread([this] { loop(); });
  return {};
}

void Worker::stop(Duration deadline) {
  if (!thread_.joinable()) return;
  stopping_ = true;
  kafka_.wake();
  thread_.join();
  kafka_.close(deadline);
}

void Worker::loop() {
  while (!stopping_) {
    take_turn();
    take_mail();
  }
  take_mail();
}

void Worker::take_mail() {
  while (true) {
    std::function<void()> task;
    {
      const std::lock_guard lock(mutex_);
      if (mail_.empty()) return;
      task = std::move(mail_.front());
      mail_.pop_front();
    }
    task();
  }
}

void Worker::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    mail_.push_back(std::move(task));
  }
  kafka_.wake();
}

template <class F>
auto Worker::ask(F question) -> std::future<decltype(question())> {
  auto task = std::make_shared<std::packaged_task<decltype(question())()>>(std::move(question));
  auto answer = task->get_future();
  post([task] { (*task)(); });
  return answer;
}

void Worker::take_turn() {
  const KafkaTurn turn =
      kafka_.poll(kRecordsPerTurn, aligning_ ? kPollTimeoutAligning : kPollTimeout);
  for (const NewPartition& found : turn.new_partitions) take_on(found);
  for (const LostRecords& lost : turn.losses) {
    const Reading& reading = readings_[lost.index];
    for (const size_t partition : reading.engine_partitions) {
      engine_.lose(partition, lost.next_offset);
    }
    losses_.push_back(
        fmt::format("{} records of topic {}, partition {}, were gone before they were "
                    "read; reading goes on at offset {}",
                    lost.lost, reading.topic, reading.partition, lost.next_offset));
  }
  consume(turn);
  exchange_progress();
}

void Worker::consume(const KafkaTurn& turn) {
  for (const PartitionBatch& batch : turn.batches) {
    for (const size_t partition : readings_[batch.index].engine_partitions) {
      engine_.consume(partition, batch.records);
    }
  }
}

void Worker::take_on(const NewPartition& found) {
  if (found.index >= readings_.size()) readings_.resize(found.index + 1);
  Reading& reading = readings_[found.index];
  reading = {.index = found.index,
             .topic = found.topic,
             .partition = found.partition,
             .engine_partitions = known_[{found.topic, found.partition}]};
  const auto& sources = options_.plan->definitions->sources;
  bool all_known = true;
  for (size_t source = 0; source < sources.size(); ++source) {
    if (sources[source].topic != found.topic) continue;
    const bool known = std::any_of(
        reading.engine_partitions.begin(), reading.engine_partitions.end(), [&](size_t partition) {
          return engine_.partition(partition).source == sources[source].name;
        });
    if (known) continue;
    all_known = false;
    PartitionState state;
    state.source = sources[source].name;
    state.topic = found.topic;
    state.partition = found.partition;
    state.next_offset = found.start_offset;
    reading.engine_partitions.push_back(engine_.add_partition(std::move(state)));
    if (!found.begins) continue;
    const EventTime begins = *found.begins + sources[source].max_ahead;
    if (!begins_[source] || *begins_[source] < begins) begins_[source] = begins;
  }
  own_progress_.clear();
  if (all_known) {
    begin(reading);
  } else {
    unsaved_.push_back(found.index);
  }
}

void Worker::begin(const Reading& reading) {
  const auto least = std::min_element(
      reading.engine_partitions.begin(), reading.engine_partitions.end(), [&](size_t a, size_t b) {
        return engine_.partition(a).next_offset < engine_.partition(b).next_offset;
      });
  const PartitionState& state = engine_.partition(*least);
  kafka_.begin(reading.index, state.next_offset, state.fingerprint);
}

void Worker::exchange_progress() {
  if (own_progress_.empty()) {
    progress_reading_.clear();
    for (const Reading& reading : readings_) {
      for (const size_t partition : reading.engine_partitions) {
        PartitionProgress progress;
        progress.source =
            source_index(*options_.plan->definitions, engine_.partition(partition).source);
        progress.partition = reading.partition;
        own_progress_.push_back(progress);
        progress_reading_.push_back(reading.index);
      }
    }
  }
  size_t place = 0;
  for (const Reading& reading : readings_) {
    const PartitionStatus& status = kafka_.partitions()[reading.index];
    for (const size_t partition : reading.engine_partitions) {
      const PartitionState& state = engine_.partition(partition);
      PartitionProgress& progress = own_progress_[place++];
      progress.watermark = state.watermark;
      progress.newest_event_time = state.newest_event_time;
      progress.newest_timestamp = state.newest_timestamp;
      progress.newest_read = status.newest_timestamp;
      // One that brings nothing for long makes nobody wait, like one without a leader.
      progress.connected = status.connected && !status.stalled;
      progress.stopped = status.phase == PartitionStatus::Phase::kStopped;
      progress.waiting = status.paused;
      progress.caught_up = status.reached_start_end;
      progress.at_end = status.at_end;
    }
  }
  size_t first_own = 0;
  board_.exchange(options_.index, own_progress_, all_progress_, first_own);
  const EventTime now = options_.clock();
  tracker_.update(all_progress_, now);
  for (size_t source = 0; source < begins_.size(); ++source) {
    if (const auto before = tracker_.expire_before(source)) engine_.expire(source, *before);
    const auto forget_before = tracker_.forget_before(source);
    if (!forget_before) continue;
    engine_.forget(source, *forget_before);
    // Windows become final by the clock where all is idle; what is kept of the past is counted in
    // event time.
    const auto& until = shown_until_[source];
    const Duration retention = options_.plan->definitions->sources[source].retention;
    if (until) engine_.coarsen(source, std::min(*until, *forget_before + retention));
  }
  align(all_progress_, first_own, now);
}

void Worker::align(const std::vector<PartitionProgress>& all, size_t first_own, EventTime now) {
  const std::vector<bool> waits = alignment_.update(all, now);
  std::vector<bool> pause(readings_.size());
  for (size_t i = 0; i < own_progress_.size(); ++i) {
    if (waits[first_own + i]) pause[progress_reading_[i]] = true;
  }
  aligning_ = std::find(pause.begin(), pause.end(), true) != pause.end();
  for (const Reading& reading : readings_) {
    const PartitionStatus& status = kafka_.partitions()[reading.index];
    if (pause[reading.index] == status.paused) continue;
    if (pause[reading.index]) {
      kafka_.pause(reading.index);
    } else {
      kafka_.resume(reading.index);
    }
  }
}

std::future<Worker::Report> Worker::report() {
  return ask([this] {
    Report report{.kafka = {.partitions = kafka_.partitions(),
                            .topics = kafka_.topics(),
                            .brokers = kafka_.brokers()},
                  .log_lines = kafka_.take_log_lines(),
                  .losses = std::move(losses_),
                  .awaits_checkpoint = !unsaved_.empty()};
    losses_.clear();
    return report;
  });
}

std::future<std::shared_ptr<const ShardView>> Worker::view(std::vector<WindowQuery> queries) {
  return ask([this, queries = std::move(queries)] { return engine_.view(queries); });
}

void Worker::shown_until(std::vector<std::optional<EventTime>> until) {
  post([this, until = std::move(until)]() mutable { shown_until_ = std::move(until); });
}

std::future<Worker::Frozen> Worker::freeze(std::vector<GroupingLayout> layouts) {
  return ask([this, layouts = std::move(layouts)] {
    Frozen frozen{.part = engine_.freeze(layouts), .begins = begins_};
    saving_ = std::move(unsaved_);
    unsaved_.clear();
    frozen_offsets_.clear();
    for (const Reading& reading : readings_) {
      if (reading.engine_partitions.empty()) continue;
      int64_t next_offset = engine_.partition(reading.engine_partitions[0]).next_offset;
      for (const size_t partition : reading.engine_partitions) {
        next_offset = std::min(next_offset, engine_.partition(partition).next_offset);
      }
      frozen_offsets_.emplace_back(reading.index, next_offset);
    }
    return frozen;
  });
}

void Worker::saved(bool success) {
  post([this, success] {
    engine_.saved(success);
    if (!success) {
      unsaved_.insert(unsaved_.end(), saving_.begin(), saving_.end());
      saving_.clear();
      return;
    }
    for (const size_t reading : saving_) begin(readings_[reading]);
    saving_.clear();
    kafka_.commit(frozen_offsets_);
  });
}

void Worker::forget_store() {
  post([this] { engine_.forget_store(); });
}

}  // namespace kpid
