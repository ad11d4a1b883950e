#include "config/shown_text.h"

#include <algorithm>
#include <cctype>
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

/// Where what must be read of the line ends: behind the first key and its colon, if a key is
/// pointed at or there are several. A name that is wrong may be that of a secret.
size_t end_of_harmless(const YamlNode& properties, const Diagnostic& diagnostic) {
  const YamlNode* first = nullptr;
  bool covered = false;
  for (const YamlNode::Entry& entry : properties.entries) {
    const ConfigPlace& place = entry.key.place;
    if (place.line != diagnostic.line || place.text->file != diagnostic.file) continue;
    covered = covered || first != nullptr || place.column == diagnostic.column;
    if (first == nullptr) first = &entry.key;
  }
  return covered ? first->place.column + first->place.length : diagnostic.line_text.size();
}

void cover(const YamlNode::Entry& properties, Diagnostic& diagnostic) {
  const ConfigPlace& place = properties.key.place;
  if (diagnostic.file != place.text->file || diagnostic.line < place.line) return;
  std::string& line = diagnostic.line_text;
  const YamlNode& value = properties.value;
  const size_t last_line = std::max(value.last_line, value.place.line);
  if (!value.complete) {
    line.clear();  // the text behind a syntax error may be anything, a secret too
  } else if (diagnostic.line <= last_line && value.kind == YamlNode::Kind::kMapping) {
    cover_from(
        line, std::min(secret_start(line, is_secret_property), end_of_harmless(value, diagnostic)));
  } else if (diagnostic.line <= last_line && value.kind != YamlNode::Kind::kNull) {
    const bool has_key = diagnostic.line == place.line;
    cover_from(line, has_key ? place.column + place.length : 0);  // no names: all may be values
  }
}

/// The mappings of properties, under whatever name there is in the place of `kafka`.
std::vector<const YamlNode::Entry*> properties_in(const YamlNode& root) {
  std::vector<const YamlNode::Entry*> found;
  for (const YamlNode::Entry& section : root.entries) {
    if (const auto* properties = section.value.find("properties")) found.push_back(properties);
  }
  return found;
}

/// Whether the mapping of properties has begun by that line of a text that YAML could follow no
/// further: then it may be missing among those that were found.
bool has_begun_properties(const ConfigText& text, size_t line) {
  for (size_t above = 1; above <= line; ++above) {
    if (text.line(above).find("properties:") != std::string_view::npos) return true;
  }
  return false;
}

/// Leaves out the line where a text ends for YAML before it took the properties in it for begun.
void cover_cut_off(const ConfigText& text, const std::vector<const YamlNode::Entry*>& properties,
                   Diagnostic& diagnostic) {
  const bool is_known =
      std::any_of(properties.begin(), properties.end(),
                  [&](const YamlNode::Entry* entry) { return entry->key.place.text == &text; });
  if (is_known || diagnostic.file != text.file) return;
  if (has_begun_properties(text, diagnostic.line)) diagnostic.line_text.clear();
}

}  // namespace

std::string shown_text(const YamlNode& root) {
  std::string out;
  Writer(out).write(root, 0, false);
  return out;
}

void cover_secrets(const YamlNode& root, const ConfigText* cut_off,
                   std::vector<Diagnostic>& diagnostics) {
  const std::vector<const YamlNode::Entry*> all_properties = properties_in(root);
  for (Diagnostic& diagnostic : diagnostics) {
    for (const YamlNode::Entry* properties : all_properties) cover(*properties, diagnostic);
    if (cut_off != nullptr) cover_cut_off(*cut_off, all_properties, diagnostic);
    cover_from(diagnostic.line_text, secret_start(diagnostic.line_text, is_secret_anywhere));
    cover_words(diagnostic.text);
    cover_words(diagnostic.hint);
  }
}

}  // namespace kpid
