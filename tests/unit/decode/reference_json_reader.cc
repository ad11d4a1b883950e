#include "tests/unit/decode/reference_json_reader.h"

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "pipeline/decode/time_parser.h"
#include "pipeline/decode/utf8.h"
#include "pipeline/event/decimal.h"
#include "pipeline/event/reject_reason.h"

namespace kpid {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kPunctuation = "{}[],:";

/// Thrown where the text is malformed.
struct Malformed {};

/// A punctuation character, a text with its quotes, or a bare word: `kind` is the character, `"`
/// or `w`; at the end of the record `$`.
struct Token {
  char kind;
  std::string text;
};

std::vector<Token> tokens_of(const std::string& text) {
  std::vector<Token> tokens;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    if (kBlanks.find(text[i]) != std::string_view::npos) {
      i = end;
      continue;
    }
    char kind = text[i];
    if (kind == '"') {
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      if (end >= text.size()) throw Malformed{};
      ++end;
    } else if (kPunctuation.find(kind) == std::string_view::npos) {
      kind = 'w';
      end = std::min(text.find_first_of(" \t\r\n{}[],:\"", i), text.size());
    }
    tokens.push_back({kind, text.substr(i, end - i)});
    i = end;
  }
  tokens.push_back({'$', ""});
  return tokens;
}

/// The characters of a text of RFC 8259; surrogates that are alone are replaced.
std::string unquoted(const std::string& token) {
  static const std::map<char, char> escapes = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                                               {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};
  std::u32string units;  // UTF-16 units of escapes; other bytes are carried above U+10FFFF
  constexpr char32_t kByte = 0x1000000;
  for (size_t i = 1; i + 1 < token.size(); ++i) {
    const auto byte = static_cast<unsigned char>(token[i]);
    if (byte < 0x20) throw Malformed{};
    if (byte != '\\') {
      units += kByte + byte;
      continue;
    }
    const char name = token[++i];
    if (name != 'u') {
      if (!escapes.contains(name)) throw Malformed{};
      units += kByte + static_cast<unsigned char>(escapes.at(name));
      continue;
    }
    const std::string digits = token.substr(i + 1, 4);
    if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos ||
        i + 4 >= token.size() - 1) {
      throw Malformed{};
    }
    units += static_cast<char32_t>(std::stoul(digits, nullptr, 16));
    i += 4;
  }
  std::string text;
  for (size_t i = 0; i < units.size(); ++i) {
    const char32_t unit = units[i];
    const bool high = unit >= 0xD800 && unit <= 0xDBFF;
    const bool pair =
        high && i + 1 < units.size() && units[i + 1] >= 0xDC00 && units[i + 1] <= 0xDFFF;
    if (unit >= kByte) {
      text += static_cast<char>(unit - kByte);
    } else if (pair) {
      append_utf8(0x10000 + (unit - 0xD800) * 0x400 + (units[++i] - 0xDC00), text);
    } else {
      append_utf8(unit >= 0xD800 && unit <= 0xDFFF ? 0xFFFD : unit, text);
    }
  }
  return text;
}

using Path = std::vector<std::string>;

/// Reads the tokens of a record; keeps the values at the declared paths.
class Reference {
 public:
  Reference(std::set<Path> declared, std::vector<Token> tokens)
      : declared_(std::move(declared)), tokens_(std::move(tokens)) {
    read_object({});
    if (tokens_[at_].kind != '$') throw Malformed{};
  }

  /// What stands at a path: nothing, a scalar's text, or a container.
  struct Value {
    bool container = false;
    std::string text;
  };
  std::map<Path, Value> values;

 private:
  bool leads_on(const Path& path) const {
    for (const Path& wanted : declared_) {
      if (wanted.size() > path.size() && std::equal(path.begin(), path.end(), wanted.begin())) {
        return true;
      }
    }
    return false;
  }

  Token take(std::string_view kinds) {
    if (kinds.find(tokens_[at_].kind) == std::string_view::npos) throw Malformed{};
    return tokens_[at_++];
  }

  void read_object(const Path& path) {
    take("{");
    std::set<std::string> seen;
    if (tokens_[at_].kind == '}') {
      ++at_;
      return;
    }
    do {
      const std::string key = unquoted(take("\"").text);
      take(":");
      Path inner = path;
      inner.push_back(key);
      if (!seen.insert(key).second) {
        skip();
      } else if (declared_.contains(inner)) {
        read_value(inner);
      } else if (leads_on(inner) && tokens_[at_].kind == '{') {
        read_object(inner);
      } else {
        skip();
      }
    } while (take(",}").kind == ',');
  }

