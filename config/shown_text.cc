#include "config/shown_text.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <string_view>
#include <vector>

#include "config/kafka_settings.h"
#include "pipeline/publish/json_writer.h"

namespace kpid {

namespace {

constexpr std::string_view kRedacted = "<redacted>";

/// Whether the text stays the same text when it stands in YAML without quotes.
bool stands_plain(const YamlNode& node) {
  const std::string& text = node.scalar;
  if (node.quoted || text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::string_view("#:{}[],&*!|>'\"%@`\n\t\\").find(c) == std::string_view::npos;
  });
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void write(const YamlNode& node, size_t depth, bool in_properties) {
    switch (node.kind) {
      case YamlNode::Kind::kNull:
        out_ += " null\n";
        break;
      case YamlNode::Kind::kScalar:
        out_ += ' ';
        scalar(node);
        out_ += '\n';
        break;
      case YamlNode::Kind::kSequence:
        sequence(node, depth);
        break;
      case YamlNode::Kind::kMapping:
        mapping(node, depth, in_properties);
        break;
    }
  }

 private:
  void scalar(const YamlNode& node) {
    if (stands_plain(node)) {
      out_ += node.scalar;
    } else {
      JsonWriter(out_).string(node.scalar);  // a JSON string is a double-quoted YAML scalar
    }
  }

  void sequence(const YamlNode& node, size_t depth) {
    if (node.items.empty()) {
      out_ += " []\n";
      return;
    }
    begin_block();
    for (const YamlNode& item : node.items) {
      out_.append(2 * depth, ' ');
      out_ += '-';
      write(item, depth + 1, false);
    }
  }

  void mapping(const YamlNode& node, size_t depth, bool in_properties) {
    if (node.entries.empty()) {
      out_ += " {}\n";
      return;
    }
    begin_block();
    for (const YamlNode::Entry& entry : node.entries) {
      out_.append(2 * depth, ' ');
      scalar(entry.key);
      out_ += ':';
      const bool secret = in_properties && is_secret_property(entry.key.scalar) &&
                          entry.value.kind == YamlNode::Kind::kScalar;
      if (secret) {
        out_ += ' ';
        out_ += kRedacted;
        out_ += '\n';
      } else {
        write(entry.value, depth + 1, entry.key.scalar == "properties");
      }
    }
  }

  void begin_block() {
    if (!out_.empty()) out_ += '\n';
  }

