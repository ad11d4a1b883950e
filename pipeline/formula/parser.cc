#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/formula/spelling.h"
#include "pipeline/formula/syntax.h"

namespace kpid {
namespace {

/// Units that a whole number before them makes a span of.
constexpr std::array<std::pair<std::string_view, LookBack::Unit>, 6> kSpanUnits = {{
    {"window", LookBack::Unit::kWindow},
    {"day", LookBack::Unit::kDay},
    {"week", LookBack::Unit::kWeek},
    {"month", LookBack::Unit::kMonth},
    {"quarter", LookBack::Unit::kQuarter},
    {"year", LookBack::Unit::kYear},
}};

/// Units that are written right behind their number, in short.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kShortUnits = {
    {{"millisecond", "ms"}, {"second", "s"}, {"minute", "m"}, {"hour", "h"}}};

/// What stands for `word`, one or several of it.
template <class Units>
auto find_unit(const Units& units, std::string_view word) {
  if (word.ends_with('s')) word.remove_suffix(1);
  return std::find_if(units.begin(), units.end(),
                      [&](const auto& unit) { return unit.first == word; });
}

/// How strongly operators bind, weakest first.
enum Strength : int {
  kWeakest = 0,
  kOrs,
  kAnds,
  kNots,
  kComparisons,
  kSums,
  kProducts,
  kStrongest
};

int strength_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::kOr:
      return kOrs;
    case TokenKind::kAnd:
      return kAnds;
    case TokenKind::kNot:
    case TokenKind::kIn:
    case TokenKind::kStartsWith:
    case TokenKind::kEndsWith:
    case TokenKind::kContains:
    case TokenKind::kMatches:
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual:
      return kComparisons;
    case TokenKind::kPlus:
    case TokenKind::kMinus:
      return kSums;
    case TokenKind::kTimes:
    case TokenKind::kDivide:
      return kProducts;
    case TokenKind::kEnd:
    case TokenKind::kNumber:
    case TokenKind::kText:
    case TokenKind::kName:
    case TokenKind::kWhere:
    case TokenKind::kTrue:
    case TokenKind::kFalse:
    case TokenKind::kNull:
    case TokenKind::kOpen:
    case TokenKind::kClose:
    case TokenKind::kOpenList:
    case TokenKind::kCloseList:
    case TokenKind::kComma:
    case TokenKind::kDot:
    case TokenKind::kColon:
      return kWeakest;
  }
  return kWeakest;
}

/// What to write instead of a word that stands where an operator should.
std::string word_hint(std::string_view word) {
  static const std::vector<std::string> kWords = {
      "or", "and", "not", "in", "where", "starts_with", "ends_with", "contains", "matches"};
  if (word == "is") return "write '== null' or '!= null'";
  if (word == "like") return "write 'contains', 'starts_with', 'ends_with' or 'matches'";
  if (word == "between") return "write x >= 1 and x <= 2";
  return spelling_hint(word, kWords);
}

/// What to do about a token behind a complete value.
std::string operator_hint(const Token& token) {
  switch (token.kind) {
    case TokenKind::kClose:
      return "no '(' is open here";
    case TokenKind::kComma:
      return "a decimal has a point: 1.5";
    default:
      return "put one between the two values, such as + - * /";
  }
}

Place cover(Place first, Place last) { return {first.offset, last.end() - first.offset}; }

/// Operator precedence parsing. After the first mistake that hides the rest, the parser stands at
/// the end of the text and every loop runs out.
class Parser {
 public:
  Parser(std::vector<Token> tokens, std::vector<TextError>& errors)
      : tokens_(std::move(tokens)), errors_(errors) {}

  std::optional<Syntax> run() {
    if (peek().kind == TokenKind::kEnd) {
      fail(peek(), "the formula is empty", "such as count(source)");
      return std::nullopt;
    }
    Syntax formula = parse_expression(kOrs);
    if (!failed_ && peek().kind != TokenKind::kEnd) fail_unexpected("an operator");
    if (failed_) return std::nullopt;
    return formula;
  }

