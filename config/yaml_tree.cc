#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include "config/git_conflict.h"
#include "config/indentation.h"
#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

/// Ends the parse: the rest of the document cannot be judged.
struct Refusal {
  Diagnostic diagnostic;
};

ConfigPlace place_at(const ConfigText& text, size_t offset) {
  const auto next = std::upper_bound(text.line_starts.begin(), text.line_starts.end(), offset);
  const auto line = static_cast<size_t>(next - text.line_starts.begin());
  return {&text, line, offset - text.line_starts[line - 1] + 1, 1};
}

/// Builds the tree from the parser's events, so that nothing is expanded or thrown away before it
/// was judged.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const ConfigText& text, YamlDocument& document) : text_(text), document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    if (auto mistake = indentation_mistake(text_, place(mark).line)) throw Refusal{*mistake};
    refuse(mark, "a further document", "a file is one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add(make(YamlNode::Kind::kNull, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    mistake(place(mark), "aliases are not supported", "write the value out");
    leave_gap();
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    check_tag(mark, tag);
    YamlNode node = make(YamlNode::Kind::kScalar, mark);
    node.scalar = value;
    node.quoted = tag == "!";
    if (node.quoted) last_quoted_ = node.place;
    locate(node);
    refuse_swallowed_entry(node);
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kSequence, mark, tag);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMapping, mark, tag);
  }
  void OnMapEnd() override { close(); }

  /// Puts what is still open into the tree. The last of it may only look finished: whatever the
  /// syntax error broke lies there, so it is marked as incomplete too.
  void cut_off() {
    while (!open_.empty()) take_innermost();
    document_.has_gaps = true;
    YamlNode* last = &document_.root;
    while (last != nullptr) {
      last->complete = false;
      YamlNode* next = nullptr;
      if (!last->entries.empty()) next = &last->entries.back().value;
      if (!last->items.empty()) next = &last->items.back();
      last = next;
    }
  }

  /// The library takes the end of the file for a closing quote; here it is a mistake.
  void check_last_quote() const {
    if (!last_quoted_) return;
    const size_t start = text_.line_starts[last_quoted_->line - 1] + last_quoted_->column - 1;
    const std::string_view rest = std::string_view(text_.text).substr(start);
    const char quote = rest.empty() ? '\0' : rest[0];
    if (quote != '\'' && quote != '"') return;
    const char escape = quote == '"' ? '\\' : '\'';
    size_t at = 1;
    while (at < rest.size()) {
      const bool escaped =
          rest[at] == escape && at + 1 < rest.size() && (escape == '\\' || rest[at + 1] == quote);
      if (!escaped && rest[at] == quote) break;
      at += escaped ? 2 : 1;
    }
    if (at < rest.size()) return;
    throw Refusal{diagnostic_at(*last_quoted_, "YAML: this quote is not closed", "")};
  }

  ConfigPlace place(const YAML::Mark& mark) const {
    if (mark.is_null()) return place_at(text_, text_.text.size());
    return {&text_, static_cast<size_t>(mark.line) + 1, static_cast<size_t>(mark.column) + 1, 1};
  }

 private:
  /// A sequence or mapping whose end has not come yet, and the key that waits for its value.
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;
    std::unordered_map<std::string, size_t> lines;  ///< of the keys so far
    bool has_gaps = false;
  };

  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.place = place(mark);
    latest_line_ = std::max(latest_line_, node.place.line);
    node.complete = true;
    return node;
  }

  void mistake(const ConfigPlace& where, std::string text, std::string hint) {
    document_.mistakes.push_back(diagnostic_at(where, std::move(text), std::move(hint)));
  }

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string text, std::string hint) const {
    throw Refusal{diagnostic_at(place(mark), std::move(text), std::move(hint))};
  }

  /// An entry of a list that goes on over several lines, the next of which looks like an entry.
  void refuse_swallowed_entry(YamlNode& node) {
    const bool is_entry = !open_.empty() && open_.back().node.kind == YamlNode::Kind::kSequence;
    if (!is_entry || node.quoted || !node.columns.empty()) return;
    if (auto mistake = swallowed_entry(text_, node.place.line)) {
      document_.mistakes.push_back(std::move(*mistake));
      node.complete = false;
    }
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    mistake(place(mark), "tags are not supported", "leave the tag out");
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    if (open_.size() == kConfigDepthMax) {
      refuse(mark, fmt::format("nested deeper than {} levels", kConfigDepthMax), "");
    }
    check_tag(mark, tag);
    open_.push_back({make(kind, mark), std::nullopt, {}, false});
    open_.back().node.complete = false;
  }

  void close() {
    open_.back().node.complete = !open_.back().has_gaps;
    take_innermost();
  }

  void take_innermost() {
    Open innermost = std::move(open_.back());
    open_.pop_back();
    innermost.node.last_line = latest_line_;
    // A key whose value never came is left out: nobody can say what it would have been.
    add(std::move(innermost.node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      add_entry(parent, std::move(node));
    }
  }

  /// Leaves out a value that cannot be known, and its key with it.
  void leave_gap() {
    document_.has_gaps = true;
    if (open_.empty()) return;
    open_.back().has_gaps = true;
    open_.back().key.reset();
  }

  void add_entry(Open& parent, YamlNode value) {
    YamlNode key = std::move(*parent.key);
    parent.key.reset();
    if (key.kind != YamlNode::Kind::kScalar) {
      mistake(key.place, "a key must be text", "");
    } else if (const auto [first, added] = parent.lines.emplace(key.scalar, key.place.line);
               !added) {
      mistake(key.place, fmt::format("duplicate key '{}'", key.scalar),
              fmt::format("the first is in line {}", first->second));
    } else {
      parent.node.entries.push_back({std::move(key), std::move(value)});
    }
  }

  /// Finds the bytes of a scalar in its line, if it is on one line and has no escapes.
  void locate(YamlNode& node) const {
    const size_t line_start =
        text_.line_starts[std::min(node.place.line, text_.line_starts.size()) - 1];
    const size_t start = line_start + node.place.column - 1;
    if (start >= text_.text.size()) return;
    const std::string_view rest = std::string_view(text_.text).substr(start);
    const bool single_quoted = node.quoted && rest.starts_with('\'');
    const bool double_quoted = node.quoted && rest.starts_with('"');
    if (node.quoted && !single_quoted && !double_quoted) return;
    size_t at = node.quoted ? 1 : 0;
    for (const char c : node.scalar) {
      if (at >= rest.size() || rest[at] != c || c == '\n' || (double_quoted && c == '\\')) {
        node.columns.clear();
        return;
      }
      node.columns.push_back(static_cast<uint32_t>(node.place.column + at));
      at += single_quoted && c == '\'' ? 2 : 1;
    }
    node.place.length = std::max<size_t>(node.quoted ? at + 1 : at, 1);
  }

  const ConfigText& text_;
  YamlDocument& document_;
  std::vector<Open> open_;
  int documents_ = 0;
  size_t latest_line_ = 1;
  std::optional<ConfigPlace> last_quoted_;
};

