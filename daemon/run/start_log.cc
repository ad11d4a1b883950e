#include "daemon/run/start_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/logging.h"

namespace kpid {

namespace {

using Progress = SourceReadiness::Progress;

// Often enough to see that it gets on, seldom enough for a log that is kept.
constexpr auto kLineInterval = std::chrono::seconds{5};

}  // namespace

std::string progress_line(const Readiness& readiness) {
  if (readiness.ready()) return {};
  int64_t read = 0;
  int64_t left = 0;
  size_t starting = 0;
  for (const SourceReadiness& source : readiness.sources) {
    read += source.records_read;
    left += source.records_left;
    starting += source.progress == Progress::kStarting;
  }
  const bool any_catching_up = std::any_of(
      readiness.sources.begin(), readiness.sources.end(),
      [](const SourceReadiness& source) { return source.progress == Progress::kCatchingUp; });
  if (!any_catching_up)
    return fmt::format("waiting for Kafka: {} source{} not begun", starting,
                       starting == 1 ? "" : "s");
  const int64_t all = read + left;
  return fmt::format("catching up: {} of {} records read ({} %)", read, all,
                     all > 0 ? read * 100 / all : 0);
}

void StartLog::update(const Readiness& readiness, std::chrono::steady_clock::time_point now) {
  log_faults(readiness);
  const bool ready = readiness.ready();
  if (ready && !was_ready_) {
    show_status("");
    log_info("ready");
  }
  was_ready_ = ready;
  if (ready) return;
  show_status(progress_line(readiness));
  if (log_is_terminal() || now < next_line_) return;
  next_line_ = now + kLineInterval;
  for (const SourceReadiness& source : readiness.sources) {
    if (source.progress != Progress::kStarting && source.progress != Progress::kCatchingUp) {
      continue;
    }
    log_info("catching up", {{"source", source.source}, {"state", describe(source)}});
  }
}

void StartLog::log_faults(const Readiness& readiness) {
  for (const SourceReadiness& source : readiness.sources) {
    if (source.progress != Progress::kFault) {
      faulty_.erase(source.source);
    } else if (faulty_.insert(source.source).second) {
      log_error("a lasting fault holds a source's KPIs",
                {{"source", source.source}, {"topic", source.topic}, {"reason", source.detail}});
    }
  }
}

}  // namespace kpid
