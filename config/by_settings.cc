#include "config/by_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/mapping_reader.h"
#include "pipeline/formula/spelling.h"

namespace kpid {

namespace {

/// Every combination of values is a group: with more labels nobody finds one again.
constexpr size_t kMostLabels = 50;

bool can_be_label(const YamlNode& node, Problems& problems) {
  const std::string& name = node.scalar;
  if (name == "window") {
    problems.error(node.place, "'window' cannot be a label of a group",
                   "every series has the label window; give the field another name");
  } else if (name.starts_with("__")) {
    problems.error(node.place, fmt::format("'{}' cannot be a label", name),
                   "labels that begin with __ are Prometheus' own");
  } else {
    return true;
  }
  return false;
}

std::vector<WrittenLabel> read_label_list(const YamlNode& node, Problems& problems) {
  std::vector<WrittenLabel> labels;
  for (const YamlNode* item : read_list(node, "'by'", problems)) {
    const bool again = std::any_of(labels.begin(), labels.end(), [&](const WrittenLabel& label) {
      return label.name->scalar == item->scalar;
    });
    if (again) {
      problems.error(item->place, fmt::format("duplicate field '{}'", item->scalar));
    } else if (can_be_label(*item, problems)) {
      labels.push_back({.name = item});
    }
  }
  return labels;
}

bool are_fields(const YamlNode::Entry& label, Problems& problems) {
  const std::string& name = label.key.scalar;
  const YamlNode& fields = label.value;
  const std::string hint = fmt::format("write {0}: FIELD, or {0}: {{SOURCE: FIELD}}", name);
  switch (fields.kind) {
    case YamlNode::Kind::kNull:
      problems.error(label.key.place, fmt::format("label '{}' has no field", name), hint);
      return false;
    case YamlNode::Kind::kSequence:
      problems.error(fields.place,
                     fmt::format("the field of label '{}' must be text or a mapping", name), hint);
      return false;
    case YamlNode::Kind::kScalar:
      return read_text(fields, fmt::format("the field of label '{}'", name), problems).has_value();
    case YamlNode::Kind::kMapping:
      break;
  }
  const auto readable = [&](const YamlNode::Entry& field) {
    const std::string what = fmt::format("the field of source '{}'", field.key.scalar);
    return read_text(field.value, what, problems).has_value();
  };
  return std::count_if(fields.entries.begin(), fields.entries.end(), readable) ==
         std::ssize(fields.entries);
}

std::vector<WrittenLabel> read_label_mapping(const YamlNode& node, Problems& problems) {
  std::vector<WrittenLabel> labels;
  for (const YamlNode::Entry& entry : node.entries) {
    if (!is_identifier(entry.key.scalar)) {
      problems.error(entry.key.place, fmt::format("'{}' cannot be a label", entry.key.scalar),
                     "use letters, digits and _, and begin with a letter");
    } else if (can_be_label(entry.key, problems) && are_fields(entry, problems)) {
      labels.push_back({.name = &entry.key, .fields = &entry.value});
    }
  }
  return labels;
}

/// The text that names the field of `label` in `source`.
const YamlNode& field_in(const WrittenLabel& label, std::string_view source) {
  if (label.fields == nullptr) return *label.name;
  if (label.fields->kind == YamlNode::Kind::kScalar) return *label.fields;
  const YamlNode::Entry* own = label.fields->find(source);
  return own == nullptr ? *label.name : own->value;
}

/// The fields by source that are written; none for text and lists.
std::span<const YamlNode::Entry> written_by_source(const WrittenLabel& label) {
  if (label.fields == nullptr) return {};
  return label.fields->entries;
}

std::vector<std::string> names_of(std::span<const SourceDefinition> sources) {
  std::vector<std::string> names;
  for (const SourceDefinition& source : sources) names.push_back(source.name);
  return names;
}

std::vector<std::string> field_names(const SourceDefinition& source) {
  std::vector<std::string> names;
  for (const Field& field : source.fields) names.push_back(field.name);
  return names;
}

bool has_field(const SourceDefinition& source, std::string_view name) {
  return std::any_of(source.fields.begin(), source.fields.end(),
                     [&](const Field& field) { return field.name == name; });
}

bool contains(std::span<const std::string> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const SourceDefinition* find_source(std::span<const SourceDefinition> sources,
                                    std::string_view name) {
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [&](const auto& source) { return source.name == name; });
  return found == sources.end() ? nullptr : &*found;
}

/// `hint` is given where no field of the source has a name like it.
void check_field(const YamlNode& field, const SourceDefinition& source, std::string hint,
                 Problems& problems) {
  if (has_field(source, field.scalar)) return;
  std::string near = spelling_hint(field.scalar, field_names(source));
  problems.error(field.place,
                 fmt::format("source '{}' has no field '{}'", source.name, field.scalar),
                 near.empty() ? std::move(hint) : std::move(near));
}

void refuse_unknown_source(const YamlNode& name, std::span<const SourceDefinition> sources,
                           Problems& problems) {
  problems.error(name.place, fmt::format("unknown source '{}'", name.scalar),
                 spelling_hint(name.scalar, names_of(sources)));
}

/// Whether all of them are known.
bool check_sources_named(const WrittenLabel& label, std::span<const std::string> used,
                         std::span<const SourceDefinition> sources, Problems& problems) {
  bool all_known = true;
  for (const YamlNode::Entry& own : written_by_source(label)) {
    const std::string& name = own.key.scalar;
    if (find_source(sources, name) == nullptr) {
      refuse_unknown_source(own.key, sources, problems);
      all_known = false;
    } else if (!contains(used, name)) {
      problems.error(own.key.place, fmt::format("the formula does not use source '{}'", name),
                     fmt::format("it uses {}", fmt::join(used, ", ")));
    }
  }
  return all_known;
}

/// What to write where a field is meant for several sources and one of them does not have it.
std::string hint_of_own_field(const WrittenLabel& label, std::span<const std::string> used,
                              std::string_view source) {
  const bool own = label.fields != nullptr && label.fields->find(source) != nullptr;
  if (own || used.size() < 2) return "";
  return fmt::format("if it has another name there, write by: {{{}: {{{}: FIELD}}}}",
                     label.name->scalar, source);
}

void check_fields(const WrittenLabel& label, std::span<const std::string> used,
                  std::span<const SourceDefinition> sources, Problems& problems) {
  for (const std::string& name : used) {
    const SourceDefinition* source = find_source(sources, name);
    if (source == nullptr) continue;
    check_field(field_in(label, name), *source, hint_of_own_field(label, used, name), problems);
  }
}

bool same_fields(const WrittenLabel& label, const WrittenLabel& other,
                 std::span<const std::string> used) {
  return std::all_of(used.begin(), used.end(), [&](const std::string& source) {
    return field_in(label, source).scalar == field_in(other, source).scalar;
  });
}

}  // namespace

std::vector<WrittenLabel> read_by(const YamlNode& node, Problems& problems) {
  const size_t labels = std::max(node.items.size(), node.entries.size());
  if (labels > kMostLabels) {
    problems.error(node.place, fmt::format("'by' has {} labels", labels),
                   fmt::format("a KPI has at most {}", kMostLabels));
    return {};
  }
  return node.kind == YamlNode::Kind::kMapping ? read_label_mapping(node, problems)
                                               : read_label_list(node, problems);
}

void check_by(std::span<const WrittenLabel> by, std::span<const std::string> used,
              std::span<const SourceDefinition> sources, Problems& problems) {
  for (size_t i = 0; i < by.size(); ++i) {
    // A source that is misspelt seems to be left out.
    if (!check_sources_named(by[i], used, sources, problems)) continue;
    check_fields(by[i], used, sources, problems);
    const std::span<const WrittenLabel> before = by.first(i);
    const auto same = std::find_if(before.begin(), before.end(), [&](const auto& label) {
      return same_fields(label, by[i], used);
    });
    if (same == before.end()) continue;
    problems.error(by[i].name->place,
                   fmt::format("labels '{}' and '{}' have the same field in every source",
                               same->name->scalar, by[i].name->scalar),
                   "leave one of them out");
  }
}

void check_by_in_any_source(std::span<const WrittenLabel> by,
                            std::span<const SourceDefinition> sources, Problems& problems) {
  for (const WrittenLabel& label : by) {
    for (const YamlNode::Entry& own : written_by_source(label)) {
      const SourceDefinition* source = find_source(sources, own.key.scalar);
      if (source == nullptr) {
        refuse_unknown_source(own.key, sources, problems);
      } else {
        check_field(own.value, *source, "", problems);
      }
    }
    if (!written_by_source(label).empty()) continue;
    const YamlNode& field = field_in(label, "");
    const auto has_it = [&](const auto& source) { return has_field(source, field.scalar); };
    if (std::any_of(sources.begin(), sources.end(), has_it)) continue;
    std::vector<std::string> fields;
    for (const SourceDefinition& source : sources) {
      for (std::string& name : field_names(source)) fields.push_back(std::move(name));
    }
    problems.error(field.place, fmt::format("no source has a field '{}'", field.scalar),
                   spelling_hint(field.scalar, fields));
  }
}

void take_by(std::span<const WrittenLabel> by, KpiDefinition& kpi) {
  for (const WrittenLabel& label : by) {
    for (const std::string& source : kpi.formula.sources()) {
      const std::string& field = field_in(label, source).scalar;
      if (field != label.name->scalar) kpi.other_fields.push_back({kpi.by.size(), source, field});
    }
    kpi.by.push_back(label.name->scalar);
  }
}

}  // namespace kpid
