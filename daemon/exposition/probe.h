#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/command_line.h"
#include "daemon/exposition/page_writer.h"
#include "pipeline/event/time.h"

namespace kpid {

/// A partition as the daemon's own metrics name it. Borrowed.
struct PartitionName {
  std::string_view source;
  std::string_view topic;
  int32_t partition = 0;
};

/// The daemon's own metrics: the loop says what happened, once per batch or turn; names and help
/// stand in probe.cc alone. They are of this process, not state: counters begin at 0 at a start.
/// Safe to call from any thread; nothing here waits for a scrape.
class Probe {
 public:
  Probe();
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// Whether a broker answers.
  void kafka_up(bool up);
  /// Records between the next to read and the end of the partition.
  void lag(const PartitionName& partition, int64_t records);
  /// Whether reading waits for partitions that are behind in event time.
  void paused(const PartitionName& partition, bool paused);
  /// Whether a lasting fault has stopped the partition, such as a recreated topic.
  void stopped(const PartitionName& partition, bool stopped);

  void checkpoint_saved(EventTime clock, std::chrono::nanoseconds duration, uint64_t bytes);
  void checkpoint_failed();

  void published(std::chrono::nanoseconds duration);
  void scraped(std::chrono::nanoseconds duration);

  /// A configuration was loaded, or refused so that the old one stays.
  void config_loaded(EventTime clock);
  void config_refused();

  /// `count` more lines of this level were written.
  void log_lines(LogLevel level, uint64_t count);
  /// `count` more row operations of the source's formulas gave null: range passed, or division by
  /// zero.
  void arithmetic_nulls(std::string_view source, uint64_t count);

  /// Writes all of these, and the process' own (CPU, memory, files), as they are now. `clock` gives
  /// the age of the last checkpoint.
  void write_to(PageWriter& page, EventTime clock) const;

 private:
  struct Metrics;
  std::unique_ptr<Metrics> metrics_;
};

}  // namespace kpid
