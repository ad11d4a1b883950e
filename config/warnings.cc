#include "config/warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/metric_names.h"
#include "pipeline/formula/row_expression.h"

namespace kpid {

namespace {

using Entries = std::map<std::string_view, const YamlNode::Entry*>;

/// The entries of a mapping by key.
Entries entries_of(const YamlNode& mapping) {
  Entries entries;
  for (const YamlNode::Entry& entry : mapping.entries) entries.emplace(entry.key.scalar, &entry);
  return entries;
}

/// Those of a section that is there; none where nothing is in it.
Entries entries_of(const YamlNode& root, std::string_view section) {
  const YamlNode::Entry* found = root.find(section);
  return found == nullptr ? Entries() : entries_of(found->value);
}

using UsedFields = std::map<std::string, std::set<size_t>>;

void note_fields(const Formula& formula, UsedFields& used) {
  for (const Term& term : formula.terms()) {
    std::vector<size_t> fields;
    if (term.argument) collect_fields(*term.argument, fields);
    if (term.predicate) collect_fields(*term.predicate, fields);
    if (term.key) collect_fields(*term.key, fields);
    used[term.source].insert(fields.begin(), fields.end());
  }
}

UsedFields used_fields(const Definitions& definitions) {
  UsedFields used;
  for (const KpiDefinition& kpi : definitions.kpis) {
    note_fields(kpi.formula, used);
    if (kpi.rank_by) note_fields(*kpi.rank_by, used);
    for (const SourceDefinition& source : definitions.sources) {
      const auto& sources = kpi.formula.sources();
      if (std::find(sources.begin(), sources.end(), source.name) == sources.end()) continue;
      const std::vector<std::string> labels = by_fields(kpi, source.name);
      const std::set<std::string_view> by(labels.begin(), labels.end());
      if (by.empty()) continue;
      for (size_t i = 0; i < source.fields.size(); ++i) {
        if (by.contains(source.fields[i].name)) used[source.name].insert(i);
      }
    }
  }
  return used;
}

void warn_of_unused_fields(const Definitions& definitions, const YamlNode& root,
                           Problems& problems) {
  UsedFields used = used_fields(definitions);
  const Entries sources = entries_of(root, "sources");
  for (const SourceDefinition& source : definitions.sources) {
    const Entries fields = entries_of(sources.at(source.name)->value, "fields");
    for (size_t i = 0; i < source.fields.size(); ++i) {
      const Field& field = source.fields[i];
      if (used[source.name].contains(i) || field.path == source.time_path) continue;
      problems.warning(fields.at(field.name)->key.place,
                       fmt::format("nothing uses the field '{}'", field.name),
                       "every event is still checked against its type");
    }
  }
}

void warn_of_max_ahead(const Definitions& definitions, const YamlNode& root, Problems& problems) {
  const Entries sources = entries_of(root, "sources");
  for (const SourceDefinition& source : definitions.sources) {
    // Without a time of its own an event is never ahead of its record.
    if (!source.has_time_field()) continue;
    if (source.max_ahead <= source.disorder + source.allowed_lateness) continue;
    const YamlNode::Entry& entry = *sources.at(source.name);
    const YamlNode::Entry* max_ahead = entry.value.find("max_ahead");
    problems.warning(
        max_ahead == nullptr ? entry.key.place : max_ahead->value.place,
        fmt::format("max_ahead of source '{}' is beyond disorder + allowed_lateness", source.name),
        "one event from a fast clock can make the next ones late");
  }
}

/// `by` is a list, or a mapping whose keys are the labels.
const ConfigPlace& place_of_label(const YamlNode& by, size_t label) {
  return by.kind == YamlNode::Kind::kMapping ? by.entries[label].key.place : by.items[label].place;
}

void warn_of_names(const Settings& settings, const YamlNode& root, Problems& problems) {
  constexpr std::array<std::string_view, 2> kTargetLabels = {"job", "instance"};
  const Entries kpis = entries_of(root, "kpis");
  for (const KpiDefinition& kpi : settings.definitions.kpis) {
    const YamlNode::Entry& entry = *kpis.at(kpi.name);
    const std::string family = families_of(kpi, settings.publish.prefix).front();
    if (const std::string complaint = promtool_complaint(family); !complaint.empty()) {
      problems.warning(entry.key.place, fmt::format("promtool refuses the name '{}'", family),
                       complaint);
    }
    for (size_t i = 0; i < kpi.by.size(); ++i) {
      if (std::find(kTargetLabels.begin(), kTargetLabels.end(), kpi.by[i]) == kTargetLabels.end()) {
        continue;
      }
      problems.warning(place_of_label(entry.value.find("by")->value, i),
                       fmt::format("Prometheus has a label '{}' of its own", kpi.by[i]),
                       fmt::format("this one will be called exported_{}", kpi.by[i]));
    }
  }
}

/// Whether the formula sets its window against others or against time, as if it were over.
bool needs_whole_windows(const Formula& formula) {
  const auto& readings = formula.readings();
  return std::any_of(readings.begin(), readings.end(), [](const Reading& reading) {
    return !reading.earlier.empty() || reading.as == ReadAs::kWindowLength;
  });
}

void warn_of_live_windows(const Definitions& definitions, const YamlNode& root,
                          Problems& problems) {
  const Entries entries = entries_of(root, "kpis");
  for (const KpiDefinition& kpi : definitions.kpis) {
    if (kpi.show || !needs_whole_windows(kpi.formula)) continue;
    const YamlNode& windows = entries.at(kpi.name)->value.find("windows")->value;
    for (size_t i = 0; i < kpi.windows.size(); ++i) {
      if (show_of(kpi, kpi.windows[i]) == Show::kFinal) continue;
      problems.warning(
          windows.items[i].place,
          fmt::format("'{}' is shown while it fills, and set against whole windows",
                      kpi.windows[i].name()),
          "write show: final to show it when it is over, show: live if so it is meant");
    }
  }
}

}  // namespace

void warn(const Settings& settings, const YamlNode& root, Problems& problems) {
  const Definitions& definitions = settings.definitions;
  warn_of_unused_fields(definitions, root, problems);
  warn_of_max_ahead(definitions, root, problems);
  warn_of_names(settings, root, problems);
  warn_of_live_windows(definitions, root, problems);
}

}  // namespace kpid
