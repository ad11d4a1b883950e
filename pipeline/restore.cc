#include "pipeline/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

namespace {

std::string describe(const TimeFormat& format) {
  switch (format.kind) {
    case TimeFormat::Kind::kUnixMillis:
      return "unix_ms";
    case TimeFormat::Kind::kUnixSeconds:
      return "unix_s";
    case TimeFormat::Kind::kRfc3339:
      return "rfc3339";
    case TimeFormat::Kind::kPattern:
      return fmt::format("{} in {}", format.pattern,
                         format.time_zone.empty() ? "UTC" : format.time_zone);
  }
  __builtin_unreachable();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

/// How the rows of a stored grouping lie: of a term, whose text begins with its aggregate, nothing
/// else matters. Nothing where they are no terms.
std::optional<RowLayout> row_layout_of(const GroupingLayout& known) {
  std::vector<Term> terms;
  for (const TermLayout& stored : known.terms) {
    const auto aggregate =
        std::find_if(kAggregates.begin(), kAggregates.end(), [&](Aggregate candidate) {
          return stored.term.starts_with(std::string(name_of(candidate)) + "(");
        });
    if (aggregate == kAggregates.end()) return std::nullopt;
    terms.emplace_back().aggregate = *aggregate;
  }
  if (terms.empty() || terms[0].aggregate != Aggregate::kCount) return std::nullopt;
  return RowLayout(std::move(terms));
}

std::string list_of_terms(const GroupingLayout& layout) {
  std::vector<std::string> terms;
  for (const TermLayout& term : layout.terms) terms.push_back(term.term);
  return fmt::format("{}", fmt::join(terms, ", "));
}

const GroupingLayout* find_layout(const StoredState& stored, const std::string& identity) {
  const auto found =
      std::find_if(stored.groupings.begin(), stored.groupings.end(),
                   [&](const GroupingLayout& layout) { return layout.identity == identity; });
  return found == stored.groupings.end() ? nullptr : &*found;
}

class Restorer {
 public:
  Restorer(const StoredState& stored, const std::set<std::string>& reset, const Plan& plan,
           std::span<Engine* const> engines)
      : stored_(stored), reset_(reset), plan_(plan), engines_(engines) {
    for (const GroupingLayout& layout : stored.groupings) {
      next_id_ = std::max(next_id_, layout.id + 1);
    }
  }

  Result<Restored> run() {
    restore_sources();
    bool in_store = stored_.shards == engines_.size();
    for (size_t grouping = 0; grouping < plan_.groupings.size(); ++grouping) {
      const auto kept = restore_grouping(grouping);
      if (!kept) return tl::unexpected(kept.error());
      in_store = in_store && *kept;
    }
    restore_amendments();
    for (Engine* engine : engines_) engine->finish_restore(in_store);
    if (!in_store) give_new_ids();
    return std::move(restored_);
  }

 private:
  bool is_reset(const std::string& source) const { return reset_.contains(source); }

  void restore_sources() {
    for (const SourceDefinition& source : plan_.definitions->sources) {
      SourceState state{.name = source.name, .definition = definition_of(source), .begins = {}};
      for (const SourceState& known : stored_.sources) {
        if (known.name == source.name && !is_reset(source.name)) state.begins = known.begins;
      }
      restored_.sources.push_back(std::move(state));
      for (const PartitionState& partition : stored_.partitions) {
        if (partition.source == source.name && !is_reset(source.name)) {
          restored_.partitions.push_back(partition);
        }
      }
    }
  }

  /// Just after the newest event accepted in the source; nothing: it has had none.
  std::optional<EventTime> after_newest_event(const std::string& source) const {
    std::optional<EventTime> newest;
    for (const PartitionState& partition : restored_.partitions) {
      if (partition.source == source && partition.newest_event_time &&
          (!newest || *partition.newest_event_time > *newest)) {
        newest = partition.newest_event_time;
      }
    }
    return newest ? std::optional(*newest + Duration{1}) : std::nullopt;
  }

  /// Whether the store's layout of the grouping is just ours.
  Result<bool> restore_grouping(size_t index) {
    const GroupingPlan& grouping = plan_.groupings[index];
    const std::string& source = plan_.definitions->sources[grouping.source].name;
    const GroupingLayout* known =
        is_reset(source) ? nullptr : find_layout(stored_, grouping.identity);
    const auto begins = after_newest_event(source);
    GroupingLayout layout{
        .id = known ? known->id : next_id_++, .identity = grouping.identity, .terms = {}};
    for (const Term& term : grouping.layout.terms()) {
      TermLayout place{.term = term.canonical(), .begins = begins};
      for (size_t i = 0; known && i < known->terms.size(); ++i) {
        if (known->terms[i].term == place.term) place.begins = known->terms[i].begins;
      }
      layout.terms.push_back(std::move(place));
    }
    const bool same = known && layout.terms == known->terms && !has_wide_rows(known->id);
    restored_.layouts.push_back(std::move(layout));
    if (!known) return false;
    if (auto blobs = restore_blobs(index, *known, same); !blobs) {
      return tl::unexpected(blobs.error());
    }
    return same;
  }

  /// Whether rows lie there as an older format had them: then all is written anew.
  bool has_wide_rows(uint32_t id) const {
    return std::any_of(stored_.blobs.begin(), stored_.blobs.end(), [&](const Blob& blob) {
      return blob.key.grouping == id && blob.key.kind == BlobKey::Kind::kWideSliceRows;
    });
  }

  Result<void> restore_blobs(size_t index, const GroupingLayout& known, bool same) {
    const auto& terms = restored_.layouts[index].terms;
    auto layout = row_layout_of(known);
    if (!layout) {
      return failure(fmt::format("the store has terms that are none: {}", list_of_terms(known)));
    }
    GroupingState::StoredGrouping stored{
        .blobs = {}, .layout = std::move(*layout), .term_of = {}, .keep_ids = false};
    stored.keep_ids = same && stored_.shards == engines_.size();
    for (const TermLayout& term : known.terms) {
      const auto place = std::find_if(terms.begin(), terms.end(), [&](const TermLayout& here) {
        return here.term == term.term;
      });
      stored.term_of.push_back(place == terms.end()
                                   ? std::nullopt
                                   : std::optional(static_cast<size_t>(place - terms.begin())));
    }
    std::map<uint32_t, std::vector<const Blob*>> by_shard;
    for (const Blob& blob : stored_.blobs) {
      if (blob.key.grouping == known.id) by_shard[blob.key.shard].push_back(&blob);
    }
    for (auto& [shard, blobs] : by_shard) {
      stored.blobs = std::move(blobs);
      if (auto result = engine_of(shard).restore(index, stored); !result) return result;
    }
    return {};
  }

  Engine& engine_of(uint32_t shard) const {
    return stored_.shards == engines_.size() && shard < engines_.size() ? *engines_[shard]
                                                                        : *engines_[0];
  }

  void restore_amendments() {
    const auto& kpis = plan_.definitions->kpis;
    for (const AmendmentCount& count : stored_.amendments) {
      for (size_t kpi = 0; kpi < kpis.size(); ++kpi) {
        for (size_t window = 0; window < kpis[kpi].windows.size(); ++window) {
          if (kpis[kpi].name != count.kpi || kpis[kpi].windows[window].name() != count.window) {
            continue;
          }
          engine_of(count.shard).restore_amendments(kpi, window, count.amendments);
        }
      }
    }
  }

  /// Under new numbers everything is written again, and what lies under the old ones goes.
  void give_new_ids() {
    for (GroupingLayout& layout : restored_.layouts) layout.id = next_id_++;
  }

  const StoredState& stored_;
  const std::set<std::string>& reset_;
  const Plan& plan_;
  const std::span<Engine* const> engines_;
  Restored restored_;
  uint32_t next_id_ = 1;
};

std::vector<std::optional<EventTime>> begins_of_kpis(const Plan& plan,
                                                     const std::vector<GroupingLayout>& layouts) {
  std::vector<std::optional<EventTime>> begins(plan.kpis.size());
  for (size_t kpi = 0; kpi < plan.kpis.size(); ++kpi) {
    const KpiPlan& of_kpi = plan.kpis[kpi];
    for (const auto* places : {&of_kpi.readings, &of_kpi.rank_readings}) {
      for (const ReadingPlace& place : *places) {
        const size_t grouping = of_kpi.groupings[of_kpi.inputs[place.input].source];
        const auto& term = layouts[grouping].terms[place.term].begins;
        if (term && (!begins[kpi] || *begins[kpi] < *term)) begins[kpi] = term;
      }
    }
  }
  return begins;
}

}  // namespace

std::string definition_of(const SourceDefinition& source) {
  std::string text = fmt::format("topic: {}\nformat: {}\n", source.topic, name_of(source.format));
  if (!source.columns.empty())
    text += fmt::format("columns: {}\n", fmt::join(source.columns, ", "));
  text += source.has_time_field()
              ? fmt::format("time: {} as {}\n", fmt::join(source.time_path, "."),
                            describe(source.time_format))
              : std::string("time: the record's own\n");
  return text;
}

std::vector<ChangedSource> changed_sources(const StoredState& stored,
                                           const Definitions& definitions) {
  std::vector<ChangedSource> changed;
  for (const SourceDefinition& source : definitions.sources) {
    const std::string now = definition_of(source);
    for (const SourceState& known : stored.sources) {
      if (known.name != source.name || known.definition == now) continue;
      changed.push_back({source.name, fmt::format("source {}: was [{}], is [{}]", source.name,
                                                  fmt::join(lines_of(known.definition), "; "),
                                                  fmt::join(lines_of(now), "; "))});
    }
  }
  return changed;
}

Result<Restored> restore(const StoredState* stored, const std::set<std::string>& reset,
                         const Plan& plan, std::span<Engine* const> engines) {
  const StoredState nothing;
  auto restored = Restorer(stored ? *stored : nothing, reset, plan, engines).run();
  if (restored) restored->begins = begins_of_kpis(plan, restored->layouts);
  return restored;
}

}  // namespace kpid
