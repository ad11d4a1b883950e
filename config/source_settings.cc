#include "config/source_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/mapping_reader.h"
#include "pipeline/decode/time_parser.h"
#include "pipeline/formula/spelling.h"
#include "pipeline/window/window_spec.h"

namespace kpid {

namespace {

const std::array<std::string, 5> kTypeNames = {"string", "int", "decimal", "bool", "time"};
constexpr std::array<Type, 5> kTypes = {Type::kString, Type::kInt, Type::kDecimal, Type::kBool,
                                        Type::kTime};

constexpr size_t kTopicBytesMax = 249;  // Kafka's own limit

/// Fields of one source. A key of a record is looked for among all of them.
constexpr size_t kMostFields = 10'000;

/// What other languages call our types; too far from them for a spelling hint.
struct ForeignType {
  std::string_view name;
  std::string_view ours;
};

constexpr std::array<ForeignType, 12> kForeignTypes = {{{"float", "decimal"},
                                                        {"double", "decimal"},
                                                        {"number", "decimal"},
                                                        {"numeric", "decimal"},
                                                        {"integer", "int"},
                                                        {"long", "int"},
                                                        {"text", "string"},
                                                        {"str", "string"},
                                                        {"boolean", "bool"},
                                                        {"timestamp", "time"},
                                                        {"datetime", "time"},
                                                        {"date", "time"}}};

std::optional<Type> type_named(std::string_view name) {
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (found == kTypeNames.end()) return std::nullopt;
  return kTypes[static_cast<size_t>(found - kTypeNames.begin())];
}

std::string type_hint(const std::string& name) {
  for (const ForeignType& foreign : kForeignTypes) {
    if (foreign.name == name) return fmt::format("did you mean '{}'?", foreign.ours);
  }
  const std::string hint = spelling_hint(name, kTypeNames);
  return hint.empty() ? fmt::format("use one of {}", fmt::join(kTypeNames, ", ")) : hint;
}

/// The type that the text names. One that is unknown is a problem, and read as what was most likely
/// meant, so that it is not a problem again in every formula.
Type read_type(const YamlNode& node, Problems& problems) {
  const auto name = read_text(node, "a type", problems);
  if (!name) return Type::kString;
  if (const std::optional<Type> type = type_named(*name)) return *type;
  const std::string hint = type_hint(*name);
  problems.error(node.place, fmt::format("'{}' is not a type", *name), hint);
  const auto meant = std::find_if(kTypeNames.begin(), kTypeNames.end(), [&](const auto& known) {
    return hint == fmt::format("did you mean '{}'?", known);
  });
  return meant == kTypeNames.end() ? Type::kString : *type_named(*meant);
}

/// Keys from the outermost object in; a csv cell is named as a whole.
std::vector<std::string> split_path(const std::string& text, RecordFormat format) {
  if (format == RecordFormat::kCsv) return {text};
  std::vector<std::string> path(1);
  for (const char c : text) {
    if (c == '.') {
      path.emplace_back();
    } else {
      path.back() += c;
    }
  }
  return path;
}

std::vector<std::string> read_path(const YamlNode& node, std::string_view what, RecordFormat format,
                                   Problems& problems) {
  const auto text = read_text(node, what, problems);
  if (!text) return {};
  std::vector<std::string> path = split_path(*text, format);
  if (std::find(path.begin(), path.end(), "") != path.end()) {
    problems.error(node.place, fmt::format("the path '{}' has an empty part", *text),
                   "write the keys from the outermost object in, like shop.address.region");
    return {};
  }
  return path;
}

const std::array<std::string, 3> kTimeFormatNames = {"unix_ms", "unix_s", "rfc3339"};
constexpr std::array<TimeFormat::Kind, 3> kTimeFormatKinds = {
    TimeFormat::Kind::kUnixMillis, TimeFormat::Kind::kUnixSeconds, TimeFormat::Kind::kRfc3339};

TimeFormat read_pattern(const MappingReader& reader, const YamlNode& node, Problems& problems) {
  TimeFormat format;
  format.kind = TimeFormat::Kind::kPattern;
  format.pattern = node.scalar;
  reader.time_zone("time_zone", format.time_zone);
  if (const Result<void> checked = check_time_format(format); !checked) {
    problems.error(node.place, checked.error().text);
  }
  return format;
}

TimeFormat read_time_format(const MappingReader& reader, const YamlNode& node, Problems& problems) {
  const auto text = read_text(node, "'format'", problems);
  if (!text) return {};
  if (text->find('%') != std::string::npos) return read_pattern(reader, node, problems);
  if (reader.value("time_zone") != nullptr) {
    problems.error(reader.place_of_key("time_zone"),
                   "'time_zone' goes with a strftime pattern only",
                   fmt::format("'{}' says by itself which instant it means", *text));
  }
  const auto named = std::find(kTimeFormatNames.begin(), kTimeFormatNames.end(), *text);
  TimeFormat format;
  if (named == kTimeFormatNames.end()) {
    std::string hint = spelling_hint(*text, kTimeFormatNames);
    if (hint.empty()) hint = "use unix_ms, unix_s, rfc3339 or a strftime pattern";
    problems.error(node.place, fmt::format("'{}' is not a time format", *text), std::move(hint));
  } else {
    format.kind = kTimeFormatKinds[static_cast<size_t>(named - kTimeFormatNames.begin())];
  }
  return format;
}

/// A field written as a mapping: {path: shop.region, type: string}.
void read_field_mapping(const YamlNode::Entry& entry, RecordFormat format, Field& field,
                        Problems& problems) {
  const MappingReader reader(entry.value, entry.key.place, fmt::format("field '{}'", field.name),
                             {"path", "type", "format", "time_zone"}, problems);
  if (entry.value.kind != YamlNode::Kind::kMapping) return;
  if (const YamlNode* path = reader.value("path")) {
    if (auto keys = read_path(*path, "'path'", format, problems); !keys.empty()) {
      field.path = std::move(keys);
    }
  }
  if (const YamlNode* type = reader.needed("type")) field.type = read_type(*type, problems);
  if (field.type == Type::kTime) {
    if (const YamlNode* time_format = reader.value("format")) {
      field.time_format = read_time_format(reader, *time_format, problems);
    } else if (reader.value("time_zone") != nullptr) {
      problems.error(reader.place_of_key("time_zone"),
                     "'time_zone' goes with a strftime pattern only", "add a 'format'");
    }
    return;
  }
  for (const char* key : {"format", "time_zone"}) {
    if (reader.value(key) == nullptr) continue;
    problems.error(reader.place_of_key(key), fmt::format("'{}' goes with the type time only", key));
  }
}

Field read_field(const YamlNode::Entry& entry, RecordFormat format, Problems& problems) {
  Field field;
  field.name = entry.key.scalar;
  field.path = {field.name};
  if (!is_identifier(field.name)) {
    problems.error(entry.key.place, fmt::format("'{}' cannot be the name of a field", field.name),
                   "use letters, digits and _, and give what it is called in the record as 'path'");
  }
  if (entry.value.kind == YamlNode::Kind::kNull) {
    problems.error(entry.key.place, fmt::format("field '{}' has no type", field.name),
                   fmt::format("use one of {}", fmt::join(kTypeNames, ", ")));
  } else if (entry.value.kind == YamlNode::Kind::kScalar) {
    field.type = read_type(entry.value, problems);
  } else {
    read_field_mapping(entry, format, field, problems);
  }
  return field;
}

void read_fields(const MappingReader& reader, SourceDefinition& source, Problems& problems) {
  const YamlNode* fields = reader.needed("fields");
  if (fields == nullptr) return;
  if (fields->kind != YamlNode::Kind::kMapping) {
    if (!fields->complete) return;
    problems.error(fields->place, "'fields' must be a mapping", "write NAME: TYPE, one a line");
    return;
  }
  if (fields->entries.size() > kMostFields) {
    problems.error(fields->entries[kMostFields].key.place, "this source has too many fields",
                   fmt::format("at most {}; declare those that formulas use", kMostFields));
    return;
  }
  for (const YamlNode::Entry& entry : fields->entries) {
    source.fields.push_back(read_field(entry, source.format, problems));
  }
}

void read_topic(const MappingReader& reader, SourceDefinition& source, Problems& problems) {
  const YamlNode* node = reader.needed("topic");
  if (node == nullptr) return;
  reader.text("topic", source.topic);
  const bool valid = source.topic.size() <= kTopicBytesMax &&
                     std::all_of(source.topic.begin(), source.topic.end(), [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
                     });
  if (!valid) {
    problems.error(node->place, fmt::format("'{}' cannot be the name of a topic", source.topic),
                   "Kafka takes letters, digits, '.', '_' and '-', at most 249");
  }
}

void read_start(const MappingReader& reader, SourceDefinition& source, Problems& problems) {
  const YamlNode* node = reader.value("start");
  if (node == nullptr) return;
  const auto text = read_text(*node, "'start'", problems);
  if (!text) return;
  if (*text == "earliest") return;
  if (*text == "latest") {
    source.start.kind = Start::Kind::kLatest;
    return;
  }
  if (!text->starts_with('-')) {
    const std::array<std::string, 2> names = {"earliest", "latest"};
    std::string hint = spelling_hint(*text, names);
    if (hint.empty()) hint = "use earliest, latest, or how long ago, like -6h";
    problems.error(node->place, fmt::format("'{}' is not a start", *text), std::move(hint));
    return;
  }
  TextResult<Duration> ago = parse_duration(std::string_view(*text).substr(1));
  if (!ago) {
    for (TextError& mistake : ago.error()) ++mistake.offset;
    problems.errors_in(*node, ago.error());
    return;
  }
  source.start = {Start::Kind::kAgo, *ago};
}

void read_columns(const MappingReader& reader, SourceDefinition& source, Problems& problems) {
  const YamlNode* node = reader.value("columns");
  if (node == nullptr) return;
  if (source.format != RecordFormat::kCsv) {
    problems.warning(reader.place_of_key("columns"), "'columns' has no meaning for this format",
                     "only csv has columns");
  }
  for (const YamlNode* name : read_list(*node, "'columns'", problems)) {
    if (std::find(source.columns.begin(), source.columns.end(), name->scalar) !=
        source.columns.end()) {
      problems.error(name->place, fmt::format("duplicate column '{}'", name->scalar));
    }
    source.columns.push_back(name->scalar);
  }
}

void read_format(const MappingReader& reader, SourceDefinition& source, Problems& problems) {
  const YamlNode* node = reader.needed("format");
  if (node == nullptr) return;
  if (node->scalar == "avro" || node->scalar == "protobuf") {
    problems.error(node->place, fmt::format("the format '{}' is not supported yet", node->scalar),
                   "use json or csv");
    return;
  }
  const std::array<std::string, 2> names = {"json", "csv"};
  if (reader.choice("format", names) == 1) source.format = RecordFormat::kCsv;
}

/// A name that is also a declared field's means that field; any other is a path of its own.
void read_time(const MappingReader& source_reader, SourceDefinition& source, Problems& problems) {
  const YamlNode* node = source_reader.value("time");
  if (node == nullptr) return;
  const MappingReader reader(*node, source_reader.place_of_key("time"), "'time'",
                             {"field", "format", "time_zone"}, problems);
  if (node->kind != YamlNode::Kind::kMapping) return;
  if (const YamlNode* field = reader.needed("field")) {
    source.time_path = read_path(*field, "'field'", source.format, problems);
    const auto declared =
        std::find_if(source.fields.begin(), source.fields.end(),
                     [&](const Field& known) { return known.name == field->scalar; });
    if (declared != source.fields.end()) source.time_path = declared->path;
  }
  if (const YamlNode* format = reader.needed("format")) {
    source.time_format = read_time_format(reader, *format, problems);
  }
}

/// What no column names would be null in every record, which nobody means.
void check_columns(const YamlNode::Entry& entry, const SourceDefinition& source,
                   Problems& problems) {
  if (source.format != RecordFormat::kCsv || source.columns.empty()) return;
  const auto is_column = [&](const std::vector<std::string>& path) {
    return path.empty() ||
           std::find(source.columns.begin(), source.columns.end(), path[0]) != source.columns.end();
  };
  const YamlNode::Entry* fields = entry.value.find("fields");
  for (size_t i = 0; i < source.fields.size(); ++i) {
    if (is_column(source.fields[i].path)) continue;
    problems.warning(fields->value.entries[i].key.place,
                     fmt::format("no column is called '{}'", source.fields[i].path[0]),
                     spelling_hint(source.fields[i].path[0], source.columns));
  }
  if (!is_column(source.time_path)) {
    problems.warning(entry.value.find("time")->key.place,
                     fmt::format("no column is called '{}'", source.time_path[0]),
                     spelling_hint(source.time_path[0], source.columns));
  }
}

}  // namespace

const std::vector<std::string>& source_keys() {
  static const std::vector<std::string> keys = {
      "topic",        "start",     "format",           "columns",
      "time",         "disorder",  "allowed_lateness", "max_ahead",
      "idle_timeout", "retention", "keep_windows",     "fields"};
  return keys;
}

SourceDefinition read_source(const YamlNode::Entry& entry, Problems& problems) {
  SourceDefinition source;
  source.name = entry.key.scalar;
  if (!is_plain_name(source.name)) {
    problems.error(entry.key.place, fmt::format("'{}' cannot be the name of a source", source.name),
                   "use lower-case letters, digits and _, and begin with a letter");
  }
  const MappingReader reader(entry.value, entry.key.place, fmt::format("source '{}'", source.name),
                             source_keys(), problems);
  if (entry.value.kind != YamlNode::Kind::kMapping) return source;
  read_topic(reader, source, problems);
  read_start(reader, source, problems);
  read_format(reader, source, problems);
  read_columns(reader, source, problems);
  read_fields(reader, source, problems);
  read_time(reader, source, problems);
  reader.duration("disorder", source.disorder, ZeroDuration::kAllowed);
  reader.duration("allowed_lateness", source.allowed_lateness, ZeroDuration::kAllowed);
  reader.duration("max_ahead", source.max_ahead, ZeroDuration::kAllowed);
  reader.duration("idle_timeout", source.idle_timeout, ZeroDuration::kAllowed);
  reader.duration("retention", source.retention, ZeroDuration::kRefused);
  reader.duration("keep_windows", source.keep_windows, ZeroDuration::kAllowed);
  check_columns(entry, source, problems);
  return source;
}

void check_retention(const YamlNode::Entry& entry, const SourceDefinition& source,
                     Duration max_drift, Problems& problems) {
  const YamlNode::Entry* retention = entry.value.find("retention");
  const ConfigPlace& place = retention == nullptr ? entry.key.place : retention->value.place;
  if (source.retention < source.allowed_lateness) {
    problems.error(
        place,
        fmt::format("the retention of source '{}' is below its allowed_lateness", source.name),
        "what may still be amended must not be forgotten");
  } else if (source.retention < max_drift) {
    problems.error(place,
                   fmt::format("the retention of source '{}' is below max_drift", source.name),
                   "set max_drift to at most the retention, or events of slow partitions expire");
  } else if (source.retention < source.keep_windows) {
    problems.error(entry.value.find("keep_windows")->value.place,
                   fmt::format("keep_windows of source '{}' is beyond its retention", source.name),
                   "nothing is kept longer than the retention");
  }
}

void check_start(const YamlNode::Entry& entry, const SourceDefinition& source,
                 const SourceDefinition& first, Problems& problems) {
  if (source.topic.empty() || first.start == source.start) return;
  const YamlNode::Entry* start = entry.value.find("start");
  problems.error(start != nullptr ? start->value.place : entry.key.place,
                 fmt::format("sources '{}' and '{}' begin at different places of topic '{}'",
                             first.name, source.name, source.topic),
                 "a topic is read once for all its sources; give them the same 'start'");
}

}  // namespace kpid
