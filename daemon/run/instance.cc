#include "daemon/run/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <future>
#include <utility>

#include "daemon/exposition/web.h"
#include "daemon/http/listen_socket.h"
#include "daemon/run/shared_admission.h"
#include "daemon/run/start_state.h"

namespace kpid {

namespace {

using SteadyClock = std::chrono::steady_clock;

// While it starts, or a checkpoint is being written, the main loop looks this often: a new
// partition should not wait long for the checkpoint that lets it be read. Otherwise it sleeps until
// the next publication or checkpoint.
constexpr auto kTick = std::chrono::milliseconds{50};

// A clean stop ends within ten seconds, whatever hangs in the Kafka client.
constexpr Duration kCloseDeadline = std::chrono::seconds{3};

}  // namespace

Instance::Instance(Options options)
    : options_(std::move(options)),
      plan_(make_plan(std::make_shared<const Definitions>(options_.settings.definitions))),
      board_(options_.settings.workers),
      publisher_(plan_),
      tracker_(*plan_),
      catch_up_(plan_->definitions->sources),
      unreachable_since_(plan_->definitions->sources.size()),
      arithmetic_nulls_(plan_->definitions->sources.size()),
      publication_(std::make_shared<const Publication>()) {
  const uint32_t max_groups = plan_->definitions->limits.max_groups;
  if (options_.settings.workers == 1) {
    admission_ = std::make_unique<SingleShardAdmission>(max_groups);
  } else {
    admission_ = std::make_unique<SharedAdmission>(max_groups);
  }
}

Instance::~Instance() {
  server_.reset();
  stop_workers();
}

// All at once: each may hang for as long as the deadline.
void Instance::stop_workers() {
  std::vector<std::future<void>> stops;
  for (auto& worker : workers_) {
    stops.push_back(std::async(std::launch::async, [&worker] { worker->stop(kCloseDeadline); }));
  }
}

std::string Instance::address() const {
  const auto parsed = parse_listen_address(options_.web.listen_address);
  const std::string host = parsed && !parsed->host.empty() ? parsed->host : "0.0.0.0";
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, server_->port())
                                             : fmt::format("[{}]:{}", host, server_->port());
}

Result<void> Instance::start() {
  const EventTime now = options_.clock();
  probe_.config_loaded(now);
  if (auto restored = restore_state(); !restored) return restored;
  set_publication(
      std::make_shared<const Publication>(Publication{.snapshot = {}, .readiness = readiness()}));
  if (auto listening = listen(); !listening) return listening;
  for (auto& worker : workers_) {
    if (auto started = worker->start(); !started) return started;
  }
  return {};
}

Result<void> Instance::restore_state() {
  auto start = open_start_state(options_.settings, options_.storage_path, options_.on_change,
                                options_.clock());
  if (!start) return tl::unexpected(start.error());
  store_ = std::move(start->store);
  writer_ = std::make_unique<CheckpointWriter>(*store_);
  const StoredState* const stored = start->stored ? &*start->stored : nullptr;
  const EventTime now = options_.clock();
  std::vector<Engine*> engines;
  for (uint32_t i = 0; i < options_.settings.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(
        Worker::Options{.plan = plan_,
                        .index = i,
                        .clock = options_.clock,
                        .kafka = source_options(options_.settings, *start, i, now)},
        *admission_, board_));
    engines.push_back(&workers_.back()->engine());
  }
  auto restored = restore(stored, start->reset, *plan_, engines);
  if (!restored) return tl::unexpected(restored.error());
  layouts_ = std::move(restored->layouts);
  sources_ = std::move(restored->sources);
  for (size_t kpi = 0; kpi < restored->begins.size(); ++kpi) {
    publisher_.set_begins(kpi, restored->begins[kpi]);
  }
  for (auto& worker : workers_) worker->adopt(restored->partitions);
  for (const PartitionState& partition : restored->partitions) catch_up_.know(partition.topic);
  if (stored && start->reset.empty()) publisher_.restore(stored->publisher);
  if (stored) {
    log_info("restored from the store", {{"partitions", restored->partitions.size()},
                                         {"blobs", stored->blobs.size()},
                                         {"reset_sources", start->reset.size()}});
  }
  return {};
}

Result<void> Instance::listen() {
  auto address = parse_listen_address(options_.web.listen_address);
  if (!address) return tl::unexpected(address.error());
  WebSettings web;
  web.prefix = options_.settings.publish.prefix;
  web.config_text = options_.settings.shown_text;
  web.started_at = options_.clock();
  web.storage_path = options_.storage_path.string();
  web.workers = options_.settings.workers;
  auto provider = [this] {
    const std::lock_guard lock(mutex_);
    return publication_;
  };
  auto server =
      HttpServer::start({.address = *address, .max_connections = options_.web.max_connections},
                        make_web_handler(web, probe_, provider, options_.clock));
  if (!server) return tl::unexpected(server.error());
  server_ = std::move(*server);
  log_info("listening", {{"address", this->address()}});
  return {};
}

