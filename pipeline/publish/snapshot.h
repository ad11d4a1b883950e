#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
// Pages read them one after another, a million at a time.
static_assert(sizeof(Sample) == 128);

/// The samples of one window, ascending by the bytes of their groups. Immutable; lists of one
/// window after another share the chunks that are the same in both.
class SampleList {
 public:
  struct Chunk {
    std::vector<Sample> samples;  ///< at least one
    /// Chunks with the same mark have the same groups, whatever their values.
    std::shared_ptr<const void> groups_mark;
  };

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Sample;
    using difference_type = std::ptrdiff_t;
    using pointer = const Sample*;
    using reference = const Sample&;

    Iterator() = default;
    Iterator(const std::shared_ptr<const Chunk>* chunk, size_t place)
        : chunk_(chunk), place_(place) {}

    reference operator*() const { return (*chunk_)->samples[place_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      if (++place_ == (*chunk_)->samples.size()) *this = {chunk_ + 1, 0};
      return *this;
    }
    Iterator operator++(int) { return std::exchange(*this, ++Iterator(*this)); }
    bool operator==(const Iterator&) const = default;

   private:
    const std::shared_ptr<const Chunk>* chunk_ = nullptr;
    size_t place_ = 0;
  };

  SampleList() = default;
  /// In one chunk.
  SampleList(std::vector<Sample> samples);  // NOLINT(google-explicit-constructor): it is just that
  /// REQUIRES: none of the chunks is empty.
  explicit SampleList(std::vector<std::shared_ptr<const Chunk>> chunks);

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {chunks_.data(), 0}; }
  Iterator end() const { return {chunks_.data() + chunks_.size(), 0}; }
  /// Costs more the more chunks there are before it. REQUIRES: place < size().
  const Sample& operator[](size_t place) const;

  const std::vector<std::shared_ptr<const Chunk>>& chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<const Chunk>> chunks_;
  size_t size_ = 0;
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
  SampleList samples;  ///< one a shown group
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
