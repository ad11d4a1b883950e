#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/publish/shown_windows.h"
#include "pipeline/state.h"
#include "tests/property/scenario.h"

namespace kpid {

/// One partition as the oracle sees it after some of its records.
struct OraclePartition {
  size_t source = 0;
  int32_t number = 0;
  Ledger ledger;
  std::optional<EventTime> newest_event_time;
  std::optional<EventTime> watermark;
  std::optional<EventTime> newest_timestamp;
  std::vector<LostSpan> lost;
  std::vector<ShapedEvent> accepted;
  std::vector<Duration> behind;  ///< how far each event, accepted or late, came behind the newest
};

/// Says what kpid must say, the slow and obvious way: keeps every event, recomputes everything,
/// calculates with fractions of integers of any size. Shares no code with the engine beyond the
/// declarations of what a scenario is made of.
class Oracle {
 public:
  explicit Oracle(const Scenario& scenario);

  /// Reads the records of a partition up to `next_offset`.
  void read(size_t partition, int64_t next_offset);
  /// The records up to `next_offset` are gone.
  void lose(size_t partition, int64_t next_offset);

  const OraclePartition& partition(size_t index) const { return partitions_[index]; }
  uint64_t amendments(size_t kpi, size_t window_spec) const {
    return amendments_[kpi][window_spec];
  }

  /// Every window that exists, as `report_lines` writes them.
  std::vector<std::string> report() const;

  /// The samples of one window as they are shown, one text a group, ascending by group.
  std::string shown_samples(size_t kpi, const Window& window) const;
  /// Whether records of the KPI's sources were lost in the window.
  bool has_losses(size_t kpi, const Window& window) const;
  /// The sum over all groups of what the window of an additive KPI of one term holds, as a text.
  std::string total(size_t kpi, const Window& window) const;

 private:
  struct Cell;
  using Events = std::vector<const ShapedEvent*>;

  /// Events of the window by the labels of their group, per source of the scenario.
  std::map<std::vector<std::string>, std::vector<Events>> groups_in(size_t kpi,
                                                                    const Window& window) const;
  std::vector<std::string> labels_of(size_t kpi, size_t source, const ShapedEvent& event) const;
  std::vector<size_t> sources_of(size_t kpi) const;
  std::string sample_text(size_t kpi, const std::vector<std::string>& labels,
                          const std::vector<Events>& events) const;
  void accept(OraclePartition& partition, const ShapedEvent& event, EventTime timestamp);

  const Scenario& scenario_;
  std::vector<OraclePartition> partitions_;
  std::vector<int64_t> next_;
  std::vector<std::vector<uint64_t>> amendments_;
};

/// The value as it must be printed: plain digits where it has at most nine decimals, else the
/// nearest double. Both sides of a comparison go through `comparable`.
std::string comparable(const std::string& sample_line);

}  // namespace kpid
