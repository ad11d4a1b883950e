#include "pipeline/publish/joined_window.h"

#include <algorithm>

#include "pipeline/check.h"

namespace kpid {

JoinedWindow::JoinedWindow(const Plan& plan, size_t kpi,
                           std::span<const std::shared_ptr<const ShardView>> shards,
                           std::span<const size_t> query_of)
    : plan_(plan),
      kpi_(kpi),
      sources_(plan.kpis[kpi].groupings.size()),
      needs_look_up_(shards.size() * sources_ > 1) {
  KPID_ASSERT(query_of.size() == sources_);
  for (size_t source = 0; source < sources_; ++source) {
    overflow_rows_.push_back(layout(source).empty_row().data());
  }
  for (const auto& shard : shards) {
    for (size_t source = 0; source < sources_; ++source) {
      add_shard_source(*shard, source, query_of[source]);
    }
  }
}

const RowLayout& JoinedWindow::layout(size_t source) const {
  return plan_.groupings[plan_.kpis[kpi_].groupings[source]].layout;
}

size_t JoinedWindow::find_or_add(const GroupTable::Group& group) {
  size_t place = groups_.size();
  if (needs_look_up_) {
    const auto [found, added] = index_.try_emplace(group.key->bytes, place);
    place = found->second;
  }
  if (place == groups_.size()) {
    groups_.push_back({.key = group.key});
    for (size_t source = 0; source < sources_; ++source) {
      rows_.push_back(layout(source).empty_row().data());
    }
  }
  groups_[place].first = std::min(groups_[place].first, group.first);
  groups_[place].newest = std::max(groups_[place].newest, group.newest);
  return place;
}

void JoinedWindow::add_row(const char*& place, size_t source, const char* row) {
  const RowLayout& rows = layout(source);
  if (RowLayout::events(row) == 0) return;
  if (RowLayout::events(place) == 0) {
    place = row;
    return;
  }
  std::string& merged = merged_rows_.emplace_back(place, rows.bytes());
  rows.merge(merged.data(), row);
  place = merged.data();
}

void JoinedWindow::add_shard_source(const ShardView& view, size_t source, size_t query) {
  const WindowRows& window = *view.windows[query];
  const RowLayout& rows = layout(source);
  whole_ = whole_ && window.whole;
  const auto& groups = view.groups[plan_.kpis[kpi_].groupings[source]];
  add_row(overflow_rows_[source], source, window.row(kOverflowGroup, rows));
  for (GroupId id = 1; id < groups.size(); ++id) {
    if (!groups[id].key) continue;
    const size_t group = find_or_add(groups[id]);
    add_row(rows_[group * sources_ + source], source, window.row(id, rows));
  }
}

int64_t JoinedWindow::events(size_t group) const {
  int64_t events = 0;
  for (size_t source = 0; source < sources_; ++source) {
    events += RowLayout::events(row(group, source));
  }
  return events;
}

int64_t JoinedWindow::overflow_events() const {
  int64_t events = 0;
  for (const char* row : overflow_rows_) events += RowLayout::events(row);
  return events;
}

Sample JoinedWindow::evaluate(std::span<const size_t> groups, bool overflow) const {
  std::vector<const char*> rows;
  std::deque<std::string> merged;
  if (overflow) rows = overflow_rows_;
  if (groups.size() == 1) {
    for (size_t source = 0; source < sources_; ++source) rows.push_back(row(groups[0], source));
  } else if (!overflow) {
    for (size_t source = 0; source < sources_; ++source) {
      std::string& sum = merged.emplace_back(layout(source).empty_row());
      for (const size_t group : groups) layout(source).merge(sum.data(), row(group, source));
      rows.push_back(sum.data());
    }
  }
  const Formula& formula = plan_.definitions->kpis[kpi_].formula;
  std::vector<TermValue> values;
  for (const TermPlace& place : plan_.kpis[kpi_].terms) {
    values.push_back(layout(place.source).value(rows[place.source], place.term));
  }
  Sample sample;
  sample.value = formula.value(values);
  sample.samples = static_cast<int64_t>(values[formula.samples_term()].units);
  if (formula.is_quotient()) {
    sample.numerator = formula.numerator(values);
    sample.denominator = formula.denominator(values);
  }
  return sample;
}

std::optional<Number> JoinedWindow::rank_figure(size_t group) const {
  const KpiDefinition& kpi = plan_.definitions->kpis[kpi_];
  std::vector<TermValue> values;
  if (kpi.rank_by) {
    for (const TermPlace& place : plan_.kpis[kpi_].rank_terms) {
      values.push_back(layout(place.source).value(row(group, place.source), place.term));
    }
    return kpi.rank_by->value(values);
  }
  const TermPlace& place = plan_.kpis[kpi_].terms[kpi.formula.samples_term()];
  const TermValue samples = layout(place.source).value(row(group, place.source), place.term);
  return Number(Decimal{samples.units * kNanosPerUnit});
}

}  // namespace kpid
