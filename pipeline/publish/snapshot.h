#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/definitions.h"
#include "pipeline/formula/number.h"
#include "pipeline/state.h"

namespace kpid {

/// One KPI value of one group and window.
struct Sample {
  /// The group's `by` values as labels, parallel to KpiDefinition::by, escaped where they would
  /// meet `other`. Valid UTF-8. Empty without `by`. Shared between snapshots.
  std::shared_ptr<const std::vector<std::string>> group;
  std::optional<Number> value;  ///< nothing: absent
  int64_t samples = 0;
  std::optional<Number> numerator;    ///< of a quotient
  std::optional<Number> denominator;  ///< of a quotient
  bool estimated = false;             ///< it rests on a sketch
  bool over_max_keys = false;         ///< absent because more keys than `max_keys` were there
};

/// The partition that a window waits for.
struct HeldBackBy {
  size_t source = 0;  ///< index in Definitions::sources
  int32_t partition = 0;
  EventTime watermark{};
  EventTime since{};  ///< the clock when it became the one that holds the KPI's windows back
  Duration behind{};  ///< how far its watermark is before the end that it has to reach; above 0
};

/// The window of a KPI that is shown now, with all its samples.
struct ShownWindow {
  size_t kpi = 0;          ///< index in Definitions::kpis
  size_t window_spec = 0;  ///< index in KpiDefinition::windows
  bool live = false;       ///< shown as `live`; else as `final`
  Window window;
  bool already_final = false;          ///< every event of the window is believed to be in
  std::optional<double> completeness;  ///< [0, 1]; nothing for an incomplete window
  int64_t groups_cut = 0;              ///< events of the window in the group `__other__`
  /// Whether all that the formula looks back at is on record; else its values are absent.
  bool on_record = true;
  /// Who holds back this window, or the next one where this is final already: the slowest partition
  /// of the KPI's sources (see SlowestPartitions), if its watermark is before the window's end.
  /// Nothing: no partition does.
  std::optional<HeldBackBy> held_back_by;
  std::vector<Sample> samples;  ///< one a shown group, ascending by the bytes of the group
};

/// A window of a KPI that is not shown, and why.
struct HeldWindow {
  size_t kpi = 0;
  size_t window_spec = 0;
  bool live = false;
  std::string_view reason;  ///< one of kHeldReasons
};

/// Why a KPI is away, as in the `reason` label of kpid_kpi_held.
inline constexpr std::string_view kHeldCatchingUp = "catching_up";  ///< law 5: after a start
inline constexpr std::string_view kHeldFault = "fault";  ///< law 5: a lasting fault at a start
inline constexpr std::string_view kHeldNoEvents = "no_events";  ///< no source has had an event
inline constexpr std::string_view kHeldRecordBegins =
    "record_begins";                                     ///< no whole window kept yet
inline constexpr std::string_view kHeldStale = "stale";  ///< away for stale_after

/// The ledger of one partition, and what is known of its progress.
struct PartitionView {
  PartitionState state;
  bool shown = false;  ///< law 5: the source has caught up, so its ledger may be seen
  bool idle = false;
};

/// How far the events of one source came behind the newest of their own partition: of those that
/// were accepted, and of those rejected as late. Since the process started; not state.
struct DisorderView {
  std::string source;
  Duration limit{};     ///< the setting `disorder`
  uint64_t events = 0;  ///< that were looked at; with none the rest is zero
  Duration total{};     ///< of all of them together
  Duration p50{};       ///< half of them came at most this far behind; see DisorderHistogram
  Duration p99{};
  Duration maximum{};  ///< exact
};

/// An amendment counter as published.
struct AmendmentView {
  size_t kpi = 0;
  size_t window_spec = 0;
  uint64_t amendments = 0;
};

/// How full the table of groups of one KPI is.
struct GroupsView {
  size_t kpi = 0;
  uint64_t groups = 0;        ///< kept in the state, without `__other__`
  uint64_t groups_shown = 0;  ///< with series of their own
};

/// An immutable view of everything that may be published, at one instant.
struct Snapshot {
  EventTime published_at{};  ///< the clock when it was made
  std::shared_ptr<const Definitions> definitions;
  std::vector<ShownWindow> windows;  ///< by KPI, window spec, final before live
  std::vector<HeldWindow> held;
  std::vector<PartitionView> partitions;  ///< by source, topic, partition
  std::vector<DisorderView> disorder;     ///< one a source, in the order of the definitions
  std::vector<AmendmentView> amendments;  ///< of KPIs that are not held
  std::vector<GroupsView> groups;

  /// The ledger of a source, summed over its partitions; nothing while it must not be seen.
  std::optional<Ledger> ledger_of(std::string_view source) const;
  /// Nothing for a source that is none; lives as long as this.
  const DisorderView* disorder_of(std::string_view source) const;
};

}  // namespace kpid
