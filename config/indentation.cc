#include "config/indentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/yaml_tree.h"
#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

constexpr std::string_view kBlanks = " \t";

/// What no key of a configuration has in it, unless it is quoted.
constexpr std::string_view kNoKeyBytes = " \t'\"[]{}(),#";

/// More of a name is not repeated.
constexpr size_t kNameBytesMax = 40;

bool is_one_of(char c, std::string_view bytes) { return bytes.find(c) != std::string_view::npos; }

/// From the first byte on that is no blank.
std::string_view unindented(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

/// The bytes of the key that the text begins with, quotes included; 0 where it begins with none.
size_t key_length(std::string_view text) {
  size_t end = 0;
  if (text.starts_with('\'') || text.starts_with('"')) {
    end = std::min(text.find(text[0], 1), text.size() - 1) + 1;
  } else {
    const auto ends_here = [&](size_t at) {
      return text[at] == ':' && (at + 1 == text.size() || is_one_of(text[at + 1], kBlanks));
    };
    while (end < text.size() && !is_one_of(text[end], kNoKeyBytes) && !ends_here(end)) ++end;
  }
  return end < text.size() && text[end] == ':' ? end : 0;
}

bool begins_entry(std::string_view text) { return text == "-" || text.starts_with("- "); }

/// Follows a value in quotes or brackets to where the last of them closes.
class Enclosure {
 public:
  bool open() const { return quote_ != '\0' || depth_ > 0; }

  void read(std::string_view text) {
    for (size_t at = 0; at < text.size(); ++at) {
      const char c = text[at];
      if (quote_ != '\0') {
        if (quote_ == '"' && c == '\\') ++at;
        if (c == quote_) quote_ = '\0';
        continue;
      }
      if (c == '#' && (at == 0 || is_one_of(text[at - 1], kBlanks))) return;
      const bool value_may_begin = !open() ? at == 0 : is_one_of(before_, "[{,:");
      if (is_one_of(c, "'\"") && value_may_begin) quote_ = c;
      if (is_one_of(c, "[{") && (depth_ > 0 || at == 0)) ++depth_;
      if (is_one_of(c, "]}") && depth_ > 0) --depth_;
      if (!is_one_of(c, kBlanks)) before_ = c;
    }
  }

 private:
  char quote_ = '\0';
  size_t depth_ = 0;
  char before_ = '\0';  ///< the last byte outside of quotes that was no blank
};

/// A key, or an entry of a list, that lines below may belong to.
struct Begun {
  size_t line = 0;
  size_t blanks = 0;  ///< before it
  bool is_entry = false;
  std::string_view name;  ///< of a key; empty for an entry, and for text that is no key
  size_t value_line = 0;  ///< where a value begins that can have nothing below it; 0: none does
  bool has_block_text = false;  ///< the value, behind '|' or '>'
  bool has_plain_text = false;  ///< the value, without quotes or brackets
};

std::string shown(std::string_view name) {
  const std::string_view kept = cut_at_code_point(name, kNameBytesMax);
  return fmt::format("'{}{}'", kept, kept.size() < name.size() ? "..." : "");
}

/// Without the text of an entry or of a value, which may be a secret.
std::string unnamed(const Begun& begun) {
  return fmt::format("the {} in line {}", begun.is_entry ? "entry" : "text", begun.line);
}

std::string shown(const Begun& begun) {
  if (begun.name.empty()) return unnamed(begun);
  return fmt::format("{} (line {}, {} blank{})", shown(begun.name), begun.line, begun.blanks,
                     begun.blanks == 1 ? "" : "s");
}

/// The keys and entries that are open, line by line.
class BlockStructure {
 public:
  explicit BlockStructure(const ConfigText& text) : text_(text) {}

  /// What is wrong with where the next line begins.
  std::optional<Diagnostic> take(size_t number) {
    const std::string_view line = text_.line(number);
    const std::string_view words = unindented(line);
    const size_t blanks = line.size() - words.size();
    if (words.empty()) return std::nullopt;
    if (enclosure_.open()) {
      enclosure_.read(words);
      return std::nullopt;
    }
    if (goes_on_with_text(blanks)) return std::nullopt;
    if (words.starts_with('#')) return std::nullopt;
    if (line.starts_with("---") || line.starts_with("...")) {
      open_.clear();
      return std::nullopt;
    }
    if (const size_t tab = line.substr(0, blanks).find('\t'); tab != std::string_view::npos) {
      return diagnostic_at({&text_, number, tab + 1, 1}, "YAML: a tab in the indentation",
                           "indent with blanks");
    }
    if (key_length(words) > 0 || begins_entry(words)) return take_begun(number, blanks, words);
    take_text(number, blanks, words);
    return std::nullopt;
  }

  /// The first line that is neither a key nor an entry, nor more of a value. A reader takes it for
  /// text, and stumbles below it only.
  const std::optional<Diagnostic>& stray_text() const { return stray_text_; }

 private:
  /// Lines of a text behind '|' or '>' are indented like its first or deeper.
  bool goes_on_with_text(size_t blanks) {
    if (!in_block_text_) return false;
    if (block_text_blanks_ == 0 && blanks > open_.back().blanks) block_text_blanks_ = blanks;
    in_block_text_ = block_text_blanks_ != 0 && blanks >= block_text_blanks_;
    return in_block_text_;
  }

  std::optional<Diagnostic> take_begun(size_t number, size_t blanks, std::string_view words) {
    const Begun begun = begun_of(number, blanks, words);
    const bool deeper = !open_.empty() && open_.back().blanks < blanks;
    if (deeper && open_.back().value_line != 0) {
      if (begun.is_entry && open_.back().has_block_text) {
        return shallower_text(number, blanks, words);
      }
      if (begun.is_entry) return std::nullopt;  // the text above goes on with a dash
      return below_a_value(begun);
    }
    std::optional<Begun> left;  // the outermost of those that end here
    while (!open_.empty() && open_.back().blanks > blanks) {
      left = open_.back();
      open_.pop_back();
    }
    const bool fits = !open_.empty() && open_.back().blanks == blanks;
    const bool second_list = fits && begun.is_entry && !open_.back().is_entry;
    if (left && (!fits || second_list)) return between(begun, *left);
    if (!deeper && !open_.empty()) {
      if (std::optional<Diagnostic> mistake = take_place(begun)) return mistake;
    }
    begin(begun, words);
    return std::nullopt;
  }

  /// Ends what is open in its column. The entries of a key's list may begin where the key does.
  std::optional<Diagnostic> take_place(const Begun& begun) {
    const Begun above = open_.back();
    if (begun.is_entry && !above.is_entry) {
      if (above.value_line == 0) return std::nullopt;
      std::string hint = "put every entry on a line of its own, behind '- '";
      if (above.has_plain_text) {
        hint = fmt::format("indent it deeper than {} if it is more of its text; otherwise {}",
                           shown(above.name), hint);
      }
      return at(begun,
                fmt::format("YAML: indented like {}, which is no entry of a list", shown(above)),
                std::move(hint));
    }
    open_.pop_back();
    if (begun.is_entry || !above.is_entry) return std::nullopt;
    if (open_.empty() || open_.back().blanks < begun.blanks) {
      return at(
          begun, "YAML: indented like the entries of a list",
          open_.empty() ? "" : fmt::format("begin it in the column of {}", shown(open_.back())));
    }
    open_.pop_back();
    return std::nullopt;
  }

  static Begun begun_of(size_t number, size_t blanks, std::string_view words) {
    const size_t length = key_length(words);
    return {
        .line = number, .blanks = blanks, .is_entry = length == 0, .name = words.substr(0, length)};
  }

  /// Opens it, and what begins behind it in the same line.
  void begin(Begun begun, std::string_view words) {
    const size_t length = begun.is_entry ? 1 : begun.name.size() + 1;
    const std::string_view value = unindented(words.substr(length));
    open_.push_back(begun);
    const bool more_begins = key_length(value) > 0 || begins_entry(value);
    if (begun.is_entry && more_begins && open_.size() < kConfigDepthMax) {
      const size_t blanks = begun.blanks + words.size() - value.size();
      begin(begun_of(begun.line, blanks, value), value);
    } else if (!value.empty() && !value.starts_with('#')) {
      begin_value(begun.line, value);
    }
  }

  void begin_value(size_t number, std::string_view value) {
    open_.back().value_line = number;
    open_.back().has_block_text = in_block_text_ = is_one_of(value[0], "|>");
    block_text_blanks_ = 0;
    open_.back().has_plain_text = !is_one_of(value[0], "|>'\"[{");
    if (is_one_of(value[0], "'\"[{")) enclosure_.read(value);
  }

  void take_text(size_t number, size_t blanks, std::string_view words) {
    if (open_.empty()) {
      open_.push_back({.line = number, .blanks = blanks, .name = {}, .value_line = number});
    } else if (open_.back().blanks >= blanks) {
      if (!stray_text_) stray_text_ = no_key(number, blanks, words);
    } else if (open_.back().value_line == 0) {
      begin_value(number, words);
    } else if (open_.back().has_block_text) {
      if (stray_text_) return;
      stray_text_ = shallower_text(number, blanks, words);
    }
  }

  /// Below a text behind '|' or '>'.
  Diagnostic shallower_text(size_t number, size_t blanks, std::string_view words) const {
    return diagnostic_at({&text_, number, blanks + 1, words.size()},
                         "YAML: indented less than the text it belongs to",
                         fmt::format("indent the lines below {} alike", shown(open_.back())));
  }

  Diagnostic no_key(size_t number, size_t blanks, std::string_view words) const {
    std::string hint = "put a blank behind the ':'";
    if (!is_one_of(':', words)) {
      hint = "a key ends in ':'";
      const Begun& above = open_.back();
      if (above.line < number && above.blanks >= blanks) {
        hint += fmt::format("; what belongs to {} is indented deeper", shown(above));
      }
    }
    return diagnostic_at({&text_, number, blanks + 1, words.size()},
                         "YAML: neither a key nor an entry of a list", std::move(hint));
  }

  Diagnostic below_a_value(const Begun& begun) const {
    const Begun& above = open_.back();
    const std::string_view line = text_.line(above.value_line);
    const std::string_view value = unindented(line);
    const size_t value_blanks = line.size() - value.size();
    const bool is_one_word = value.find_first_of(kBlanks) == std::string_view::npos;
    const bool begins_alike = above.value_line != above.line && value_blanks == begun.blanks;
    if ((is_one_word || begins_alike) && key_length(value) == 0) {
      return no_key(above.value_line, value_blanks, value);
    }
    const std::string owner = above.name.empty()
                                  ? unnamed(above)
                                  : fmt::format("{} in line {}", shown(above.name), above.line);
    return at(begun, fmt::format("YAML: indented deeper than {}, which has a value", owner),
              "begin both in one column");
  }

  /// `left` and what is still open are what it could belong beside.
  Diagnostic between(const Begun& begun, const Begun& left) const {
    std::string hint = fmt::format("begin it in the column of {}", shown(left));
    if (!open_.empty() && left.is_entry && !begun.is_entry) {
      hint = fmt::format("begin it and {} in one column", shown(open_.back()));
    } else if (!open_.empty() && !begun.is_entry) {
      hint += fmt::format(" or of {}", shown(open_.back()));
    }
    return at(begun, "YAML: the indentation fits no line above", std::move(hint));
  }

  Diagnostic at(const Begun& begun, std::string text, std::string hint) const {
    const size_t length = begun.is_entry ? 1 : begun.name.size();
    return diagnostic_at({&text_, begun.line, begun.blanks + 1, length}, std::move(text),
                         std::move(hint));
  }

  const ConfigText& text_;
  std::vector<Begun> open_;  ///< from the outermost in
  Enclosure enclosure_;
  bool in_block_text_ = false;    ///< behind '|' or '>'
  size_t block_text_blanks_ = 0;  ///< before its first line; 0: not known yet
  std::optional<Diagnostic> stray_text_;
};

}  // namespace

std::optional<Diagnostic> indentation_mistake(const ConfigText& text, size_t line) {
  BlockStructure structure(text);
  std::optional<Diagnostic> mistake;
  for (size_t number = 1; number <= line; ++number) {
    // What a reader went beyond is no mistake: it knows more of YAML.
    if (mistake) return std::nullopt;
    mistake = structure.take(number);
    if (structure.stray_text()) return structure.stray_text();
  }
  return mistake;
}

std::optional<Diagnostic> swallowed_entry(const ConfigText& text, size_t line) {
  const std::string_view below = text.line(line + 1);
  const std::string_view words = unindented(below);
  if (!begins_entry(words) || !begins_entry(unindented(text.line(line)))) return std::nullopt;
  const size_t blanks = text.line(line).find('-');
  return diagnostic_at({&text, line + 1, below.size() - words.size() + 1, 1},
                       "YAML: indented deeper than the entry of the list above it",
                       fmt::format("begin both in one column, with {} blanks before them", blanks));
}

}  // namespace kpid
