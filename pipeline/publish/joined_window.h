#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/engine.h"
#include "pipeline/publish/snapshot.h"

namespace kpid {

/// All groups of one KPI in one window: the shards merged, the sources joined on the group.
///
/// Borrows the views it is made from. A group that one source has never seen has no events there.
class JoinedWindow {
 public:
  /// `query_of[i]` is the index, in every view's `windows`, of the KPI's i-th source.
  JoinedWindow(const Plan& plan, size_t kpi,
               std::span<const std::shared_ptr<const ShardView>> shards,
               std::span<const size_t> query_of);

  /// Groups, in no order, without `__other__`.
  size_t size() const { return groups_.size(); }
  const std::shared_ptr<const GroupKey>& key(size_t group) const { return groups_[group].key; }
  EventTime first(size_t group) const { return groups_[group].first; }
  EventTime newest(size_t group) const { return groups_[group].newest; }
  /// Events of all sources in the window.
  int64_t events(size_t group) const;

  /// Whether every slice of the window was kept and none is cut by it.
  bool whole() const { return whole_; }
  /// Events that went to `__other__` because the table of groups was full.
  int64_t overflow_events() const;

  /// The KPI's sample of a group, without its labels.
  Sample sample(size_t group) const { return evaluate({&group, 1}, false); }
  /// One sample for several groups together.
  Sample merged_sample(std::span<const size_t> groups) const { return evaluate(groups, false); }
  /// The sample of `__other__`.
  Sample overflow_sample() const { return evaluate({}, true); }
  /// What the group is ranked by: `rank_by`, else samples. Nothing ranks below everything.
  std::optional<Number> rank_figure(size_t group) const;

 private:
  struct Group {
    std::shared_ptr<const GroupKey> key;
    EventTime first = EventTime::max();
    EventTime newest = EventTime::min();
  };

  void add_shard_source(const ShardView& view, size_t source, size_t query);
  void add_row(const char*& place, size_t source, const char* row);
  size_t find_or_add(const GroupTable::Group& group);
  const RowLayout& layout(size_t source) const;
  const char* row(size_t group, size_t source) const { return rows_[group * sources_ + source]; }
  Sample evaluate(std::span<const size_t> groups, bool overflow) const;

  const Plan& plan_;
  const size_t kpi_;
  const size_t sources_;
  const bool needs_look_up_;  ///< more than one shard or source: groups meet by their key
  std::vector<Group> groups_;
  std::vector<const char*> rows_;           ///< per group and source
  std::vector<const char*> overflow_rows_;  ///< per source
  std::deque<std::string> merged_rows_;     ///< rows that no shard holds by itself
  tsl::robin_map<std::string_view, size_t> index_;
  bool whole_ = true;
};

}  // namespace kpid
