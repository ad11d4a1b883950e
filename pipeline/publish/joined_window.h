#pragma once

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/aggregate/merged_row.h"
#include "pipeline/engine.h"
#include "pipeline/publish/joined_groups.h"
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
/// Reads the rows of the views it is made from, which it keeps. A group that one source has never
/// seen has no events there. Groups are named by their numbers in a JoinedGroups.
class JoinedWindow {
 public:
  /// `groups` are those of the KPI in these shards, and are not moved on while a group is read.
  /// `inputs` is parallel to the KPI's.
  JoinedWindow(const Plan& plan, size_t kpi, const JoinedGroups& groups,
               std::span<const std::shared_ptr<const ShardView>> shards,
               std::vector<AskedInput> inputs);

  const JoinedGroups& groups() const { return groups_; }
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
  /// The groups with a row that is not the same in `other`, each once; of groups with the same
  /// identity in both, there are no others. Chunks of rows that both share are passed over.
  std::vector<uint32_t> changed_groups(const JoinedWindow& other) const;

  /// The KPI's sample of a group, without its labels.
  Sample sample(size_t group) const { return evaluate(GroupRows(*this, group).rows); }
  /// One sample for several groups together.
  Sample merged_sample(std::span<const uint32_t> groups) const;
  /// The sample of `__other__`.
  Sample overflow_sample() const { return evaluate(overflow_.rows); }
  /// What the group is ranked by: `rank_by`, else samples. Nothing ranks below everything.
  std::optional<Number> rank_figure(size_t group) const;

 private:
  /// The rows of one group, by input; where more than one shard has events of it, their merge.
  struct GroupRows {
    GroupRows() = default;
    GroupRows(const JoinedWindow& window, size_t group);
    void add(size_t input, const RowLayout& layout, const GroupRow& row);

    std::vector<GroupRow> rows;
    std::list<MergedRow> merged;
  };

  size_t source(size_t input) const { return kpi_.inputs[input].source; }
  const RowLayout& layout(size_t input) const {
    return plan_.groupings[kpi_.groupings[source(input)]].layout;
  }
  const WindowRows& window_rows(size_t input, size_t shard) const {
    return *rows_[input * shards_ + shard];
  }
  bool same_rows(size_t input, const JoinedWindow& other) const;
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
  const JoinedGroups& groups_;
  const size_t shards_;
  const std::vector<AskedInput> inputs_;
  std::vector<std::shared_ptr<const WindowRows>> rows_;       ///< by input and shard
  std::vector<bool> whole_;                                   ///< by input
  GroupRows overflow_;                                        ///< those of `__other__`
  mutable std::vector<std::optional<MergedRow>> total_rows_;  ///< by input, made when asked for
};

}  // namespace kpid
