#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "pipeline/decode/utf8.h"
#include "pipeline/formula/token.h"

namespace kpid {
namespace {

constexpr std::array<std::pair<std::string_view, TokenKind>, 12> kKeywords = {{
    {"or", TokenKind::kOr},
    {"and", TokenKind::kAnd},
    {"not", TokenKind::kNot},
    {"in", TokenKind::kIn},
    {"where", TokenKind::kWhere},
    {"true", TokenKind::kTrue},
    {"false", TokenKind::kFalse},
    {"null", TokenKind::kNull},
    {"starts_with", TokenKind::kStartsWith},
    {"ends_with", TokenKind::kEndsWith},
    {"contains", TokenKind::kContains},
    {"matches", TokenKind::kMatches},
}};

/// Longer signs stand before those that they begin with.
constexpr std::array<std::pair<std::string_view, TokenKind>, 17> kSigns = {{
    {"==", TokenKind::kEqual},
    {"!=", TokenKind::kNotEqual},
    {"<=", TokenKind::kLessEqual},
    {"<", TokenKind::kLess},
    {">=", TokenKind::kGreaterEqual},
    {">", TokenKind::kGreater},
    {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},
    {"*", TokenKind::kTimes},
    {"/", TokenKind::kDivide},
    {"(", TokenKind::kOpen},
    {")", TokenKind::kClose},
    {"[", TokenKind::kOpenList},
    {"]", TokenKind::kCloseList},
    {",", TokenKind::kComma},
    {".", TokenKind::kDot},
    {":", TokenKind::kColon},
}};

/// Signs of other languages: what to write instead, and the token they are taken for.
struct ForeignSign {
  std::string_view sign;
  std::string_view instead;
  TokenKind kind;
};
constexpr std::array<ForeignSign, 6> kForeignSigns = {{
    {"<>", "!=", TokenKind::kNotEqual},
    {"&&", "and", TokenKind::kAnd},
    {"||", "or", TokenKind::kOr},
    {"!~", "not ... matches", TokenKind::kMatches},
    {"=~", "matches", TokenKind::kMatches},
    {"!", "not", TokenKind::kNot},
}};

/// Nanoseconds of one of each unit.
constexpr std::array<std::pair<std::string_view, int64_t>, 5> kUnits = {{
    {"ms", kNanosPerUnit / 1000},
    {"s", kNanosPerUnit},
    {"m", kNanosPerUnit * 60},
    {"h", kNanosPerUnit * 3600},
    {"d", kNanosPerUnit * 86400},
}};

/// As many as |x| < 10^19 has; what of it passes its type is judged where the type is known.
constexpr size_t kMostWholeDigits = 19;
constexpr size_t kMostFractionalDigits = 9;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Length of the UTF-8 sequence that begins with `lead`, 1 for what begins none.
size_t sequence_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<TextError>& errors) : text_(text), errors_(errors) {}

  std::optional<std::vector<Token>> run() {
    while (true) {
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      read_token();
    }
    add(TokenKind::kEnd, {text_.size(), 1});
    if (broken_) return std::nullopt;
    return std::move(tokens_);
  }

