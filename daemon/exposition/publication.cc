#include "daemon/exposition/publication.h"

#include <fmt/format.h>

#include <algorithm>

namespace kpid {

namespace {

bool is_waited_for(const SourceReadiness& source) {
  return source.progress == SourceReadiness::Progress::kStarting ||
         source.progress == SourceReadiness::Progress::kCatchingUp;
}

}  // namespace

std::string_view name_of(SourceReadiness::Progress progress) {
  switch (progress) {
    case SourceReadiness::Progress::kStarting:
      return "starting";
    case SourceReadiness::Progress::kCatchingUp:
      return "catching_up";
    case SourceReadiness::Progress::kCaughtUp:
      return "caught_up";
    case SourceReadiness::Progress::kMissingTopic:
      return "missing_topic";
    case SourceReadiness::Progress::kFault:
      return "fault";
  }
  return "";
}

bool Readiness::ready() const {
  return std::none_of(sources.begin(), sources.end(), is_waited_for);
}

std::string describe(const SourceReadiness& source) {
  const std::string detail = source.detail.empty() ? "" : ": " + source.detail;
  switch (source.progress) {
    case SourceReadiness::Progress::kStarting:
      return fmt::format("starting, the end of topic {} is not known yet{}", source.topic, detail);
    case SourceReadiness::Progress::kCatchingUp: {
      const int64_t all = source.records_read + source.records_left;
      const int64_t percent = all > 0 ? source.records_read * 100 / all : 0;
      return fmt::format("catching up, {} of {} records of topic {} read ({} %){}",
                         source.records_read, all, source.topic, percent, detail);
    }
    case SourceReadiness::Progress::kCaughtUp:
      return fmt::format("caught up with topic {}{}", source.topic, detail);
    case SourceReadiness::Progress::kMissingTopic:
      return fmt::format("topic {} does not exist yet, which nothing waits for{}", source.topic,
                         detail);
    case SourceReadiness::Progress::kFault:
      return fmt::format("stopped by a fault, which holds up its own KPIs only{}", detail);
  }
  return "";
}

std::string describe(const Readiness& readiness) {
  std::string text = readiness.ready() ? "ready\n" : "not ready\n";
  for (const SourceReadiness& source : readiness.sources) {
    text += fmt::format("{}: {}\n", source.source, describe(source));
  }
  for (const std::string& note : readiness.notes) text += note + "\n";
  return text;
}

}  // namespace kpid
