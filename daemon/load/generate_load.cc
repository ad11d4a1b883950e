#include "daemon/load/generate_load.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/load/load_configuration.h"
#include "daemon/load/load_sink.h"
#include "daemon/load/load_start.h"
#include "daemon/load/pace.h"
#include "daemon/load/sales_generator.h"

namespace kpid {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

/// Events between two looks at the clock, the signals and the sink.
constexpr uint64_t kBurst = 1'000;

/// As short as a sleep may usefully be, and as long as one may keep the sink from its own work.
constexpr nanoseconds kShortestNap = std::chrono::milliseconds{1};
constexpr nanoseconds kLongestNap = std::chrono::milliseconds{50};

constexpr Duration kWaitForRoom{50};
constexpr nanoseconds kReportEvery = std::chrono::seconds{10};

/// Holds back the signals that end the program, in this thread and all it starts, and notices them.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  /// Waits for one, up to `timeout`. True from the first one on.
  bool came_within(nanoseconds timeout) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(timeout);
    const timespec wait{.tv_sec = whole.count(), .tv_nsec = (timeout - whole).count()};
    came_ = came_ || ::sigtimedwait(&signals_, nullptr, &wait) > 0;
    return came_;
  }

  /// From here on they end the program at once.
  void let_through() { pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr); }

 private:
  sigset_t signals_{};
  bool came_ = false;
};

/// One run from the first event to the last.
class LoadRun {
 public:
  LoadRun(const GenerateLoadOptions& options, LoadSink& sink, std::FILE* err)
      : generator_(options.shape), events_(options.events), sink_(sink), err_(err) {
    if (options.rate > 0) pace_.emplace(options.rate);
  }

  void run() {
    while (!ended() && !signals_.came_within(nap())) {
      send(std::min(due(), sent_ + kBurst));
      if (elapsed() < next_report_) continue;
      next_report_ += kReportEvery;
      report();
    }
    // Who does not want to wait for what was sent ends us a second time.
    signals_.let_through();
    while (!sink_.finish(kWaitForRoom)) {
    }
    report();
  }

 private:
  bool ended() const { return (events_ != 0 && sent_ >= events_) || sink_.broken(); }

  nanoseconds elapsed() const { return steady_clock::now() - begin_; }

  /// How many events should have been sent by now, from the first on.
  uint64_t due() {
    uint64_t due = sent_ + kBurst;
    if (pace_) {
      const nanoseconds now = elapsed();
      due = pace_->due(now);
      if (sent_ < due) behind_max_ = std::max(behind_max_, now - pace_->due_at(sent_));
    }
    return events_ != 0 ? std::min(due, events_) : due;
  }

  void send(uint64_t until) {
    for (; sent_ < until; ++sent_) {
      generator_.make(sent_, event_);
      while (!sink_.put(event_)) {
        sink_.attend(kWaitForRoom);
        if (signals_.came_within({})) return;
      }
      bytes_ += event_.json.size();
    }
    sink_.attend(Duration{0});
  }

  /// How long nothing is due.
  nanoseconds nap() const {
    if (!pace_) return {};
    const nanoseconds until = pace_->due_at(sent_) - elapsed();
    return until <= nanoseconds{0} ? nanoseconds{0} : std::clamp(until, kShortestNap, kLongestNap);
  }

  void report() const {
    const LoadOutcome outcome = sink_.outcome();
    const double seconds = std::chrono::duration<double>(elapsed()).count();
    std::string line = fmt::format(
        "events={} delivered={} failed={} bytes={} seconds={:.3f} events_per_second={:.0f}", sent_,
        outcome.delivered, outcome.failed, bytes_, seconds, static_cast<double>(sent_) / seconds);
    if (pace_) {
      line += fmt::format(" behind_max_seconds={:.3f}",
                          std::chrono::duration<double>(behind_max_).count());
    }
    fmt::print(err_, "{}\n", line);
  }

  EndSignals signals_;
  SalesGenerator generator_;
  const uint64_t events_;  ///< 0: no end
  LoadSink& sink_;
  std::FILE* const err_;
  std::optional<Pace> pace_;  ///< nothing: as fast as it goes
  const steady_clock::time_point begin_ = steady_clock::now();
  nanoseconds next_report_ = kReportEvery;
  uint64_t sent_ = 0;
  uint64_t bytes_ = 0;
  nanoseconds behind_max_{};
  SalesEvent event_;
};

Result<std::unique_ptr<LoadSink>> open_file_sink(const std::string& path, std::FILE* out) {
  if (path == "-") return make_file_sink(out);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr)
    return failure(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  return make_file_sink(file);
}

int fail(std::FILE* err, const Error& error, int exit_code) {
  fmt::print(err, "kpid: {}\n", error.text);
  return exit_code;
}

int send_load(const GenerateLoadOptions& options, Result<std::unique_ptr<LoadSink>> sink,
              std::FILE* err) {
  if (!sink) return fail(err, sink.error(), kExitFailed);
  LoadRun(options, **sink, err).run();
  const LoadOutcome outcome = (*sink)->outcome();
  if (outcome.failed == 0) return kExitGood;
  return fail(
      err, {fmt::format("{} events were not delivered: {}", outcome.failed, outcome.first_failure)},
      kExitFailed);
}

}  // namespace

int generate_load(const GenerateLoadOptions& options, std::FILE* out, std::FILE* err) {
  if (options.print_config) {
    fmt::print(out, "{}", configuration_for_load(options));
    return kExitGood;
  }
  GenerateLoadOptions load = options;
  load.shape.start =
      start_of_load(options, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  if (!fits_event_time(load, load.shape.start)) {
    return fail(err, {"the events would not all be between the years 1971 and 2199"}, kExitUsage);
  }
  if (!load.output.empty()) return send_load(load, open_file_sink(load.output, out), err);
  auto producer = open_load_producer(load.kafka);
  if (!producer) return fail(err, producer.error(), kExitUsage);
  return send_load(load, make_kafka_sink(load.kafka, std::move(*producer)), err);
}

}  // namespace kpid
