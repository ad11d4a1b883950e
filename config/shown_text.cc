#include "config/shown_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>

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

/// Where the value of the first secret property of the line begins; its end if there is none.
size_t secret_start(std::string_view line) {
  for (size_t colon = line.find(':'); colon != std::string_view::npos;
       colon = line.find(':', colon + 1)) {
    std::string_view before = line.substr(0, colon);
    while (!before.empty() && !is_name_byte(before.back())) before.remove_suffix(1);
    size_t start = before.size();
    while (start > 0 && is_name_byte(before[start - 1])) --start;
    if (is_secret_property(before.substr(start))) return colon + 1;
  }
  return line.size();
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
  if (!properties.value.complete) {
    line.clear();  // the text behind a syntax error may be anything, a secret too
  } else if (diagnostic.line <= properties.value.last_line) {
    const size_t start =
        std::min({secret_start(line), end_of_harmless(properties.value, diagnostic), line.size()});
    std::replace_if(
        line.begin() + static_cast<std::ptrdiff_t>(start), line.end(),
        [](char c) { return c != ' '; }, '*');
  }
}

}  // namespace

std::string shown_text(const YamlNode& root) {
  std::string out;
  Writer(out).write(root, 0, false);
  return out;
}

void cover_secrets(const YamlNode& root, std::vector<Diagnostic>& diagnostics) {
  const YamlNode::Entry* kafka = root.find("kafka");
  const YamlNode::Entry* properties = kafka == nullptr ? nullptr : kafka->value.find("properties");
  if (properties == nullptr) return;
  for (Diagnostic& diagnostic : diagnostics) cover(*properties, diagnostic);
}

}  // namespace kpid
