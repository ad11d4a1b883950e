#pragma once

#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "daemon/command_line.h"
#include "daemon/exposition/probe.h"
#include "daemon/exposition/publication.h"
#include "daemon/http/http_server.h"
#include "daemon/logging.h"
#include "daemon/run/catch_up.h"
#include "daemon/run/disorder_log.h"
#include "daemon/run/kafka_log.h"
#include "daemon/run/progress_board.h"
#include "daemon/run/start_log.h"
#include "daemon/run/worker.h"
#include "daemon/store/checkpoint_store.h"
#include "daemon/store/checkpoint_writer.h"
#include "pipeline/publish/publisher.h"
#include "pipeline/restore.h"

namespace kpid {

/// A running kpid: workers, checkpoints, the publisher and the web server, on one main thread.
///
/// The main loop sleeps until something is due, and does it: publish every `publish.interval`,
/// checkpoint every `checkpoint.interval` and whenever a partition waits for its start to be in the
/// store.
class Instance {
 public:
  struct Options {
    Settings settings;
    std::filesystem::path storage_path;
    OnChange on_change = OnChange::kRefuse;
    WebOptions web;
    Clock clock;
  };

  explicit Instance(Options options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Opens the store, restores, listens and starts to read. Errors: a store in use or too new, a
  /// changed source, an address that cannot be had, a wrong Kafka property.
  Result<void> start();

  /// Works until one of `signals`, which are blocked in all threads, comes. Then checkpoints at
  /// once and stops. Answers with the exit code.
  int run_until(const sigset_t& signals);

  /// Where it listens: "127.0.0.1:8437". After `start`.
  std::string address() const;

 private:
  Result<void> restore_state();
  Result<void> listen();
  void turn();
  /// How long the main loop may sleep.
  std::chrono::steady_clock::duration due_in(std::chrono::steady_clock::time_point now) const;
  void publish(EventTime now);
  void follow(EventTime now);
  void tell_shown_until();
  void collect_reports();
  void update_probe();
  void update_probe(const PartitionStatus& status);
  std::vector<SourceAccess> access(EventTime now);
  bool any_unreachable(size_t source) const;
  Readiness readiness() const;
  void start_checkpoint();
  void finish_checkpoint(const CheckpointWriter::Outcome& outcome, EventTime now);
  void checkpoint_at_once();
  void recover_store(EventTime now);
  void stop_workers();
  void set_publication(std::shared_ptr<const Publication> publication);

  const Options options_;
  const std::shared_ptr<const Plan> plan_;
  Probe probe_;
  std::unique_ptr<CheckpointStore> store_;
  std::unique_ptr<CheckpointWriter> writer_;
  std::unique_ptr<GroupAdmission> admission_;
  ProgressBoard board_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<HttpServer> server_;

  // Owned by the main thread.
  std::vector<GroupingLayout> layouts_;
  std::vector<SourceState> sources_;
  Publisher publisher_;
  ProgressTracker tracker_;
  CatchUp catch_up_;
  std::vector<Worker::Report> reports_;
  std::vector<KafkaReport> kafka_;                           ///< of `reports_`
  std::vector<std::optional<EventTime>> unreachable_since_;  ///< per source
  std::vector<std::optional<EventTime>> shown_until_;        ///< per source, told to workers
  std::vector<uint64_t> arithmetic_nulls_;                   ///< per source, told to the probe
  std::array<uint64_t, kLogLevelCount> log_lines_{};         ///< told to the probe
  LogLimiter limiter_;
  KafkaLog kafka_log_;
  StartLog start_log_;
  DisorderLog disorder_log_;
  bool checkpoint_failing_ = false;
  std::chrono::steady_clock::time_point next_publish_{};
  std::chrono::steady_clock::time_point next_checkpoint_{};

  mutable std::mutex mutex_;
  std::shared_ptr<const Publication> publication_;  ///< guarded by mutex_
};

}  // namespace kpid
