#include "config/kafka_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "config/mapping_reader.h"

namespace kpid {

namespace {

constexpr std::array<std::string_view, 8> kSecretWords = {
    "password", "secret", "key", "token", "passphrase", "credential", "jaas", "oauthbearer.config"};

// A key or a password is small; whoever names a large file has named the wrong one.
constexpr size_t kPropertyBytesMax = size_t{1} << 20;

std::optional<std::string> read_file(const YamlNode& path, Problems& problems) {
  std::ifstream file(path.scalar, std::ios::binary);
  std::string contents;
  if (file) {
    contents.resize(kPropertyBytesMax + 1);
    file.read(contents.data(), static_cast<std::streamsize>(contents.size()));
    contents.resize(static_cast<size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) {
    problems.error(path.place, fmt::format("cannot read the file '{}'", path.scalar));
    return std::nullopt;
  }
  if (contents.size() > kPropertyBytesMax) {
    problems.error(path.place, fmt::format("the file '{}' is larger than 1 MiB", path.scalar));
    return std::nullopt;
  }
  if (contents.ends_with('\n')) contents.pop_back();
  if (contents.ends_with('\r')) contents.pop_back();
  return contents;
}

std::optional<std::string> read_variable(const YamlNode& name, Problems& problems) {
  const char* value = std::getenv(name.scalar.c_str());
  if (value == nullptr) {
    problems.error(name.place, fmt::format("the variable '{}' is not set", name.scalar));
    return std::nullopt;
  }
  return value;
}

void refuse_value(const YamlNode::Entry& entry, Problems& problems) {
  if (!entry.value.complete) return;
  problems.error(entry.value.place,
                 fmt::format("the value of '{}' must be text, {{file: PATH}} or {{env: NAME}}",
                             entry.key.scalar));
}

/// A value written as {file: PATH} or {env: NAME}.
std::optional<std::string> read_reference(const YamlNode::Entry& entry, NeedKafka need_kafka,
                                          Problems& problems) {
  const YamlNode::Entry* file = entry.value.find("file");
  const YamlNode::Entry* variable = entry.value.find("env");
  if (entry.value.entries.size() != 1 || (file == nullptr && variable == nullptr)) {
    refuse_value(entry, problems);
    return std::nullopt;
  }
  const YamlNode& node = entry.value.entries.front().value;
  if (!read_text(node, file != nullptr ? "'file'" : "'env'", problems)) return std::nullopt;
  if (need_kafka == NeedKafka::kNo) return "";
  return file != nullptr ? read_file(node, problems) : read_variable(node, problems);
}

/// Refuses a property as `judge` says, at its name or its value.
void judge_property(const YamlNode::Entry& entry, const std::optional<std::string>& value,
                    const JudgeProperty& judge, Problems& problems) {
  const std::optional<PropertyMistake> mistake = judge(entry.key.scalar, value);
  if (!mistake) return;
  const YamlNode& wrong = mistake->where == PropertyMistake::Where::kName ? entry.key : entry.value;
  problems.error(wrong.place, mistake->text, mistake->hint);
}

void read_property(const YamlNode::Entry& entry, NeedKafka need_kafka, const JudgeProperty& judge,
                   KafkaSettings& kafka, Problems& problems) {
  std::optional<std::string> value;
  switch (entry.value.kind) {
    case YamlNode::Kind::kNull:
      problems.error(entry.key.place, fmt::format("'{}' has no value", entry.key.scalar));
      break;
    case YamlNode::Kind::kScalar:
      value = entry.value.scalar;
      break;
    case YamlNode::Kind::kSequence:
      refuse_value(entry, problems);
      break;
    case YamlNode::Kind::kMapping:
      value = read_reference(entry, need_kafka, problems);
      break;
  }
  const bool fetched = need_kafka == NeedKafka::kYes || entry.value.kind == YamlNode::Kind::kScalar;
  if (judge) judge_property(entry, fetched ? value : std::nullopt, judge, problems);
  if (value) {
    kafka.properties.push_back(
        {entry.key.scalar, std::move(*value), is_secret_property(entry.key.scalar)});
  }
}

void read_servers(const MappingReader& reader, KafkaSettings& kafka, Problems& problems) {
  const YamlNode* node = reader.value("bootstrap_servers");
  if (node == nullptr) return;
  kafka.bootstrap_servers.clear();
  for (const YamlNode* server : read_list(*node, "'bootstrap_servers'", problems)) {
    if (server->scalar.find_first_of(", \t") != std::string::npos) {
      problems.error(server->place, fmt::format("'{}' is not a server", server->scalar),
                     "write HOST:PORT, one an entry");
    }
    kafka.bootstrap_servers.push_back(server->scalar);
  }
  if (node->kind == YamlNode::Kind::kSequence && node->items.empty() && node->complete) {
    problems.error(node->place, "'bootstrap_servers' is empty", "write one or more HOST:PORT");
  }
}

}  // namespace

KafkaSettings read_kafka(const YamlNode::Entry& entry, NeedKafka need_kafka,
                         const JudgeProperty& judge, Problems& problems) {
  KafkaSettings kafka;
  const MappingReader reader(entry.value, entry.key.place, "'kafka'",
                             {"bootstrap_servers", "group_id", "properties"}, problems);
  read_servers(reader, kafka, problems);
  reader.text("group_id", kafka.group_id);
  const YamlNode* properties = reader.value("properties");
  if (properties == nullptr) return kafka;
  if (properties->kind != YamlNode::Kind::kMapping) {
    if (properties->complete) {
      problems.error(properties->place, "'properties' must be a mapping", "write NAME: VALUE");
    }
    return kafka;
  }
  for (const YamlNode::Entry& property : properties->entries) {
    read_property(property, need_kafka, judge, kafka, problems);
  }
  return kafka;
}

bool is_secret_property(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower.ends_with(".location") || lower.ends_with(".keytab")) return false;
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace kpid