 private:
  const Token& peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  Token take() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
  bool accept(TokenKind kind) {
    if (peek().kind != kind) return false;
    take();
    return true;
  }

  void report(Place place, std::string text, std::string hint) {
    errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
  }

  void fail(const Token& token, std::string text, std::string hint) {
    if (!failed_) report(token.place, std::move(text), std::move(hint));
    failed_ = true;
    at_ = tokens_.size() - 1;
  }

  void fail_unexpected(const std::string& wanted) {
    const Token& token = peek();
    if (token.kind == TokenKind::kEnd) return fail(token, wanted + " is missing here", "");
    const std::string found =
        token.kind == TokenKind::kText ? std::string("a text") : "'" + token.text + "'";
    std::string hint = token.kind == TokenKind::kName ? word_hint(token.text) : std::string();
    if (hint.empty() && wanted == "an operator") hint = operator_hint(token);
    if (token.kind == TokenKind::kWhere) {
      hint = "'where' stands once, inside an aggregate: count(source where condition)";
    }
    fail(token, "expected " + wanted + ", found " + found, std::move(hint));
  }

  void fail_too_deep(Place place) {
    fail(Token{.place = place}, "the formula is nested too deeply",
         "at most " + std::to_string(kDeepestNesting) + " levels, and " +
             std::to_string(kDeepestFormula) + " operators in a chain");
  }

  static Syntax begin(Syntax::Kind kind, const Token& token) {
    Syntax node;
    node.kind = kind;
    node.place = token.place;
    node.focus = token.place;
    node.operation = token.kind;
    return node;
  }

  Syntax finish(Syntax node) {
    for (const Syntax& operand : node.operands)
      node.depth = std::max(node.depth, operand.depth + 1);
    if (node.depth > kDeepestFormula) fail_too_deep(node.focus);
    return node;
  }

  Syntax parse_expression(int weakest) {
    Syntax left = parse_prefix(weakest);
    bool compared = false;
    while (!failed_) {
      const int strength = strength_of(peek().kind);
      if (strength == kWeakest || strength < weakest) break;
      if (peek().kind == TokenKind::kNot && peek(1).kind != TokenKind::kIn) break;
      if (strength == kComparisons && compared) {
        fail(peek(), "comparisons do not chain", "join them with 'and'");
        break;
      }
      compared = strength == kComparisons;
      const bool list = peek().kind == TokenKind::kIn || peek().kind == TokenKind::kNot;
      left = list ? parse_in(std::move(left)) : parse_binary(std::move(left), strength);
    }
    return left;
  }

  Syntax parse_binary(Syntax left, int strength) {
    const Token sign = take();
    Syntax node = begin(Syntax::Kind::kBinary, sign);
    Syntax right = parse_expression(strength + 1);
    node.place = cover(left.place, right.place);
    node.operands.push_back(std::move(left));
    node.operands.push_back(std::move(right));
    return finish(std::move(node));
  }

  Syntax parse_in(Syntax value) {
    const Token first = take();
    const bool negated = first.kind == TokenKind::kNot;
    const Place sign = negated ? cover(first.place, take().place) : first.place;
    Syntax node = begin(Syntax::Kind::kIn, first);
    node.focus = sign;
    const Place start = value.place;
    node.operands.push_back(std::move(value));
    if (peek().kind != TokenKind::kOpenList) {
      fail_unexpected("a list such as ['a', 'b']");
      return node;
    }
    take();
    if (peek().kind == TokenKind::kCloseList)
      fail(peek(), "the list is empty", "name one value or more: ['a', 'b']");
    do {
      node.operands.push_back(parse_list_element());
    } while (accept(TokenKind::kComma));
    node.place = cover(start, peek().place);
    if (!failed_ && !accept(TokenKind::kCloseList)) fail_unexpected("',' or ']'");
    node = finish(std::move(node));
    if (!negated) return node;
    Syntax inverse = begin(Syntax::Kind::kNot, first);
    inverse.place = node.place;
    inverse.focus = sign;
    inverse.operands.push_back(std::move(node));
    return finish(std::move(inverse));
  }

