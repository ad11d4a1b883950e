#include "pipeline/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

namespace {

/// A grouping while its terms are still being gathered.
struct Draft {
  size_t source = 0;
  std::vector<size_t> by_fields;
  std::string identity;
  std::vector<NeededWindow> windows;
  std::vector<Term> terms;
  std::map<std::string, size_t> places;  ///< canonical term to index

  size_t add(const Term& term) {
    const auto [place, added] = places.try_emplace(term.canonical(), terms.size());
    if (added) terms.push_back(term);
    return place->second;
  }

  void need(const WindowSpec& spec, Duration look_back) {
    const auto known =
        std::find_if(windows.begin(), windows.end(),
                     [&](const NeededWindow& window) { return window.spec == spec; });
    if (known == windows.end()) {
      windows.push_back({spec, look_back});
    } else {
      known->look_back = std::max(known->look_back, look_back);
    }
  }

  /// Needs the windows, as far back as one of `inputs` begins, and what cuts slices where they
  /// begin and end.
  void need(const WindowSpec& spec, std::span<const KpiInput* const> inputs) {
    Duration longest{0};
    for (const KpiInput* input : inputs) {
      const Duration look_back = longest_look_back(*input, spec);
      longest = std::max(longest, look_back);
      // The past stays cut where the look begins and ends as long as a window that looks back over
      // it is shown: until its successor is final.
      const WindowSpec cuts = cuts_of(*input, spec);
      if (cuts != spec) need(cuts, look_back + spec.longest() + spec.longest_slide());
    }
    need(spec, longest);
  }
};

size_t field_index(const SourceDefinition& source, const std::string& name) {
  const auto found = std::find_if(source.fields.begin(), source.fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  KPID_ASSERT(found != source.fields.end());
  return static_cast<size_t>(found - source.fields.begin());
}

std::string identity_of(const SourceDefinition& source, const std::vector<size_t>& by_fields) {
  std::string identity = fmt::format("source {}", source.name);
  for (const size_t index : by_fields) {
    const Field& field = source.fields[index];
    identity += fmt::format(" by {}:{}", fmt::join(field.path, "."), name_of(field.type));
    if (field.type == Type::kTime) {
      identity += fmt::format(":{}:{}:{}", static_cast<int>(field.time_format.kind),
                              field.time_format.pattern, field.time_format.time_zone);
    }
  }
  return identity;
}

class Planner {
 public:
  explicit Planner(const Definitions& definitions) : definitions_(definitions) {}

  KpiPlan add(const KpiDefinition& kpi) {
    KpiPlan plan;
    input_places_.clear();
    for (const std::string& source : kpi.formula.sources()) {
      input_for({.source = plan.groupings.size(), .earlier = {}, .memory = {}}, plan);
      plan.groupings.push_back(grouping_for(source, by_fields(kpi, source)));
    }
    plan.readings = places(kpi.formula, kpi.formula.sources(), plan);
    if (kpi.rank_by) plan.rank_readings = places(*kpi.rank_by, kpi.formula.sources(), plan);
    std::vector<std::vector<const KpiInput*>> of_source(plan.groupings.size());
    for (const KpiInput& input : plan.inputs) of_source[input.source].push_back(&input);
    for (size_t source = 0; source < of_source.size(); ++source) {
      for (const WindowSpec& spec : kpi.windows) {
        drafts_[plan.groupings[source]].need(spec, of_source[source]);
      }
    }
    return plan;
  }

  std::vector<GroupingPlan> groupings() && {
    const CollectionLimits limits{.max_distinct = definitions_.limits.max_distinct,
                                  .max_keys = definitions_.limits.max_keys};
    std::vector<GroupingPlan> groupings;
    for (Draft& draft : drafts_) {
      groupings.push_back({.source = draft.source,
                           .by_fields = std::move(draft.by_fields),
                           .identity = std::move(draft.identity),
                           .windows = std::move(draft.windows),
                           .retention = definitions_.sources[draft.source].retention,
                           .fine_for = definitions_.sources[draft.source].fine_for(),
                           .layout = RowLayout(std::move(draft.terms), limits)});
    }
    return groupings;
  }

 private:
  size_t grouping_for(const std::string& source_name, const std::vector<std::string>& fields) {
    const size_t source = source_index(definitions_, source_name);
    std::vector<size_t> by_fields;
    for (const std::string& name : fields) {
      by_fields.push_back(field_index(definitions_.sources[source], name));
    }
    const std::string identity = identity_of(definitions_.sources[source], by_fields);
    const auto [place, added] = by_identity_.try_emplace(identity, drafts_.size());
    if (added) {
      Draft& draft = drafts_.emplace_back();
      draft.source = source;
      draft.by_fields = std::move(by_fields);
      draft.identity = identity;
      Term all_events;
      all_events.source = source_name;
      draft.add(all_events);
    }
    return place->second;
  }

  /// The places of a formula's readings; adds the terms and inputs that are not there yet.
  std::vector<ReadingPlace> places(const Formula& formula, const std::vector<std::string>& sources,
                                   KpiPlan& plan) {
    std::vector<ReadingPlace> places;
    for (const Reading& reading : formula.readings()) {
      const Term& term = formula.terms()[reading.term];
      const auto found = std::find(sources.begin(), sources.end(), term.source);
      KPID_ASSERT(found != sources.end());
      const auto source = static_cast<size_t>(found - sources.begin());
      ReadingPlace place;
      place.term = drafts_[plan.groupings[source]].add(term);
      place.input = input_for({source, reading.earlier, std::nullopt}, plan);
      if (reading.memory) {
        place.memory_input = input_for({source, reading.earlier, reading.memory}, plan);
      }
      places.push_back(place);
    }
    return places;
  }

  size_t input_for(const KpiInput& input, KpiPlan& plan) {
    const auto [place, added] = input_places_.try_emplace(input, plan.inputs.size());
    if (added) plan.inputs.push_back(input);
    return place->second;
  }

  const Definitions& definitions_;
  std::vector<Draft> drafts_;
  std::map<std::string, size_t> by_identity_;
  std::map<KpiInput, size_t> input_places_;  ///< in the inputs of the KPI at hand
};

/// The members of each source's component in the graph whose edges are the KPIs of several sources.
std::vector<std::vector<size_t>> join_sources(const Definitions& definitions) {
  std::vector<size_t> component(definitions.sources.size());
  std::iota(component.begin(), component.end(), size_t{0});
  for (const KpiDefinition& kpi : definitions.kpis) {
    const size_t into = component[source_index(definitions, kpi.formula.sources()[0])];
    for (const std::string& name : kpi.formula.sources()) {
      const size_t from = component[source_index(definitions, name)];
      std::replace(component.begin(), component.end(), from, into);
    }
  }
  std::vector<std::vector<size_t>> members(component.size());
  for (size_t source = 0; source < component.size(); ++source) {
    members[component[source]].push_back(source);
  }
  std::vector<std::vector<size_t>> joined;
  for (const size_t of_source : component) joined.push_back(members[of_source]);
  return joined;
}

}  // namespace

Window window_of(const KpiInput& input, const WindowSpec& spec, const Window& window) {
  Window read = window;
  for (const LookBack& step : input.earlier) read = earlier(spec, read, step);
  return input.memory ? memory_before(spec, read, *input.memory) : read;
}

Duration longest_look_back(const KpiInput& input, const WindowSpec& spec) {
  Duration look_back{0};
  for (const LookBack& step : input.earlier) look_back += longest_look_back(spec, step);
  if (input.memory) look_back += longest_look_back(spec, *input.memory);
  return look_back;
}

WindowSpec cuts_of(const KpiInput& input, const WindowSpec& spec) {
  WindowSpec cuts = spec;
  for (const LookBack& step : input.earlier) {
    if (auto finer = cuts_of_earlier(cuts, step)) cuts = std::move(*finer);
  }
  if (input.memory) {
    if (auto finer = cuts_of_memory(cuts, *input.memory)) cuts = std::move(*finer);
  }
  return cuts;
}

size_t source_index(const Definitions& definitions, std::string_view name) {
  const auto& sources = definitions.sources;
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [&](const SourceDefinition& s) { return s.name == name; });
  KPID_ASSERT(found != sources.end());
  return static_cast<size_t>(found - sources.begin());
}

std::shared_ptr<const Plan> make_plan(std::shared_ptr<const Definitions> definitions) {
  auto plan = std::make_shared<Plan>();
  Planner planner(*definitions);
  for (const KpiDefinition& kpi : definitions->kpis) plan->kpis.push_back(planner.add(kpi));
  plan->groupings = std::move(planner).groupings();
  plan->joined_sources = join_sources(*definitions);
  plan->definitions = std::move(definitions);
  return plan;
}

}  // namespace kpid
