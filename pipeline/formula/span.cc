#include "pipeline/formula/span.h"

#include <string>

namespace kpid {

std::optional<WrittenLookBack> check_span(const Syntax& argument, std::vector<TextError>& errors) {
  WrittenLookBack written{.offset = argument.place.offset, .length = argument.place.length};
  if (argument.kind == Syntax::Kind::kSpan) {
    written.span = argument.span;
    return written;
  }
  if (argument.kind == Syntax::Kind::kLiteral && argument.literal.type == Type::kDuration) {
    constexpr int64_t kNanosPerMillisecond = kNanosPerUnit / 1000;
    written.span = {LookBack::Unit::kMillisecond,
                    static_cast<int64_t>(argument.literal.nanos / kNanosPerMillisecond)};
    return written;
  }
  errors.push_back({argument.place.offset, argument.place.length,
                    "expected a length of time to look back",
                    "such as 7d, 1 year, 3 months or 2 windows"});
  return std::nullopt;
}

TextError misplaced_span(const Syntax& span) {
  TextError mistake{
      span.place.offset, span.place.length,
      "'" + to_string(span.span) + "' says how far to look back, and nothing does so here",
      "it is the last argument of previous, growth, retained, new or returning"};
  if (span.span.unit == LookBack::Unit::kDay) {
    mistake.hint = "a duration of days is written " + std::to_string(span.span.amount) + "d";
  }
  return mistake;
}

}  // namespace kpid
