#include "pipeline/publish/joined_window.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

JoinedWindow::JoinedWindow(const Plan& plan, size_t kpi,
                           std::span<const std::shared_ptr<const ShardView>> shards,
                           std::vector<AskedInput> inputs)
    : plan_(plan),
      kpi_(plan.kpis[kpi]),
      definition_(plan.definitions->kpis[kpi]),
      inputs_(std::move(inputs)),
      needs_look_up_(shards.size() * kpi_.groupings.size() > 1),
      total_rows_(inputs_.size()),
      whole_(inputs_.size(), true) {
  KPID_ASSERT(inputs_.size() == kpi_.inputs.size());
  for (size_t input = 0; input < inputs_.size(); ++input) {
    overflow_rows_.push_back(layout(input).empty_group());
  }
  for (const auto& shard : shards) {
    for (size_t source = 0; source < kpi_.groupings.size(); ++source) {
      add_groups(*shard, source);
      for (size_t input = 0; input < inputs_.size(); ++input) {
        if (kpi_.inputs[input].source == source) add_input(*shard, input);
      }
    }
  }
}

const RowLayout& JoinedWindow::layout(size_t input) const {
  return plan_.groupings[kpi_.groupings[kpi_.inputs[input].source]].layout;
}

bool JoinedWindow::whole() const {
  return std::all_of(whole_.begin(), whole_.begin() + static_cast<int64_t>(kpi_.groupings.size()),
                     [](bool whole) { return whole; });
}

bool JoinedWindow::on_record() const {
  const auto& readings = definition_.formula.readings();
  for (size_t i = 0; i < readings.size(); ++i) {
    if (!kept(readings[i], kpi_.readings[i])) return false;
  }
  return true;
}

size_t JoinedWindow::find_or_add(const GroupTable::Group& group) {
  size_t place = groups_.size();
  if (needs_look_up_) {
    const auto [found, added] = index_.try_emplace(group.key->bytes, place);
    place = found->second;
  }
  if (place == groups_.size()) {
    groups_.push_back({.key = group.key});
    for (size_t input = 0; input < inputs_.size(); ++input) {
      rows_.push_back(layout(input).empty_group());
    }
  }
  groups_[place].first = std::min(groups_[place].first, group.first);
  groups_[place].newest = std::max(groups_[place].newest, group.newest);
  return place;
}

void JoinedWindow::add_groups(const ShardView& view, size_t source) {
  const auto& groups = view.groups[kpi_.groupings[source]];
  places_.resize(groups.size());
  for (GroupId id = 1; id < groups.size(); ++id) {
    if (groups[id].key) places_[id] = find_or_add(groups[id]);
  }
}

void JoinedWindow::add_row(GroupRow& place, size_t input, const GroupRow& row) {
  if (RowLayout::events(row) == 0) return;
  if (RowLayout::events(place) == 0) {
    place = row;
    return;
  }
  MergedRow& merged = merged_rows_.emplace_back(layout(input));
  merged.add(place);
  merged.add(row);
  place = merged.row();
}

void JoinedWindow::add_input(const ShardView& view, size_t input) {
  const WindowRows& window = *view.windows[inputs_[input].query];
  const RowLayout& rows = layout(input);
  whole_[input] = whole_[input] && window.whole && inputs_[input].recorded;
  const auto& groups = view.groups[kpi_.groupings[kpi_.inputs[input].source]];
  add_row(overflow_rows_[input], input, window.row(kOverflowGroup, rows));
  for (GroupId id = 1; id < groups.size(); ++id) {
    if (!groups[id].key) continue;
    add_row(rows_[places_[id] * inputs_.size() + input], input, window.row(id, rows));
  }
}

int64_t JoinedWindow::events(size_t group) const {
  int64_t events = 0;
  for (size_t source = 0; source < kpi_.groupings.size(); ++source) {
    events += RowLayout::events(row(group, source));
  }
  return events;
}

int64_t JoinedWindow::overflow_events() const {
  int64_t events = 0;
  for (size_t source = 0; source < kpi_.groupings.size(); ++source) {
    events += RowLayout::events(overflow_rows_[source]);
  }
  return events;
}

bool JoinedWindow::cut() const {
  return std::any_of(overflow_rows_.begin(), overflow_rows_.end(),
                     [](const GroupRow& row) { return RowLayout::events(row) > 0; });
}

