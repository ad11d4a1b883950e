#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/decimal.h"
#include "pipeline/event/source_definition.h"
#include "pipeline/result.h"

namespace kpid {

enum class TokenKind : uint8_t {
  kEnd,
  kNumber,  ///< `value` is its magnitude
  kText,
  kName,
  kOr,
  kAnd,
  kNot,
  kIn,
  kWhere,
  kTrue,
  kFalse,
  kNull,
  kStartsWith,
  kEndsWith,
  kContains,
  kMatches,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kPlus,
  kMinus,
  kTimes,
  kDivide,
  kOpen,
  kClose,
  kOpenList,
  kCloseList,
  kComma,
  kDot,
  kColon,
};

/// A stretch of the formula's text.
struct Place {
  size_t offset = 0;
  size_t length = 1;

  size_t end() const { return offset + length; }
};

/// A word, a number or a sign of a formula.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  Place place = {};
  std::string text = {};   ///< kText: without quotes; else as written
  Type type = Type::kInt;  ///< kNumber: kInt, kDecimal or kDuration
  Int128 nanos = 0;        ///< kNumber: times 10^9
};

/// Splits a formula into tokens; the last one is kEnd. `=` and signs of other languages are
/// reported and taken for what is meant, so that the rest can still be followed. Nothing, and a
/// report, where something is no token at all, or a text has no end.
std::optional<std::vector<Token>> tokenize(std::string_view text, std::vector<TextError>& errors);

/// Whether the token is a word: a name or a keyword. After a dot every word is a name.
bool is_word(TokenKind kind);

}  // namespace kpid