  Syntax parse_list_element() {
    Syntax element = parse_expression(kSums);
    if (!failed_ && element.kind != Syntax::Kind::kLiteral) {
      fail(Token{.place = element.place}, "a list holds only numbers, texts and durations",
           "compare with '==' and 'or' instead");
    }
    return element;
  }

  Syntax parse_prefix(int weakest) {
    if (++nesting_ > kDeepestNesting) fail_too_deep(peek().place);
    Syntax result;
    if (peek().kind == TokenKind::kNot) {
      if (weakest > kNots) {
        fail(peek(), "'not' needs parentheses here", "write (not ...)");
      } else {
        result = parse_unary(Syntax::Kind::kNot, kNots);
      }
    } else if (peek().kind == TokenKind::kMinus) {
      result = peek(1).kind == TokenKind::kNumber ? parse_negative_number()
                                                  : parse_unary(Syntax::Kind::kNegate, kStrongest);
    } else {
      result = parse_primary();
    }
    --nesting_;
    return result;
  }

  Syntax parse_unary(Syntax::Kind kind, int strength) {
    const Token sign = take();
    Syntax node = begin(kind, sign);
    Syntax operand = parse_expression(strength);
    node.place = cover(sign.place, operand.place);
    node.operands.push_back(std::move(operand));
    return finish(std::move(node));
  }

  Syntax parse_negative_number() {
    const Token sign = take();
    Token number = take();
    number.nanos = -number.nanos;
    number.place = cover(sign.place, number.place);
    return make_number(number);
  }

  Syntax parse_primary() {
    const Token token = peek();
    switch (token.kind) {
      case TokenKind::kNumber:
        take();
        return make_number(token);
      case TokenKind::kText:
        take();
        return make_literal(token, {.type = Type::kString, .text = token.text});
      case TokenKind::kTrue:
      case TokenKind::kFalse:
        take();
        return make_literal(token,
                            {.type = Type::kBool, .integer = token.kind == TokenKind::kTrue});
      case TokenKind::kNull:
        take();
        return begin(Syntax::Kind::kNull, token);
      case TokenKind::kName:
        take();
        return peek().kind == TokenKind::kOpen ? parse_call(token) : parse_name(token);
      case TokenKind::kOpen:
        return parse_parentheses();
      default:
        fail_unexpected("a value");
        return begin(Syntax::Kind::kNull, token);
    }
  }

  Syntax make_literal(const Token& token, Literal literal) {
    Syntax node = begin(Syntax::Kind::kLiteral, token);
    node.literal = std::move(literal);
    return node;
  }

  Syntax make_number(const Token& token) {
    if (token.type == Type::kInt && peek().kind == TokenKind::kName) {
      const auto unit = find_unit(kSpanUnits, peek().text);
      if (unit != kSpanUnits.end()) return make_span(token, unit->second);
      const auto in_short = find_unit(kShortUnits, peek().text);
      if (in_short != kShortUnits.end()) {
        fail(Token{.place = cover(token.place, peek().place)},
             std::string(in_short->first) + "s are written in short",
             "write " + token.text + std::string(in_short->second));
      }
    }
    Literal literal{.type = token.type, .nanos = token.nanos};
    const Int128 whole = token.nanos / kNanosPerUnit;
    literal.integer = static_cast<int64_t>(whole);
    const bool fits = token.type == Type::kInt
                          ? literal.integer == whole
                          : token.nanos < kDecimalLimit && token.nanos > -kDecimalLimit;
    if (!fits) {
      report(token.place, "this number is out of range",
             token.type == Type::kInt ? "an int has 64 bits"
                                      : "a decimal has at most 18 digits before the point");
    }
    return make_literal(token, std::move(literal));
  }

