#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "config/calendar_settings.h"
#include "config/kafka_settings.h"
#include "config/kpi_settings.h"
#include "config/mapping_reader.h"
#include "config/memory.h"
#include "config/metric_names.h"
#include "config/named_entries.h"
#include "config/problems.h"
#include "config/shown_text.h"
#include "config/source_settings.h"
#include "config/warnings.h"
#include "config/yaml_tree.h"

namespace kpid {

namespace {

namespace fs = std::filesystem;

constexpr uint32_t kGroupsMax = 1'000'000'000;
constexpr uint32_t kCollectedMax = 100'000'000;
constexpr uint64_t kStringBytesMax = uint64_t{1} << 20;
constexpr uint64_t kRecordBytesMax = uint64_t{1} << 30;

const std::vector<std::string> kSections = {"kafka",      "time_zone", "week_starts", "year_starts",
                                            "workers",    "max_drift", "stale_after", "publish",
                                            "checkpoint", "limits",    "sources",     "kpis"};

/// The files of one configuration. Places point into it, so nothing in it moves.
struct Files {
  std::deque<ConfigText> texts;
  YamlNode root;                        ///< all documents as one mapping
  const ConfigText* cut_off = nullptr;  ///< the text with a syntax error; nullptr: none has
  bool has_gaps = false;                ///< names may be missing
};

bool is_section_of_names(const YamlNode::Entry& entry) {
  return entry.value.kind == YamlNode::Kind::kMapping;
}

void merge_mapping(YamlNode& into, YamlNode&& from, bool with_sections, Problems& problems) {
  std::unordered_map<std::string, size_t> known;
  for (const YamlNode::Entry& entry : into.entries) known.emplace(entry.key.scalar, known.size());
  for (YamlNode::Entry& entry : from.entries) {
    const auto found = known.find(entry.key.scalar);
    if (found == known.end()) {
      into.entries.push_back(std::move(entry));
      continue;
    }
    YamlNode::Entry& first = into.entries[found->second];
    if (with_sections && is_section_of_names(first) && is_section_of_names(entry)) {
      merge_mapping(first.value, std::move(entry.value), false, problems);
    } else {
      problems.error(entry.key.place, fmt::format("duplicate key '{}'", entry.key.scalar),
                     fmt::format("the first is in {}, line {}", first.key.place.text->file,
                                 first.key.place.line));
    }
  }
  into.complete = into.complete && from.complete;
}

void add_document(Files& files, Problems& problems) {
  YamlDocument document = parse_yaml(files.texts.back());
  problems.add(files.texts.back(), std::move(document.mistakes));
  if (document.cut_off) files.cut_off = &files.texts.back();
  files.has_gaps = files.has_gaps || document.has_gaps;
  YamlNode& root = document.root;
  switch (root.kind) {
    case YamlNode::Kind::kNull:
      break;
    case YamlNode::Kind::kMapping:
      merge_mapping(files.root, std::move(root), true, problems);
      break;
    case YamlNode::Kind::kScalar:
    case YamlNode::Kind::kSequence:
      if (!root.complete) break;
      problems.error(root.place, "the configuration must be a mapping",
                     fmt::format("its keys are {}", fmt::join(kSections, ", ")));
      break;
  }
}

/// Reads at most one byte more than a configuration may have, whatever the file is.
std::optional<std::string> read_file(const std::string& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string contents(kConfigBytesMax + 1, '\0');
  file.read(contents.data(), static_cast<std::streamsize>(contents.size()));
  if (file.bad()) return std::nullopt;
  contents.resize(static_cast<size_t>(file.gcount()));
  return contents;
}

/// A path that is no directory stands for itself.
std::vector<std::string> files_of(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<std::string> files;
  for (fs::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(".yml") && !name.starts_with('.')) files.push_back(at->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void read_files(std::span<const std::string> paths, Files& files, Problems& problems) {
  for (const std::string& path : paths) {
    const std::vector<std::string> names = files_of(path);
    if (names.empty()) {
      files.texts.emplace_back(path, "", files.texts.size());
      problems.error({&files.texts.back()}, "the directory has no *.yml that can be read");
    }
    for (const std::string& name : names) {
      if (files.cut_off != nullptr) return;  // a syntax error ends the list
      std::optional<std::string> contents = read_file(name);
      files.texts.emplace_back(name, contents.value_or(""), files.texts.size());
      if (contents) {
        add_document(files, problems);
      } else {
        problems.error({&files.texts.back()}, "cannot read the file");
      }
    }
  }
}

void read_publish(const MappingReader& root, PublishSettings& publish, Problems& problems) {
  const YamlNode* node = root.value("publish");
  if (node == nullptr) return;
  const MappingReader reader(*node, root.place_of_key("publish"), "'publish'",
                             {"interval", "prefix"}, problems);
  reader.duration("interval", publish.interval, ZeroDuration::kRefused);
  reader.text("prefix", publish.prefix);
  if (!is_identifier(publish.prefix)) {
    problems.error(reader.value("prefix")->place,
                   fmt::format("'{}' cannot begin the name of a metric", publish.prefix),
                   "use letters, digits and _");
  }
}

void read_checkpoint(const MappingReader& root, CheckpointSettings& checkpoint,
                     Problems& problems) {
  const YamlNode* node = root.value("checkpoint");
  if (node == nullptr) return;
  const MappingReader reader(*node, root.place_of_key("checkpoint"), "'checkpoint'", {"interval"},
                             problems);
  reader.duration("interval", checkpoint.interval, ZeroDuration::kRefused);
}

void read_limits(const MappingReader& root, Limits& limits, Problems& problems) {
  const YamlNode* node = root.value("limits");
  if (node == nullptr) return;
  const MappingReader reader(*node, root.place_of_key("limits"), "'limits'",
                             {"max_groups", "max_series", "max_distinct", "max_keys",
                              "string_bytes", "record_bytes", "group_expiry"},
                             problems);
  reader.count("max_groups", limits.max_groups, kGroupsMax);
  reader.count("max_series", limits.max_series, kGroupsMax);
  reader.count("max_distinct", limits.max_distinct, kCollectedMax);
  reader.count("max_keys", limits.max_keys, kCollectedMax);
  uint64_t string_bytes = limits.string_bytes;
  reader.size("string_bytes", string_bytes, kStringBytesMax, BareSize::kAllowed);
  limits.string_bytes = static_cast<uint32_t>(string_bytes);
  reader.size("record_bytes", limits.record_bytes, kRecordBytesMax, BareSize::kRefused);
  reader.duration("group_expiry", limits.group_expiry, ZeroDuration::kAllowed);
}

/// A topic has no line 1 that could say what the cells are.
void check_columns_given(const YamlNode::Entry& entry, const SourceDefinition& source,
                         NeedKafka need_kafka, Problems& problems) {
  if (source.format != RecordFormat::kCsv || entry.value.find("columns") != nullptr) return;
  const std::string text = fmt::format("source '{}' is csv and has no 'columns'", source.name);
  const std::string hint = "write columns: [NAME, ...], the cells in their order: `run` needs them";
  if (need_kafka == NeedKafka::kYes) {
    problems.error(entry.key.place, text, hint);
  } else {
    problems.warning(entry.key.place, text, hint);
  }
}

void read_sources(std::span<const YamlNode::Entry> entries, bool has_kafka, NeedKafka need_kafka,
                  Definitions& definitions, Problems& problems) {
  std::map<std::string, size_t> first_of_topic;
  for (const YamlNode::Entry& entry : entries) {
    SourceDefinition source = read_source(entry, problems);
    check_retention(entry, source, definitions.max_drift, problems);
    if (has_kafka) check_columns_given(entry, source, need_kafka, problems);
    const size_t index = definitions.sources.size();
    const auto [first, is_first] = first_of_topic.try_emplace(source.topic, index);
    if (!is_first) check_start(entry, source, definitions.sources[first->second], problems);
    definitions.sources.push_back(std::move(source));
  }
}

void read_kpis(std::span<const YamlNode::Entry> entries, JudgeFormulas judge,
               const CalendarRules& rules, Settings& settings, Problems& problems) {
  Definitions& definitions = settings.definitions;
  std::vector<PlacedKpi> kpis = read_kpis(entries, definitions.sources, rules, judge, problems);
  std::vector<NamedKpi> named;
  for (const PlacedKpi& placed : kpis) named.push_back({&placed.kpi, placed.place});
  check_families(named, settings.publish.prefix, problems);
  for (PlacedKpi& placed : kpis) definitions.kpis.push_back(std::move(placed.kpi));
}

/// A number, or `auto`.
void read_workers(const MappingReader& root, uint32_t& workers) {
  const YamlNode* const node = root.value("workers");
  if (node != nullptr && node->scalar == "auto") {
    workers = kAutoWorkers;
  } else {
    root.count("workers", workers, kWorkersMax);
  }
}

void read_settings(const Files& files, NeedKafka need_kafka, const JudgeProperty& judge,
                   Settings& settings, Problems& problems) {
  const MappingReader root(files.root, files.root.place, "the configuration", kSections, problems);
  if (const YamlNode::Entry* kafka = files.root.find("kafka")) {
    settings.has_kafka = true;
    if (root.value("kafka") != nullptr) {
      settings.kafka = read_kafka(*kafka, need_kafka, judge, problems);
    }
  } else if (need_kafka == NeedKafka::kYes && !files.has_gaps) {
    problems.error(files.root.place, "the configuration needs 'kafka'",
                   "write kafka: {bootstrap_servers: [HOST:PORT]}");
  }
  CalendarRules rules;
  read_calendar_rules(root, rules);
  read_workers(root, settings.workers);
  root.duration("max_drift", settings.definitions.max_drift, ZeroDuration::kRefused);
  root.duration("stale_after", settings.definitions.stale_after, ZeroDuration::kRefused);
  read_publish(root, settings.publish, problems);
  read_checkpoint(root, settings.checkpoint, problems);
  read_limits(root, settings.definitions.limits, problems);
  const NamedEntries sources =
      read_named_entries(root, {"sources", "source", source_keys(), kSections}, problems);
  const NamedEntries kpis =
      read_named_entries(root, {"kpis", "KPI", kpi_keys(), kSections}, problems);
  const bool all_names_known = !files.has_gaps && sources.complete && kpis.complete;
  read_sources(sources.entries, settings.has_kafka, need_kafka, settings.definitions, problems);
  read_kpis(kpis.entries, all_names_known ? JudgeFormulas::kYes : JudgeFormulas::kNo, rules,
            settings, problems);
}

Loaded finish(const Files& files, NeedKafka need_kafka, const JudgeProperty& judge,
              Problems& problems) {
  Loaded loaded;
  read_settings(files, need_kafka, judge, loaded.settings, problems);
  if (problems.error_count() == 0) {
    const auto plan = make_plan(std::make_shared<const Definitions>(loaded.settings.definitions));
    check_memory(*plan, files.root, problems);
  }
  if (problems.error_count() == 0) {
    warn(loaded.settings, files.root, problems);
    loaded.settings.shown_text = shown_text(files.root);
    loaded.warnings = problems.warnings();
  }
  loaded.errors = problems.errors();
  cover_secrets(files.root, files.cut_off, loaded.errors);
  cover_secrets(files.root, files.cut_off, loaded.warnings);
  return loaded;
}

YamlNode empty_root(const ConfigText* text) {
  YamlNode root;
  root.kind = YamlNode::Kind::kMapping;
  root.place = {text};
  root.complete = true;
  return root;
}

}  // namespace

Loaded load_settings(std::span<const std::string> paths, NeedKafka need_kafka,
                     const JudgeProperty& judge) {
  Files files;
  files.root = empty_root(nullptr);
  Problems problems;
  read_files(paths, files, problems);
  if (files.texts.empty()) files.texts.emplace_back("configuration", "", 0);
  files.root.place = {&files.texts.front()};
  return finish(files, need_kafka, judge, problems);
}

Loaded load_settings_text(std::string_view name, std::string_view text, NeedKafka need_kafka,
                          const JudgeProperty& judge) {
  Files files;
  files.texts.emplace_back(std::string(name), std::string(text), 0);
  files.root = empty_root(&files.texts.front());
  Problems problems;
  add_document(files, problems);
  return finish(files, need_kafka, judge, problems);
}

}  // namespace kpid
