#pragma once

#include <tsl/robin_map.h>

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/aggregate/merged_row.h"
#include "pipeline/engine.h"
#include "pipeline/publish/snapshot.h"

namespace kpid {

/// What a KPI reads for one of its inputs.
struct AskedInput {
  Window window;
  size_t query = 0;      ///< index in every view's `windows`
  bool recorded = true;  ///< the record of the KPI's terms had begun by its start
};

/// All groups of one KPI in one window: the shards merged, the sources joined on the group.
///
/// Borrows the views it is made from. A group that one source has never seen has no events there.
class JoinedWindow {
 public:
  /// `inputs` is parallel to the KPI's.
  JoinedWindow(const Plan& plan, size_t kpi,
               std::span<const std::shared_ptr<const ShardView>> shards,
               std::vector<AskedInput> inputs);

  /// Groups, in no order, without `__other__`.
  size_t size() const { return groups_.size(); }
  const std::shared_ptr<const GroupKey>& key(size_t group) const { return groups_[group].key; }
  EventTime first(size_t group) const { return groups_[group].first; }
  EventTime newest(size_t group) const { return groups_[group].newest; }
  /// Events of all sources in the window.
  int64_t events(size_t group) const;

  /// Whether every slice of the window itself was kept and none is cut by it.
  bool whole() const;
  /// The same of everything that the KPI's formula looks at.
  bool on_record() const;
  /// Events that went to `__other__` because the table of groups was full.
  int64_t overflow_events() const;
  /// Whether there are such events in the window, or in anything before it that is read with it.
  bool cut() const;

  /// Whether groups that are the same here and in `other`, a window of the same KPI, have the same
  /// sample.
  bool evaluates_like(const JoinedWindow& other) const;
  /// Whether this is the same group with the same rows there.
  bool same_group(size_t group, const JoinedWindow& other) const;

  /// The KPI's sample of a group, without its labels.
  Sample sample(size_t group) const { return evaluate(rows_of(group)); }
  /// One sample for several groups together.
  Sample merged_sample(std::span<const size_t> groups) const;
  /// The sample of `__other__`.
  Sample overflow_sample() const { return evaluate(overflow_rows_); }
  /// What the group is ranked by: `rank_by`, else samples. Nothing ranks below everything.
  std::optional<Number> rank_figure(size_t group) const;

 private:
  struct Group {
    std::shared_ptr<const GroupKey> key;
    EventTime first = EventTime::max();
    EventTime newest = EventTime::min();
  };

  void add_groups(const ShardView& view, size_t source);
  void add_input(const ShardView& view, size_t input);
  void add_row(GroupRow& place, size_t input, const GroupRow& row);
  size_t find_or_add(const GroupTable::Group& group);
  const RowLayout& layout(size_t input) const;
  const GroupRow& row(size_t group, size_t input) const {
    return rows_[group * inputs_.size() + input];
  }
  std::span<const GroupRow> rows_of(size_t group) const {
    return {&rows_[group * inputs_.size()], inputs_.size()};
  }
  GroupRow total_row(size_t input) const;
  std::vector<TermValue> values(const Formula& formula, std::span<const ReadingPlace> places,
                                std::span<const GroupRow> rows) const;
  TermValue value(const Reading& reading, const ReadingPlace& place,
                  std::span<const GroupRow> rows) const;
  bool kept(const Reading& reading, const ReadingPlace& place) const;
  Sample evaluate(std::span<const GroupRow> rows) const;

  const Plan& plan_;
  const KpiPlan& kpi_;
  const KpiDefinition& definition_;
  const std::vector<AskedInput> inputs_;
  const bool needs_look_up_;  ///< more than one shard or source: groups meet by their key
  std::vector<Group> groups_;
  std::vector<GroupRow> rows_;           ///< per group and input
  std::vector<GroupRow> overflow_rows_;  ///< per input
  std::deque<MergedRow> merged_rows_;    ///< rows that no shard holds by itself
  mutable std::vector<std::optional<MergedRow>> total_rows_;  ///< per input, made when asked for
  tsl::robin_map<std::string_view, size_t> index_;
  std::vector<size_t> places_;  ///< by group id of the shard and source at hand
  std::vector<bool> whole_;     ///< per input
};

}  // namespace kpid