  Syntax make_span(const Token& number, LookBack::Unit unit) {
    Syntax node = begin(Syntax::Kind::kSpan, number);
    node.place = cover(number.place, take().place);
    const Int128 amount = number.nanos / kNanosPerUnit;
    node.span = {unit, static_cast<int64_t>(amount)};
    if (node.span.amount != amount) report(number.place, "this number is out of range", "");
    return node;
  }

  Syntax parse_parentheses() {
    const Token open = take();
    Syntax inner = parse_expression(kOrs);
    inner.place = cover(open.place, peek().place);
    if (!failed_ && !accept(TokenKind::kClose)) fail_unexpected("')'");
    return inner;
  }

  Syntax parse_name(const Token& first) {
    Syntax node = begin(Syntax::Kind::kName, first);
    node.name = first.text;
    if (!accept(TokenKind::kDot)) return node;
    if (!is_word(peek().kind)) {
      fail_unexpected("the name of a field");
      return node;
    }
    const Token field = take();
    node.source = std::move(node.name);
    node.name = field.text;
    node.focus = field.place;
    node.place = cover(first.place, field.place);
    if (peek().kind == TokenKind::kDot) {
      fail(peek(), "a field is named with one prefix, its source",
           "nested keys are the 'path' of a declared field");
    }
    return node;
  }

  Syntax parse_call(const Token& name) {
    Syntax node = begin(Syntax::Kind::kCall, name);
    node.name = name.text;
    take();
    if (peek().kind != TokenKind::kClose) parse_arguments(node);
    node.place = cover(name.place, peek().place);
    if (!failed_ && !accept(TokenKind::kClose)) {
      fail_unexpected(node.has_where ? "')'" : "',' or ')'");
    }
    return finish(std::move(node));
  }

  void parse_arguments(Syntax& call) {
    do {
      call.operands.push_back(parse_argument(call.name));
    } while (accept(TokenKind::kComma));
    if (!accept(TokenKind::kWhere)) return;
    call.has_where = true;
    call.operands.push_back(parse_expression(kOrs));
  }

  /// An expression, or `by: expression` for the one function that has a named argument.
  Syntax parse_argument(const std::string& function) {
    const bool named = peek().kind == TokenKind::kName && peek(1).kind == TokenKind::kColon;
    if (!named || (function != "top_share" && peek().text != "by")) return parse_expression(kOrs);
    const Token label = take();
    take();
    if (function != "top_share" || label.text != "by") {
      report(label.place, "'" + function + "' has no argument named '" + label.text + "'",
             "only top_share has one: top_share(3, x, by: field)");
    }
    Syntax argument = parse_expression(kOrs);
    argument.label = label.text;
    return argument;
  }

  std::vector<Token> tokens_;
  std::vector<TextError>& errors_;
  size_t at_ = 0;
  size_t nesting_ = 0;
  bool failed_ = false;
};

}  // namespace

bool has_arguments(const Syntax& call, size_t least, size_t most, std::vector<TextError>& errors,
                   std::string usage) {
  const size_t count = call.argument_count();
  if (count >= least && count <= most) return true;
  std::string wanted = std::to_string(least);
  if (most != least) wanted += most == SIZE_MAX ? " or more" : " or " + std::to_string(most);
  errors.push_back({call.focus.offset, call.focus.length,
                    "'" + call.name + "' takes " + wanted + " argument" +
                        (least == 1 && most == 1 ? "" : "s") + ", not " + std::to_string(count),
                    std::move(usage)});
  return false;
}

std::optional<Syntax> parse_formula(std::string_view text, std::vector<TextError>& errors) {
  std::optional<std::vector<Token>> tokens = tokenize(text, errors);
  if (!tokens) return std::nullopt;
  return Parser(std::move(*tokens), errors).run();
}

}  // namespace kpid