 private:
  void read_token() {
    const char c = text_[at_];
    if (is_letter(c)) return read_word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !after_word())) return read_number();
    if (c == '\'' || c == '"') return read_text(c);
    if (read_foreign_sign() || read_sign()) return;
    reject_character();
  }

  char peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool after_word() const {
    return !tokens_.empty() && is_word(tokens_.back().kind) && tokens_.back().place.end() == at_;
  }

  Token& add(TokenKind kind, Place place) {
    tokens_.push_back(Token{.kind = kind,
                            .place = place,
                            .text = std::string(text_.substr(place.offset, place.length))});
    return tokens_.back();
  }

  void report(Place place, std::string text, std::string hint) {
    errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
  }

  void read_word() {
    const size_t start = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    TokenKind kind = TokenKind::kName;
    for (const auto& [keyword, keyword_kind] : kKeywords) {
      if (word == keyword) kind = keyword_kind;
    }
    add(kind, {start, word.size()});
  }

  void read_text(char quote) {
    const size_t start = at_++;
    std::string value;
    while (at_ < text_.size()) {
      if (text_[at_] != quote) {
        value += text_[at_++];
      } else if (peek(1) == quote) {
        value += quote;
        at_ += 2;
      } else {
        ++at_;
        add(TokenKind::kText, {start, at_ - start}).text = std::move(value);
        return;
      }
    }
    broken_ = true;
    report({start, 1}, "this text has no end", std::string("close it with ") + quote);
  }

  void read_number() {
    const size_t start = at_;
    const std::string_view whole = read_digits();
    std::string_view fraction;
    bool has_point = false;
    if (peek(0) == '.') {
      has_point = true;
      ++at_;
      fraction = read_digits();
    }
    const bool malformed = whole.empty() || (has_point && fraction.empty());
    const size_t unit_start = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view unit = text_.substr(unit_start, at_ - unit_start);
    const bool percent = unit.empty() && peek(0) == '%';
    if (percent) ++at_;
    const Place place{start, at_ - start};
    Token& token = add(TokenKind::kNumber, place);
    token.type = has_point ? Type::kDecimal : Type::kInt;
    if (malformed) {
      report(place, "a number needs digits on both sides of its point", "such as 0.5");
    } else if (whole.size() > kMostWholeDigits || fraction.size() > kMostFractionalDigits) {
      report(place, "this number has too many digits",
             "at most 18 before the point and 9 behind it");
    } else {
      token.nanos = magnitude(whole, fraction);
      if (percent) apply_percent(token);
      if (!unit.empty()) apply_unit(token, unit, has_point);
    }
  }

  std::string_view read_digits() {
    const size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  static Int128 magnitude(std::string_view whole, std::string_view fraction) {
    Int128 value = 0;
    for (const char digit : whole) value = value * 10 + (digit - '0');
    for (size_t i = 0; i < kMostFractionalDigits; ++i) {
      value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    }
    return value;
  }

  void apply_percent(Token& token) {
    if (token.nanos % 100 != 0) {
      report(token.place, "this number has too many digits",
             "at most 7 behind the point of a percentage");
    }
    token.nanos /= 100;
    token.type = Type::kDecimal;
  }

  void apply_unit(Token& token, std::string_view unit, bool has_point) {
    for (const auto& [name, nanos] : kUnits) {
      if (unit != name) continue;
      token.type = Type::kDuration;
      if (has_point) {
        report(token.place, "a duration is a whole number with a unit", "such as 1500ms or 90m");
      } else if (token.nanos / kNanosPerUnit >= kDecimalLimit / nanos) {
        report(token.place, "this duration is too long", "");
      } else {
        token.nanos = token.nanos / kNanosPerUnit * nanos;
      }
      return;
    }
    report(
        token.place, "'" + token.text + "' is neither a number nor a duration",
        "numbers are plain digits as in 12.5 or 3%; durations are as in 200ms, 30s, 10m, 1h, 7d");
  }

  bool read_foreign_sign() {
    for (const ForeignSign& foreign : kForeignSigns) {
      if (!text_.substr(at_).starts_with(foreign.sign)) continue;
      if (foreign.sign == "!" && peek(1) == '=') continue;
      const Place place{at_, foreign.sign.size()};
      report(place, "'" + std::string(foreign.sign) + "' is not an operator",
             "write '" + std::string(foreign.instead) + "'");
      add(foreign.kind, place);
      at_ += foreign.sign.size();
      return true;
    }
    return false;
  }

  bool read_sign() {
    for (const auto& [sign, kind] : kSigns) {
      if (!text_.substr(at_).starts_with(sign)) continue;
      add(kind, {at_, sign.size()});
      at_ += sign.size();
      return true;
    }
    if (text_[at_] != '=') return false;
    report({at_, 1}, "a single '=' compares nothing", "write '=='");
    add(TokenKind::kEqual, {at_, 1});
    ++at_;
    return true;
  }

  void reject_character() {
    broken_ = true;
    const size_t length = std::min(sequence_length(text_[at_]), text_.size() - at_);
    const std::string_view character = text_.substr(at_, length);
    std::string hint;
    if (character == "%") hint = "a percentage is a number with '%' right behind it, such as 3%";
    if (character == "\u2018" || character == "\u2019" || character == "\u201C" ||
        character == "\u201D") {
      hint = "quote text with ' or \"";
    }
    const std::string_view false_blank = false_blank_name(character);
    if (!false_blank.empty()) {
      report({at_, length}, "unexpected character: " + std::string(false_blank),
             "write a blank, or nothing");
      at_ += length;
      return;
    }
    const auto byte = static_cast<unsigned char>(character[0]);
    const bool printable = byte >= 0x20 && byte != 0x7F && (byte < 0x80 || length > 1);
    report({at_, length},
           printable ? "unexpected character '" + std::string(character) + "'"
                     : std::string("unexpected character"),
           std::move(hint));
    at_ += length;
  }

  std::string_view text_;
  std::vector<TextError>& errors_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
  bool broken_ = false;
};

}  // namespace

std::optional<std::vector<Token>> tokenize(std::string_view text, std::vector<TextError>& errors) {
  return Lexer(text, errors).run();
}

bool is_word(TokenKind kind) { return kind >= TokenKind::kName && kind <= TokenKind::kMatches; }

}  // namespace kpid