  void read_value(const Path& path) {
    const Token first = tokens_[at_];
    check_value();
    if (first.kind == '"') {
      values[path] = {.container = false, .text = unquoted(first.text)};
    } else if (first.text != "null") {
      values[path] = {.container = first.kind != 'w', .text = first.text};
    }
  }

  void check_value() {
    const Token first = take("{[\"w");
    if (first.kind == '"') {
      unquoted(first.text);
    } else if (first.kind == 'w') {
      int64_t unused = 0;
      const bool literal = first.text == "true" || first.text == "false" || first.text == "null";
      if (!literal && parse_int(first.text, unused) == NumberStatus::kNotANumber) throw Malformed{};
    } else {
      const char end = first.kind == '{' ? '}' : ']';
      if (tokens_[at_].kind == end) {
        ++at_;
        return;
      }
      do {
        if (end == '}') {
          unquoted(take("\"").text);
          take(":");
        }
        check_value();
      } while (take(std::string{',', end}).kind == ',');
    }
  }

  void skip() {
    int open = 0;
    do {
      const char kind = take(open == 0 ? "{[\"w" : "{}[],:\"w").kind;
      if (kind == '{' || kind == '[') ++open;
      if (kind == '}' || kind == ']') --open;
    } while (open > 0);
  }

  std::set<Path> declared_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

/// A value as `render_row` writes it; notes the reason against it.
std::string rendered(const Field& field, const std::string& text, const Limits& limits,
                     std::set<RejectReason>& reasons) {
  const auto number = [&](NumberStatus status, const std::string& good) {
    if (status == NumberStatus::kOk) return good;
    reasons.insert(status == NumberStatus::kOutOfRange ? RejectReason::kOutOfRange
                                                       : RejectReason::kWrongType);
    return std::string();
  };
  int64_t integer = 0;
  Decimal decimal;
  EventTime time;
  switch (field.type) {
    case Type::kString: {
      size_t size = std::min<size_t>(text.size(), limits.string_bytes);
      while (!valid_utf8(text.substr(0, size))) --size;
      return text.substr(0, size);
    }
    case Type::kInt: {
      const NumberStatus status = parse_int(text, integer);
      return number(status, std::to_string(integer));
    }
    case Type::kDecimal: {
      const NumberStatus status = parse_decimal(text, decimal);
      return number(status, format_decimal(decimal));
    }
    case Type::kBool:
      if (text != "true" && text != "false") reasons.insert(RejectReason::kWrongType);
      return text;
    case Type::kTime: {
      const TimeStatus status = TimeParser(field.time_format).parse(text, time);
      if (status == TimeStatus::kUnreadable) reasons.insert(RejectReason::kWrongType);
      if (status == TimeStatus::kOutOfRange) reasons.insert(RejectReason::kOutOfRange);
      return format_rfc3339(time);
    }
    case Type::kDuration:
      break;
  }
  return {};
}

std::string judge(const SourceDefinition& source, const Limits& limits,
                  const std::map<Path, Reference::Value>& values) {
  std::set<RejectReason> reasons;
  std::string text;
  EventTime time;
  if (!values.contains(source.time_path)) {
    reasons.insert(RejectReason::kTimeMissing);
  } else if (values.at(source.time_path).container) {
    reasons.insert(RejectReason::kWrongType);
  } else {
    const std::string& time_text = values.at(source.time_path).text;
    const TimeStatus status = TimeParser(source.time_format).parse(time_text, time);
    if (status == TimeStatus::kUnreadable) {
      reasons.insert(RejectReason::kWrongType);
    } else if (status == TimeStatus::kOutOfRange || time < kEarliestEventTime ||
               time >= kEndOfEventTime) {
      reasons.insert(RejectReason::kTimeOutOfRange);
    }
  }
  for (const Field& field : source.fields) {
    if (!values.contains(field.path)) continue;
    const Reference::Value& value = values.at(field.path);
    if (value.container) {
      reasons.insert(RejectReason::kWrongType);
    } else {
      text += " " + field.name + "=" + rendered(field, value.text, limits, reasons);
    }
  }
  if (!reasons.empty()) return std::string(name_of(*reasons.begin()));
  return std::to_string(time.time_since_epoch().count()) + text;
}

}  // namespace

std::string decode_by_reference(const SourceDefinition& source, const Limits& limits,
                                std::string_view bytes) {
  if (bytes.size() > limits.record_bytes) return "too_large";
  std::string text;
  repair_utf8(bytes, text);
  std::set<Path> declared = {source.time_path};
  for (const Field& field : source.fields) declared.insert(field.path);
  try {
    return judge(source, limits, Reference(declared, tokens_of(text)).values);
  } catch (const Malformed&) {
    return "malformed";
  }
}

}  // namespace kpid
