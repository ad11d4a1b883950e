#include "daemon/run/run.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "config/packs.h"
#include "daemon/demo/demo_cluster.h"
#include "daemon/kafka/kafka_properties.h"
#include "daemon/logging.h"
#include "daemon/run/cpu_count.h"
#include "daemon/run/instance.h"
#include "pipeline/check.h"

namespace kpid {

namespace {

EventTime clock_now() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

/// Blocks the signals that end the program in this thread and all it will start, so that the main
/// loop can wait for them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

/// Where a browser on this machine finds what listens at `address`, which may mean every address.
std::string reachable(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  return host == "0.0.0.0" || host == "[::]" ? "localhost" + address.substr(colon) : address;
}

int work(Instance::Options options, const sigset_t& signals, const std::string& greeting) {
  Instance instance(std::move(options));
  if (auto started = instance.start(); !started) {
    log_error("cannot start", {{"reason", started.error().text}});
    return kExitFailed;
  }
  if (!greeting.empty()) {
    fmt::print(fmt::runtime(greeting), fmt::arg("address", reachable(instance.address())));
    std::fflush(stdout);
  }
  return instance.run_until(signals);
}

/// A directory of its own below the system's temporary one, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kpid-demo-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  /// Empty: it could not be made.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

constexpr const char* kGreeting = R"(kpid demo: a made-up business, live

  page      http://{address}/
  metrics   http://{address}/metrics
  KPIs      http://{address}/api/v1/kpis
  ready?    http://{address}/-/ready

Stop with Ctrl-C. Nothing is left behind.
)";

/// The settings for this machine: a number of workers where `auto` was written.
Settings on_this_machine(Settings settings) {
  if (settings.workers != kAutoWorkers) return settings;
  settings.workers = std::min(usable_cpus(), kWorkersMax);
  log_info("one worker for each CPU", {{"workers", settings.workers}});
  return settings;
}

}  // namespace

int run(const Settings& settings, const RunOptions& options) {
  const sigset_t signals = block_signals();
  start_logging(options.log);
  if (auto checked = check_kafka_properties(properties_of(settings.kafka)); !checked) {
    log_error("the configuration cannot be used", {{"reason", checked.error().text}});
    return kExitUsage;
  }
  return work({.settings = on_this_machine(settings),
               .storage_path = options.storage_path,
               .on_change = options.on_change,
               .web = options.web,
               .clock = clock_now},
              signals, "");
}

int demo(const DemoOptions& options) {
  const sigset_t signals = block_signals();
  start_logging(options.log);
  const TemporaryDirectory directory;
  if (directory.path().empty()) {
    log_error("cannot make a temporary directory");
    return kExitFailed;
  }
  auto cluster = DemoCluster::start({.clock = clock_now});
  if (!cluster) {
    log_error("the demo's Kafka cannot start", {{"reason", cluster.error().text}});
    return kExitFailed;
  }
  const auto text = pack("demo");
  KPID_ASSERT(text.has_value());
  Loaded loaded = load_settings_text("demo.yml", *text, NeedKafka::kNo);
  KPID_ASSERT(loaded.usable());
  loaded.settings.kafka.bootstrap_servers = {(*cluster)->bootstrap_servers()};
  return work({.settings = std::move(loaded.settings),
               .storage_path = directory.path(),
               .on_change = OnChange::kRefuse,
               .web = options.web,
               .clock = clock_now},
              signals, kGreeting);
}

}  // namespace kpid
