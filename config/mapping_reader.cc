#include "config/mapping_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "pipeline/decode/time_parser.h"
#include "pipeline/formula/spelling.h"
#include "pipeline/window/window_spec.h"

namespace kpid {

namespace {

struct SizeUnit {
  std::string_view name;
  uint64_t bytes;
};

constexpr std::array<SizeUnit, 4> kSizeUnits = {
    {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};

constexpr std::string_view kSizeHint = "write a number and a unit, like 64KiB or 1MiB";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

/// A whole number in plain digits, saturated; and how many bytes of the text it took.
struct Digits {
  uint64_t number = 0;
  size_t length = 0;
};

Digits leading_digits(std::string_view text) {
  Digits digits;
  const auto [rest, status] =
      std::from_chars(text.data(), text.data() + text.size(), digits.number);
  if (status == std::errc::result_out_of_range) {
    digits.number = std::numeric_limits<uint64_t>::max();
  }
  digits.length = static_cast<size_t>(rest - text.data());
  if (digits.length > 1 && text.starts_with('0')) digits.length = 0;
  return digits;
}

/// Whether more could belong to the entry if it were indented deeper.
bool may_have_lines_below(const YamlNode::Entry& entry) {
  return entry.value.kind == YamlNode::Kind::kNull ||
         (entry.value.kind == YamlNode::Kind::kMapping &&
          entry.value.place.line > entry.key.place.line);
}

bool is_in_braces(const YamlNode& mapping) {
  const std::string_view line = mapping.place.text->line(mapping.place.line);
  return mapping.place.column <= line.size() && line[mapping.place.column - 1] == '{';
}

/// What to do about text that was taken for a key without a value, for no ':' ends a key in it.
std::string colon_hint(const YamlNode::Entry& entry) {
  const YamlNode& key = entry.key;
  if (entry.value.kind != YamlNode::Kind::kNull || key.quoted || key.columns.empty()) return "";
  const std::string_view line = key.place.text->line(key.place.line);
  const size_t behind = line.find_first_not_of(' ', key.columns.back());
  if (behind != std::string_view::npos && line[behind] == ':') return "";
  return key.scalar.find(':') == std::string::npos ? "a key ends in ':'"
                                                   : "put a blank behind the ':'";
}

/// What to do about text where a list is wanted.
std::string list_hint(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kScalar) return "";
  if (node.scalar.starts_with('-')) return "put a blank behind the '-' of every entry";
  std::string_view entries = node.scalar;
  if (entries.starts_with('(')) entries.remove_prefix(1);
  if (entries.ends_with(')')) entries.remove_suffix(1);
  if (!node.columns.empty()) return fmt::format("write [{}]", entries);
  if (node.quoted) return "";
  return "write every entry on a line of its own, indented alike, behind '- '";
}

}  // namespace

bool is_among(std::string_view name, std::span<const std::string> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

MappingReader::MappingReader(const YamlNode& mapping, const ConfigPlace& owner, std::string what,
                             std::vector<std::string> known, Problems& problems)
    : mapping_(mapping), owner_(owner), what_(std::move(what)), problems_(problems) {
  if (mapping.kind != YamlNode::Kind::kMapping) {
    if (!mapping.complete) return;
    const bool empty = mapping.kind == YamlNode::Kind::kNull;
    problems_.error(empty ? owner : mapping.place,
                    fmt::format("{} {}", what_, empty ? "has no value" : "must be a mapping"),
                    fmt::format("its keys are {}", fmt::join(known, ", ")));
    return;
  }
  const YamlNode::Entry* above = nullptr;
  for (size_t i = 0; i < mapping.entries.size(); ++i) {
    const YamlNode::Entry& entry = mapping.entries[i];
    if (!is_among(entry.key.scalar, known)) {
      refuse_unknown(entry, above, known);
      continue;
    }
    above = &entry;
    if (entry.value.kind != YamlNode::Kind::kNull || !entry.value.complete) continue;
    const bool before_unknown = !is_in_braces(mapping) && i + 1 < mapping.entries.size() &&
                                !is_among(mapping.entries[i + 1].key.scalar, known);
    problems_.error(entry.key.place, fmt::format("'{}' has no value", entry.key.scalar),
                    before_unknown ? "what belongs to it is indented deeper" : "");
  }
}

void MappingReader::refuse_unknown(const YamlNode::Entry& entry, const YamlNode::Entry* above,
                                   std::span<const std::string> known) const {
  const bool follows_empty_key = above != nullptr && above->value.kind == YamlNode::Kind::kNull;
  const bool is_below_it =
      follows_empty_key && !is_in_braces(mapping_) && entry.value.kind == YamlNode::Kind::kMapping;
  std::string hint = colon_hint(entry);
  if (hint.empty() && !is_below_it) hint = spelling_hint(entry.key.scalar, known);
  if (hint.empty()) {
    const bool has_lines = !is_in_braces(mapping_);
    if (has_lines && above != nullptr && may_have_lines_below(*above)) {
      hint = fmt::format("indent it deeper if it belongs to '{}' in line {}; ", above->key.scalar,
                         above->key.place.line);
    } else if (has_lines && &owner_ != &mapping_.place && may_have_lines_below(entry)) {
      hint = fmt::format("indent it like line {} if it is no part of {}; ", owner_.line, what_);
    }
    hint += fmt::format("the keys of {} are {}", what_, fmt::join(known, ", "));
  }
  problems_.error(entry.key.place, fmt::format("unknown key '{}'", entry.key.scalar),
                  std::move(hint));
}

const YamlNode* MappingReader::value(std::string_view key) const {
  const YamlNode::Entry* entry = mapping_.find(key);
  const bool has_value = entry != nullptr && entry->value.kind != YamlNode::Kind::kNull;
  return has_value ? &entry->value : nullptr;
}

const YamlNode* MappingReader::needed(std::string_view key) const {
  // What could not be followed may have had the key.
  if (mapping_.kind == YamlNode::Kind::kMapping && mapping_.complete &&
      mapping_.find(key) == nullptr) {
    problems_.error(owner_, fmt::format("{} needs '{}'", what_, key));
  }
  return value(key);
}

const ConfigPlace& MappingReader::place_of_key(std::string_view key) const {
  const YamlNode::Entry* entry = mapping_.find(key);
  return entry == nullptr ? owner_ : entry->key.place;
}

void MappingReader::text(std::string_view key, std::string& value) const {
  const YamlNode* node = this->value(key);
  if (node == nullptr) return;
  if (std::optional<std::string> text = read_text(*node, fmt::format("'{}'", key), problems_)) {
    value = std::move(*text);
  }
}

void MappingReader::duration(std::string_view key, Duration& value, ZeroDuration zero) const {
  const YamlNode* node = this->value(key);
  if (node == nullptr) return;
  const auto text = read_text(*node, fmt::format("'{}'", key), problems_);
  if (!text) return;
  const TextResult<Duration> duration = parse_duration(*text);
  if (!duration) {
    problems_.errors_in(*node, duration.error());
  } else if (*duration == Duration::zero() && zero == ZeroDuration::kRefused) {
    problems_.error(node->place, fmt::format("'{}' must be longer than 0", key));
  } else {
    value = *duration;
  }
}

void MappingReader::count(std::string_view key, uint32_t& value, uint32_t most) const {
  const YamlNode* node = this->value(key);
  if (node == nullptr) return;
  const auto text = read_text(*node, fmt::format("'{}'", key), problems_);
  if (!text) return;
  const Digits digits = leading_digits(*text);
  if (digits.length == 0 || digits.length != text->size()) {
    problems_.error(node->place, fmt::format("'{}' is not a whole number", *text));
  } else if (digits.number == 0 || digits.number > most) {
    problems_.error(node->place, fmt::format("'{}' must be from 1 to {}", key, most));
  } else {
    value = static_cast<uint32_t>(digits.number);
  }
}

void MappingReader::size(std::string_view key, uint64_t& value, uint64_t most,
                         BareSize bare) const {
  const YamlNode* node = this->value(key);
  if (node == nullptr) return;
  const auto text = read_text(*node, fmt::format("'{}'", key), problems_);
  if (!text) return;
  const Digits digits = leading_digits(*text);
  if (digits.length == 0) {
    problems_.error(node->place, fmt::format("'{}' is not a size", *text), std::string(kSizeHint));
    return;
  }
  const std::string_view unit_text = std::string_view(*text).substr(digits.length);
  uint64_t unit_bytes = 1;
  if (!unit_text.empty() || bare == BareSize::kRefused) {
    const auto unit = std::find_if(kSizeUnits.begin(), kSizeUnits.end(),
                                   [&](const SizeUnit& known) { return known.name == unit_text; });
    if (unit == kSizeUnits.end()) {
      problems_.error(node->place,
                      unit_text.empty() ? fmt::format("'{}' has no unit", *text)
                                        : fmt::format("'{}' is not a unit of size", unit_text),
                      "the units are B, KiB, MiB and GiB");
      return;
    }
    unit_bytes = unit->bytes;
  }
  if (digits.number == 0 || digits.number > most / unit_bytes) {
    problems_.error(node->place, fmt::format("'{}' must be from 1 to {} bytes", key, most));
    return;
  }
  value = digits.number * unit_bytes;
}

void MappingReader::time_zone(std::string_view key, std::string& value) const {
  const YamlNode* node = this->value(key);
  if (node == nullptr) return;
  auto zone = read_text(*node, fmt::format("'{}'", key), problems_);
  if (!zone) return;
  if (!known_time_zone(*zone)) {
    problems_.error(node->place, fmt::format("unknown time zone '{}'", *zone),
                    "use a name of the IANA database, like Europe/Berlin");
    return;
  }
  value = std::move(*zone);
}

void MappingReader::refuse(std::string_view key, std::string text, std::string hint) const {
  problems_.error(value(key)->place, std::move(text), std::move(hint));
}

std::optional<size_t> MappingReader::choice(std::string_view key,
                                            std::span<const std::string> names) const {
  const YamlNode* node = this->value(key);
  if (node == nullptr) return std::nullopt;
  const auto text = read_text(*node, fmt::format("'{}'", key), problems_);
  if (!text) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), *text);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  std::string hint = spelling_hint(*text, names);
  if (hint.empty()) hint = fmt::format("use one of {}", fmt::join(names, ", "));
  problems_.error(node->place, fmt::format("'{}' is not a value of '{}'", *text, key),
                  std::move(hint));
  return std::nullopt;
}

std::optional<std::string> read_text(const YamlNode& node, std::string_view what,
                                     Problems& problems) {
  if (!node.complete) return std::nullopt;
  if (node.kind != YamlNode::Kind::kScalar) {
    problems.error(node.place, fmt::format("{} must be text", what));
    return std::nullopt;
  }
  if (node.scalar.empty()) {
    problems.error(node.place, fmt::format("{} is empty", what));
    return std::nullopt;
  }
  return node.scalar;
}

std::vector<const YamlNode*> read_list(const YamlNode& node, std::string_view what,
                                       Problems& problems) {
  std::vector<const YamlNode*> items;
  if (node.kind != YamlNode::Kind::kSequence) {
    if (!node.complete) return items;
    problems.error(node.place, fmt::format("{} must be a list", what), list_hint(node));
    return items;
  }
  for (const YamlNode& item : node.items) {
    if (read_text(item, fmt::format("an entry of {}", what), problems)) items.push_back(&item);
  }
  return items;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && is_lower(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_lower(c) || is_digit(c) || c == '_';
  });
}

bool is_identifier(std::string_view name) {
  return !name.empty() && !is_digit(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_';
  });
}

}  // namespace kpid