void Instance::set_publication(std::shared_ptr<const Publication> publication) {
  const std::lock_guard lock(mutex_);
  publication_ = std::move(publication);
}

SteadyClock::duration Instance::due_in(SteadyClock::time_point now) const {
  if (writer_->busy() || !start_log_.was_ready()) return kTick;
  const auto due = std::min(next_publish_, next_checkpoint_);
  return std::max<SteadyClock::duration>(due - now, SteadyClock::duration{0});
}

int Instance::run_until(const sigset_t& signals) {
  while (true) {
    const auto wait = due_in(SteadyClock::now());
    const auto whole = std::chrono::floor<std::chrono::seconds>(wait);
    const timespec tick{.tv_sec = whole.count(),
                        .tv_nsec = std::chrono::nanoseconds(wait - whole).count()};
    const int signal = ::sigtimedwait(&signals, nullptr, &tick);
    if (signal > 0) {
      show_status("");
      log_info("stopping", {{"signal", signal}});
      break;
    }
    turn();
  }
  checkpoint_at_once();
  stop_workers();
  server_.reset();
  log_info("stopped");
  return kExitGood;
}

void Instance::turn() {
  const auto steady_now = SteadyClock::now();
  const EventTime now = options_.clock();
  if (auto outcome = writer_->poll()) finish_checkpoint(*outcome, now);
  if (steady_now >= next_publish_) {
    next_publish_ = steady_now + options_.settings.publish.interval;
    publish(now);
  } else if (!start_log_.was_ready()) {
    // What was just found or caught up should not wait for the next publication; and what is read
    // meanwhile should not lie about in fine slices.
    collect_reports();
    if (readiness().ready()) {
      publish(now);
    } else {
      follow(now);
    }
  }
  const bool awaited =
      std::any_of(reports_.begin(), reports_.end(),
                  [](const Worker::Report& report) { return report.awaits_checkpoint; });
  // After a failure even what is awaited has the patience of the interval: a full disk stays full.
  const bool due = steady_now >= next_checkpoint_ || (awaited && !checkpoint_failing_);
  if (due && !writer_->busy()) {
    next_checkpoint_ = steady_now + options_.settings.checkpoint.interval;
    start_checkpoint();
  }
}

void Instance::collect_reports() {
  std::vector<std::future<Worker::Report>> asked;
  for (auto& worker : workers_) asked.push_back(worker->report());
  reports_.clear();
  kafka_.clear();
  for (auto& answer : asked) {
    reports_.push_back(answer.get());
    kafka_.push_back(reports_.back().kafka);
    kafka_log_.add(reports_.back());
  }
  catch_up_.update(kafka_);
}

void Instance::publish(EventTime now) {
  const auto began = SteadyClock::now();
  collect_reports();
  const std::vector<PartitionProgress> partitions = board_.all();
  tracker_.update(partitions, now);
  const PublishInput input{
      .now = now, .progress = &tracker_, .partitions = partitions, .access = access(now)};
  const std::vector<WindowQuery>& queries = publisher_.choose(input);
  std::vector<std::future<std::shared_ptr<const ShardView>>> asked;
  for (auto& worker : workers_) asked.push_back(worker->view(queries));
  std::vector<std::shared_ptr<const ShardView>> views;
  for (auto& answer : asked) views.push_back(answer.get());
  auto snapshot = publisher_.combine(input, views);
  tell_shown_until();
  for (size_t source = 0; source < arithmetic_nulls_.size(); ++source) {
    uint64_t nulls = 0;
    for (const auto& view : views) nulls += view->arithmetic_nulls[source];
    probe_.arithmetic_nulls(plan_->definitions->sources[source].name,
                            nulls - arithmetic_nulls_[source]);
    arithmetic_nulls_[source] = nulls;
  }
  disorder_log_.update(snapshot->disorder);
  kafka_log_.update(kafka_);
  update_probe();
  Readiness now_ready = readiness();
  start_log_.update(now_ready, began);
  set_publication(std::make_shared<const Publication>(
      Publication{.snapshot = std::move(snapshot), .readiness = std::move(now_ready)}));
  probe_.published(SteadyClock::now() - began);
}

void Instance::follow(EventTime now) {
  const std::vector<PartitionProgress> partitions = board_.all();
  tracker_.update(partitions, now);
  publisher_.follow(
      {.now = now, .progress = &tracker_, .partitions = partitions, .access = access(now)});
  tell_shown_until();
}

// Only when it has moved: a message wakes a worker up.
void Instance::tell_shown_until() {
  auto until = publisher_.shown_until();
  if (until == shown_until_) return;
  for (auto& worker : workers_) worker->shown_until(until);
  shown_until_ = std::move(until);
}

bool Instance::any_unreachable(size_t source) const {
  const std::string& topic = plan_->definitions->sources[source].topic;
  for (const KafkaReport& report : kafka_) {
    if (!report.brokers.connected) return true;
    for (const PartitionStatus& partition : report.partitions) {
      if (partition.topic != topic) continue;
      if (!partition.connected || partition.stalled) return true;
      if (partition.phase == PartitionStatus::Phase::kStopped) return true;
    }
  }
  return false;
}

