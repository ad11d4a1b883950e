#include "pipeline/publish/joined_window.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

JoinedWindow::JoinedWindow(const Plan& plan, size_t kpi, const JoinedGroups& groups,
                           std::span<const std::shared_ptr<const ShardView>> shards,
                           std::vector<AskedInput> inputs)
    : plan_(plan),
      kpi_(plan.kpis[kpi]),
      definition_(plan.definitions->kpis[kpi]),
      groups_(groups),
      shards_(shards.size()),
      inputs_(std::move(inputs)),
      whole_(inputs_.size(), true),
      total_rows_(inputs_.size()) {
  KPID_ASSERT(inputs_.size() == kpi_.inputs.size());
  for (size_t input = 0; input < inputs_.size(); ++input) {
    overflow_.rows.push_back(layout(input).empty_group());
    for (const auto& shard : shards) {
      const auto& rows = rows_.emplace_back(shard->windows[inputs_[input].query]);
      whole_[input] = whole_[input] && rows->whole && inputs_[input].recorded;
      overflow_.add(input, layout(input), rows->row(kOverflowGroup, layout(input)));
    }
  }
}

JoinedWindow::GroupRows::GroupRows(const JoinedWindow& window, size_t group) {
  rows.reserve(window.inputs_.size());
  for (size_t input = 0; input < window.inputs_.size(); ++input) {
    const RowLayout& layout = window.layout(input);
    rows.push_back(layout.empty_group());
    for (size_t shard = 0; shard < window.shards_; ++shard) {
      const GroupId id = window.groups_.id(group, shard, window.source(input));
      if (id == kOverflowGroup) continue;
      add(input, layout, window.window_rows(input, shard).row(id, layout));
    }
  }
}

void JoinedWindow::GroupRows::add(size_t input, const RowLayout& layout, const GroupRow& row) {
  GroupRow& place = rows[input];
  if (RowLayout::events(row) == 0) return;
  if (RowLayout::events(place) == 0) {
    place = row;
    return;
  }
  MergedRow& both = merged.emplace_back(layout);
  both.add(place);
  both.add(row);
  place = both.row();
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

int64_t JoinedWindow::events(size_t group) const {
  int64_t events = 0;
  for (size_t input = 0; input < kpi_.groupings.size(); ++input) {
    for (size_t shard = 0; shard < shards_; ++shard) {
      const GroupId id = groups_.id(group, shard, source(input));
      if (id == kOverflowGroup) continue;
      events += RowLayout::events(window_rows(input, shard).row(id, layout(input)));
    }
  }
  return events;
}

int64_t JoinedWindow::overflow_events() const {
  int64_t events = 0;
  for (size_t input = 0; input < kpi_.groupings.size(); ++input) {
    events += RowLayout::events(overflow_.rows[input]);
  }
  return events;
}

bool JoinedWindow::cut() const {
  return std::any_of(overflow_.rows.begin(), overflow_.rows.end(),
                     [](const GroupRow& row) { return RowLayout::events(row) > 0; });
}

bool JoinedWindow::same_rows(size_t input, const JoinedWindow& other) const {
  for (size_t shard = 0; shard < shards_; ++shard) {
    if (&window_rows(input, shard) != &other.window_rows(input, shard)) return false;
  }
  return true;
}

bool JoinedWindow::evaluates_like(const JoinedWindow& other) const {
  const auto& readings = definition_.formula.readings();
  for (size_t i = 0; i < readings.size(); ++i) {
    // What all groups have together is in the sample of each; none of it has a memory.
    if (readings[i].of_all_groups && !same_rows(kpi_.readings[i].input, other)) return false;
  }
  const auto length = [](const AskedInput& input) { return input.window.end - input.window.start; };
  return whole_ == other.whole_ &&
         std::equal(inputs_.begin(), inputs_.end(), other.inputs_.begin(), other.inputs_.end(),
                    [&](const auto& a, const auto& b) { return length(a) == length(b); });
}

std::vector<uint32_t> JoinedWindow::changed_groups(const JoinedWindow& other) const {
  std::vector<uint32_t> changed;
  std::vector<bool> seen(groups_.size());
  const auto compare = [&](size_t input, size_t shard, GroupId id) {
    const GroupRow before = other.window_rows(input, shard).row(id, layout(input));
    if (same_row(layout(input), window_rows(input, shard).row(id, layout(input)), before)) return;
    const uint32_t group = groups_.group_of(shard, source(input), id);
    if (group == JoinedGroups::kNoGroup || seen[group]) return;
    seen[group] = true;
    changed.push_back(group);
  };
  for (size_t input = 0; input < inputs_.size(); ++input) {
    for (size_t shard = 0; shard < shards_; ++shard) {
      const auto& now = window_rows(input, shard).chunks;
      const auto& before = other.window_rows(input, shard).chunks;
      const auto at = [](const auto& chunks, size_t chunk) {
        return chunk < chunks.size() ? chunks[chunk].get() : nullptr;
      };
      for (size_t chunk = 0; chunk < std::max(now.size(), before.size()); ++chunk) {
        if (at(now, chunk) == at(before, chunk)) continue;
        const auto first = static_cast<GroupId>(chunk * kChunkGroups);
        for (uint32_t i = 0; i < kChunkGroups; ++i) compare(input, shard, first + i);
      }
    }
  }
  return changed;
}

GroupRow JoinedWindow::total_row(size_t input) const {
  auto& total = total_rows_[input];
  if (!total) {
    total.emplace(layout(input));
    for (size_t shard = 0; shard < shards_; ++shard) {
      const WindowRows& window = window_rows(input, shard);
      const auto ids = static_cast<GroupId>(window.chunks.size() * kChunkGroups);
      for (GroupId id = 0; id < ids; ++id) total->add(window.row(id, layout(input)));
    }
  }
  return total->row();
}

Sample JoinedWindow::merged_sample(std::span<const uint32_t> groups) const {
  std::vector<MergedRow> merged;
  for (size_t input = 0; input < inputs_.size(); ++input) merged.emplace_back(layout(input));
  for (const uint32_t group : groups) {
    const GroupRows of_group(*this, group);
    for (size_t input = 0; input < inputs_.size(); ++input) {
      merged[input].add(of_group.rows[input]);
    }
  }
  std::vector<GroupRow> rows;
  for (const MergedRow& of_input : merged) rows.push_back(of_input.row());
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
  values.reserve(places.size());
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
  const GroupRows of_group(*this, group);
  if (definition_.rank_by) {
    return definition_.rank_by->value(
        values(*definition_.rank_by, kpi_.rank_readings, of_group.rows));
  }
  const size_t samples = definition_.formula.samples_reading();
  const TermValue counted =
      value(definition_.formula.readings()[samples], kpi_.readings[samples], of_group.rows);
  return Number(Decimal{counted.units * kNanosPerUnit});
}

}  // namespace kpid
