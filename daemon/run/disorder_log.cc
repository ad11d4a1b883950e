#include "daemon/run/disorder_log.h"

#include "daemon/logging.h"
#include "pipeline/window/window_spec.h"

namespace kpid {

namespace {

// Of fewer events the slowest hundredth is a handful, which says nothing about the source.
constexpr uint64_t kEnoughEvents = 1'000;

// The figures are those of the whole run and creep up; each line of the log is to say something
// new.
constexpr int kWorthSayingAgain = 2;

}  // namespace

bool should_warn(const DisorderView& seen, std::optional<Duration> warned_of) {
  if (seen.events < kEnoughEvents || seen.p99 <= seen.limit) return false;
  return !warned_of || seen.p99 >= *warned_of * kWorthSayingAgain;
}

Duration suggested_disorder(Duration seen) {
  Duration digit{1};  // of the second digit
  while (seen / digit >= 100) digit *= 10;
  return (seen + digit - Duration{1}) / digit * digit;
}

void DisorderLog::update(const std::vector<DisorderView>& disorder) {
  for (const DisorderView& seen : disorder) {
    const auto said = warned_of_.find(seen.source);
    const auto warned_of = said == warned_of_.end() ? std::nullopt : std::optional(said->second);
    if (!should_warn(seen, warned_of)) continue;
    warned_of_[seen.source] = seen.p99;
    log_warn(
        "events come further behind the newest of their partition than disorder allows, so they "
        "amend final windows or are late; raise disorder, and windows become final that much "
        "later",
        {{"source", seen.source},
         {"p50_seconds", seen.p50},
         {"p99_seconds", seen.p99},
         {"max_seconds", seen.maximum},
         {"disorder", format_duration(seen.limit)},
         {"suggested_disorder", format_duration(suggested_disorder(seen.p99))}});
  }
}

}  // namespace kpid