std::vector<SourceAccess> Instance::access(EventTime now) {
  std::vector<SourceAccess> access;
  for (size_t source = 0; source < unreachable_since_.size(); ++source) {
    if (!any_unreachable(source)) {
      unreachable_since_[source].reset();
    } else if (!unreachable_since_[source]) {
      unreachable_since_[source] = now;
    }
    access.push_back({.held = catch_up_.held(source),
                      .all_found = catch_up_.all_found(source),
                      .unreachable_since = unreachable_since_[source],
                      .begins = sources_[source].begins});
  }
  return access;
}

Readiness Instance::readiness() const {
  Readiness readiness;
  for (size_t source = 0; source < plan_->definitions->sources.size(); ++source) {
    readiness.sources.push_back(catch_up_.readiness(source));
    const auto progress = catch_up_.readiness(source).progress;
    const bool asked = progress == SourceReadiness::Progress::kCaughtUp ||
                       progress == SourceReadiness::Progress::kMissingTopic;
    if (asked && !tracker_.source(source).has_events) {
      readiness.notes.push_back(
          fmt::format("source {} has had no event", plan_->definitions->sources[source].name));
    }
  }
  return readiness;
}

void Instance::update_probe() {
  bool connected = !kafka_.empty();
  for (const KafkaReport& report : kafka_) {
    connected = connected && report.brokers.connected;
    for (const PartitionStatus& status : report.partitions) update_probe(status);
  }
  probe_.kafka_up(connected);
  const auto lines = log_line_counts();
  for (size_t level = 0; level < kLogLevelCount; ++level) {
    probe_.log_lines(static_cast<LogLevel>(level), lines[level] - log_lines_[level]);
  }
  log_lines_ = lines;
}

void Instance::update_probe(const PartitionStatus& status) {
  for (const SourceDefinition& source : plan_->definitions->sources) {
    if (source.topic != status.topic) continue;
    const PartitionName name{
        .source = source.name, .topic = status.topic, .partition = status.partition};
    if (const auto lag = status.lag()) probe_.lag(name, *lag);
    probe_.paused(name, status.paused);
    probe_.stopped(name, status.phase == PartitionStatus::Phase::kStopped);
  }
}

void Instance::start_checkpoint() {
  std::vector<std::future<Worker::Frozen>> asked;
  for (auto& worker : workers_) asked.push_back(worker->freeze(layouts_));
  Checkpoint checkpoint;
  checkpoint.shards = options_.settings.workers;
  for (auto& answer : asked) {
    Worker::Frozen frozen = answer.get();
    for (size_t source = 0; source < sources_.size(); ++source) {
      auto& begins = sources_[source].begins;
      const auto& found = frozen.begins[source];
      if (found && (!begins || *begins < *found)) begins = found;
    }
    checkpoint.parts.push_back(std::move(frozen.part));
  }
  checkpoint.sources = sources_;
  checkpoint.publisher = publisher_.save();
  writer_->start(std::move(checkpoint));
}

void Instance::finish_checkpoint(const CheckpointWriter::Outcome& outcome, EventTime now) {
  const bool success = outcome.result.has_value();
  if (success && checkpoint_failing_) log_info("checkpoints are saved again");
  checkpoint_failing_ = !success;
  for (auto& worker : workers_) worker->saved(success);
  for (Worker::Report& report : reports_) report.awaits_checkpoint = false;
  if (success) {
    probe_.checkpoint_saved(now, outcome.duration, outcome.result->bytes_written);
    log_debug("checkpoint saved", {{"bytes", outcome.result->bytes_written},
                                   {"store_bytes", outcome.result->store_bytes},
                                   {"duration_seconds", outcome.duration}});
    return;
  }
  probe_.checkpoint_failed();
  if (const auto held_back = limiter_.admit("checkpoint", SteadyClock::now())) {
    log_error("checkpoint failed; kpid goes on and tries again",
              {{"reason", outcome.result.error().text}, {"suppressed", *held_back}});
  }
  if (outcome.result.error().file_lost) recover_store(now);
}

void Instance::recover_store(EventTime now) {
  const auto moved = store_->start_over(now);
  if (!moved) {
    log_error("no new store could be made", {{"reason", moved.error().text}});
    return;
  }
  for (auto& worker : workers_) worker->forget_store();
  next_checkpoint_ = {};  // nothing is in the new store yet
  log_error("the store was given up and a new one begun", {{"moved_to", moved->string()}});
}

void Instance::checkpoint_at_once() {
  if (writer_->busy()) finish_checkpoint(writer_->wait(), options_.clock());
  // A store that is lost in the first try has been replaced by an empty one for the second.
  for (int tries = 0; tries < 2; ++tries) {
    start_checkpoint();
    finish_checkpoint(writer_->wait(), options_.clock());
    if (!checkpoint_failing_) return;
  }
}

}  // namespace kpid