/// Reads from memory that is not ours, without a copy.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // std::streambuf's get area is not const
    setg(begin, begin, begin + text.size());
  }
};

/// The first byte that a configuration may not have: outside UTF-8, or a control character.
std::optional<Diagnostic> check_bytes(const ConfigText& text) {
  if (text.text.size() > kConfigBytesMax) {
    return diagnostic_at({&text, 1, 1, 1}, "the file is larger than 1 MiB");
  }
  if (!valid_utf8(text.text)) {
    std::string repaired;
    repair_utf8(text.text, repaired);
    const auto [bad, repair] =
        std::mismatch(text.text.begin(), text.text.end(), repaired.begin(), repaired.end());
    Diagnostic problem = diagnostic_at(place_at(text, static_cast<size_t>(bad - text.text.begin())),
                                       "not valid UTF-8", "save the file as UTF-8");
    repair_utf8(std::string(problem.line_text), problem.line_text);
    return problem;
  }
  const auto control = std::find_if(text.text.begin(), text.text.end(), [&](const char& c) {
    if (c == '\n' || c == '\t') return false;
    if (c == '\r') return &c == &text.text.back() || *(&c + 1) != '\n';  // no end of a line alone
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control == text.text.end()) return std::nullopt;
  const auto offset = static_cast<size_t>(control - text.text.begin());
  return diagnostic_at(place_at(text, offset), "a control character");
}

/// Whether a formula stands in the line, or begins in the one before it and goes on.
bool has_formula(const ConfigText& text, size_t line) {
  const auto names_one = [&](size_t number) {
    const std::string_view found = text.line(number);
    return found.find("formula:") != std::string_view::npos ||
           found.find("rank_by:") != std::string_view::npos;
  };
  return names_one(line) || (line > 1 && names_one(line - 1));
}

/// A tab in a line that has nothing but blanks and a remark: the library refuses it too.
std::optional<Diagnostic> tab_mistake(const ConfigText& text, size_t line) {
  const std::string_view found = text.line(line);
  const size_t begins = std::min(found.find_first_not_of(" \t"), found.size());
  const size_t tab = found.substr(0, begins).find('\t');
  if (tab == std::string_view::npos || (begins < found.size() && found[begins] != '#')) {
    return std::nullopt;
  }
  return diagnostic_at({&text, line, tab + 1, 1}, "YAML: a tab in the indentation",
                       "remove the tab");
}

void parse_events(const ConfigText& text, YamlDocument& document) {
  ViewBuffer buffer(text.text);
  std::istream stream(&buffer);
  TreeBuilder builder(text, document);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    builder.check_last_quote();
  } catch (const Refusal& refusal) {
    document.mistakes.push_back(
        git_conflict(text, refusal.diagnostic.line).value_or(refusal.diagnostic));
    document.cut_off = true;
  } catch (const YAML::Exception& error) {
    const ConfigPlace place = builder.place(error.mark);
    std::optional<Diagnostic> mistake = git_conflict(text, place.line);
    if (!mistake) mistake = indentation_mistake(text, place.line);
    if (!mistake && error.msg == YAML::ErrorMsg::TAB_IN_INDENTATION) {
      mistake = tab_mistake(text, place.line);
    }
    document.mistakes.push_back(
        mistake.value_or(diagnostic_at(place, fmt::format("YAML: {}", error.msg),
                                       has_formula(text, place.line) ? "quote the formula" : "")));
    document.cut_off = true;
  }
  if (document.cut_off) builder.cut_off();
}

}  // namespace

const YamlNode::Entry* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key.scalar == key; });
  return found == entries.end() ? nullptr : &*found;
}

ConfigPlace YamlNode::place_of(size_t offset, size_t length) const {
  ConfigPlace found = place;
  if (columns.empty()) {
    found.length = 1;
    return found;
  }
  // A mistake at the end of the text has its caret just behind the last byte.
  found.column = offset < columns.size() ? columns[offset] : columns.back() + 1;
  const size_t last = std::min(offset + std::max<size_t>(length, 1), columns.size());
  found.length = last > offset ? columns[last - 1] + 1 - found.column : 1;
  return found;
}

YamlDocument parse_yaml(const ConfigText& text) {
  YamlDocument document;
  document.root.place = {&text, 1, 1, 1};
  document.root.complete = true;
  if (std::optional<Diagnostic> problem = check_bytes(text)) {
    document.mistakes.push_back(std::move(*problem));
    document.cut_off = true;
    return document;
  }
  parse_events(text, document);
  return document;
}

}  // namespace kpid