bool JoinedWindow::evaluates_like(const JoinedWindow& other) const {
  const auto& readings = definition_.formula.readings();
  const auto length = [](const AskedInput& input) { return input.window.end - input.window.start; };
  return whole_ == other.whole_ &&
         std::none_of(readings.begin(), readings.end(),
                      [](const Reading& reading) { return reading.of_all_groups; }) &&
         std::equal(inputs_.begin(), inputs_.end(), other.inputs_.begin(), other.inputs_.end(),
                    [&](const auto& a, const auto& b) { return length(a) == length(b); });
}

bool JoinedWindow::same_group(size_t group, const JoinedWindow& other) const {
  if (group >= other.size() || key(group) != other.key(group)) return false;
  for (size_t input = 0; input < inputs_.size(); ++input) {
    if (!same_row(layout(input), row(group, input), other.row(group, input))) return false;
  }
  return true;
}

GroupRow JoinedWindow::total_row(size_t input) const {
  auto& total = total_rows_[input];
  if (!total) {
    total.emplace(layout(input));
    total->add(overflow_rows_[input]);
    for (size_t group = 0; group < groups_.size(); ++group) total->add(row(group, input));
  }
  return total->row();
}

Sample JoinedWindow::merged_sample(std::span<const size_t> groups) const {
  std::deque<MergedRow> merged;
  std::vector<GroupRow> rows;
  for (size_t input = 0; input < inputs_.size(); ++input) {
    MergedRow& of_input = merged.emplace_back(layout(input));
    for (const size_t group : groups) of_input.add(row(group, input));
    rows.push_back(of_input.row());
  }
  return evaluate(rows);
}

/// Whether every slice was kept of what the reading looks at.
bool JoinedWindow::kept(const Reading& reading, const ReadingPlace& place) const {
  return whole_[place.input] && (!reading.memory || whole_[place.memory_input]);
}

TermValue JoinedWindow::value(const Reading& reading, const ReadingPlace& place,
                              std::span<const GroupRow> rows) const {
  if (reading.as == ReadAs::kWindowLength) {
    const Window& window = inputs_[place.input].window;
    return TermValue::of((window.end - window.start).count(), 1000);
  }
  if (!kept(reading, place)) return TermValue::unknown();
  const size_t memory = reading.memory ? place.memory_input : place.input;
  const auto row = [&](size_t input) {
    return reading.of_all_groups ? total_row(input) : rows[input];
  };
  return read_row(layout(place.input), reading, place.term, row(place.input), row(memory));
}

std::vector<TermValue> JoinedWindow::values(const Formula& formula,
                                            std::span<const ReadingPlace> places,
                                            std::span<const GroupRow> rows) const {
  std::vector<TermValue> values;
  for (size_t i = 0; i < places.size(); ++i) {
    values.push_back(value(formula.readings()[i], places[i], rows));
  }
  return values;
}

Sample JoinedWindow::evaluate(std::span<const GroupRow> rows) const {
  const Formula& formula = definition_.formula;
  const std::vector<TermValue> read = values(formula, kpi_.readings, rows);
  Sample sample;
  sample.value = formula.value(read);
  sample.samples = static_cast<int64_t>(read[formula.samples_reading()].units);
  if (formula.is_quotient()) {
    sample.numerator = formula.numerator(read);
    sample.denominator = formula.denominator(read);
  }
  for (size_t i = 0; i < read.size(); ++i) {
    sample.estimated = sample.estimated || (read[i].estimated && sample.value);
    sample.over_max_keys =
        sample.over_max_keys || (!read[i].known && kept(formula.readings()[i], kpi_.readings[i]));
  }
  return sample;
}

std::optional<Number> JoinedWindow::rank_figure(size_t group) const {
  if (definition_.rank_by) {
    return definition_.rank_by->value(
        values(*definition_.rank_by, kpi_.rank_readings, rows_of(group)));
  }
  const size_t samples = definition_.formula.samples_reading();
  const TermValue counted =
      value(definition_.formula.readings()[samples], kpi_.readings[samples], rows_of(group));
  return Number(Decimal{counted.units * kNanosPerUnit});
}

}  // namespace kpid