  std::string& out_;
};

bool is_name_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

/// Whether a value may stand behind this name, wherever that is: properties have a dot in theirs.
bool is_secret_anywhere(std::string_view name) {
  return name.find('.') != std::string_view::npos && is_secret_property(name);
}

/// Where the value of the first secret of the line begins, behind the ':' or the '=' that somebody
/// took for one; its end if there is none. `is_secret` judges a name.
template <class IsSecret>
size_t secret_start(std::string_view line, const IsSecret& is_secret) {
  for (size_t sign = line.find_first_of(":="); sign != std::string_view::npos;
       sign = line.find_first_of(":=", sign + 1)) {
    std::string_view before = line.substr(0, sign);
    while (!before.empty() && !is_name_byte(before.back())) before.remove_suffix(1);
    size_t start = before.size();
    while (start > 0 && is_name_byte(before[start - 1])) --start;
    if (is_secret(before.substr(start))) return sign + 1;
  }
  return line.size();
}

void cover_from(std::string& text, size_t start, size_t end = std::string::npos) {
  end = std::min(end, text.size());
  for (size_t i = start; i < end; ++i) text[i] = text[i] == ' ' ? ' ' : '*';
}

/// In words there may be what was taken for a name, or for the value of another property. What
/// stands behind a ':' and a blank is our own.
void cover_words(std::string& words) {
  for (size_t sign = words.find_first_of(":="); sign != std::string::npos;
       sign = words.find_first_of(":=", sign + 1)) {
    size_t start = sign;
    while (start > 0 && is_name_byte(words[start - 1])) --start;
    if (!is_secret_anywhere(std::string_view(words).substr(start, sign - start))) continue;
    if (sign + 1 < words.size() && words[sign + 1] == ' ') continue;
    cover_from(words, sign + 1, words.find_first_of("'\"", sign));
  }
}

/// Whether the value is a word that is pointed at itself: then its name is known, and so is whether
/// it is a secret.
bool is_judged_value(const YamlNode& value, const Diagnostic& diagnostic) {
  constexpr std::string_view kBeforeWords = "!&*";  // a tag, an anchor, an alias
  const std::string_view line = diagnostic.line_text;
  return value.kind == YamlNode::Kind::kScalar && value.place.line == diagnostic.line &&
         value.place.column == diagnostic.column && diagnostic.column <= line.size() &&
         kBeforeWords.find(line[diagnostic.column - 1]) == std::string_view::npos;
}

/// Where what must be read of the line ends: behind the first name that begins in it, which may be
/// a secret's and misspelt. A line in which none begins belongs to a value.
size_t end_of_harmless(const YamlNode::Entry& properties, const Diagnostic& diagnostic) {
  const std::vector<YamlNode::Entry>& entries = properties.value.entries;
  const auto first = std::lower_bound(
      entries.begin(), entries.end(), diagnostic.line,
      [](const YamlNode::Entry& entry, size_t line) { return entry.key.place.line < line; });
  const auto stands_in_line = [&](auto entry) {
    return entry != entries.end() && entry->key.place.line == diagnostic.line;
  };
  if (!stands_in_line(first)) {
    return diagnostic.line == properties.key.place.line ? diagnostic.line_text.size() : 0;
  }
  if (!stands_in_line(first + 1) && is_judged_value(first->value, diagnostic)) {
    return diagnostic.line_text.size();
  }
  const size_t name_end = first->key.scalar.find_first_of(":= ");  // the value stands in the name
  return first->key.place.column + std::min(first->key.place.length, name_end);
}

size_t last_line_of(const YamlNode& properties) {
  return std::max(properties.last_line, properties.place.line);
}

/// REQUIRES: the diagnostic is about a line of them.
void cover(const YamlNode::Entry& properties, Diagnostic& diagnostic) {
  std::string& line = diagnostic.line_text;
  const ConfigPlace& place = properties.key.place;
  const YamlNode& value = properties.value;
  if (value.kind == YamlNode::Kind::kMapping) {
    cover_from(line, std::min(secret_start(line, is_secret_property),
                              end_of_harmless(properties, diagnostic)));
  } else if (value.kind != YamlNode::Kind::kNull) {
    const bool has_key = diagnostic.line == place.line;
    cover_from(line, has_key ? place.column + place.length : 0);  // no names: all may be values
  }
}

/// The properties of one file, under whatever name there is in the place of `kafka`.
struct PropertiesOfFile {
  /// Those that YAML followed to their ends, in order of place: one ends where the next begins, or
  /// before.
  std::vector<const YamlNode::Entry*> followed;
  /// From this line on the text may be anything, a secret too, for YAML could not follow it.
  size_t anything_from = std::numeric_limits<size_t>::max();
};

using PropertiesByFile = std::map<std::string_view, PropertiesOfFile>;

/// The line in which the mapping of properties may have begun; the largest number if there is none.
size_t first_line_with_properties(const ConfigText& text) {
  for (size_t number = 1; number <= text.line_starts.size(); ++number) {
    if (text.line(number).find("properties:") != std::string_view::npos) return number;
  }
  return std::numeric_limits<size_t>::max();
}

PropertiesByFile properties_in(const YamlNode& root, const ConfigText* cut_off) {
  PropertiesByFile files;
  bool is_known = false;  // what was cut off
  for (const YamlNode::Entry& section : root.entries) {
    const YamlNode::Entry* const found = section.value.find("properties");
    if (found == nullptr) continue;
    const ConfigPlace& place = found->key.place;
    is_known = is_known || place.text == cut_off;
    PropertiesOfFile& of_file = files[place.text->file];
    if (found->value.complete) {
      of_file.followed.push_back(found);
    } else {
      of_file.anything_from = std::min(of_file.anything_from, place.line);
    }
  }
  // A text may end for YAML before it took the properties in it for begun.
  if (cut_off != nullptr && !is_known) {
    size_t& from = files[cut_off->file].anything_from;
    from = std::min(from, first_line_with_properties(*cut_off));
  }
  for (auto& [file, properties] : files) {
    std::stable_sort(properties.followed.begin(), properties.followed.end(),
                     [](const YamlNode::Entry* a, const YamlNode::Entry* b) {
                       return a->key.place.line < b->key.place.line;
                     });
  }
  return files;
}

void cover_properties(const PropertiesByFile& files, Diagnostic& diagnostic) {
  const auto found = files.find(diagnostic.file);
  if (found == files.end()) return;
  const PropertiesOfFile& properties = found->second;
  if (diagnostic.line >= properties.anything_from) {
    diagnostic.line_text.clear();
    return;
  }
  auto next = std::upper_bound(
      properties.followed.begin(), properties.followed.end(), diagnostic.line,
      [](size_t line, const YamlNode::Entry* entry) { return line < entry->key.place.line; });
  while (next != properties.followed.begin()) {
    const YamlNode::Entry& last_begun = **--next;
    if (last_line_of(last_begun.value) < diagnostic.line) return;
    cover(last_begun, diagnostic);
  }
}

}  // namespace

std::string shown_text(const YamlNode& root) {
  std::string out;
  Writer(out).write(root, 0, false);
  return out;
}

void cover_secrets(const YamlNode& root, const ConfigText* cut_off,
                   std::vector<Diagnostic>& diagnostics) {
  const PropertiesByFile files = properties_in(root, cut_off);
  for (Diagnostic& diagnostic : diagnostics) {
    cover_properties(files, diagnostic);
    cover_from(diagnostic.line_text, secret_start(diagnostic.line_text, is_secret_anywhere));
    cover_words(diagnostic.text);
    cover_words(diagnostic.hint);
  }
}

}  // namespace kpid
