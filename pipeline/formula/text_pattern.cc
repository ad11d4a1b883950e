#include "pipeline/formula/text_pattern.h"

#include <re2/re2.h>

#include <utility>

namespace kpid {

struct TextPattern::Compiled {
  RE2 expression;
};

TextPattern::TextPattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
TextPattern::~TextPattern() = default;

Result<std::shared_ptr<const TextPattern>> TextPattern::compile(std::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  const re2::StringPiece piece(pattern.data(), pattern.size());
  auto compiled = std::unique_ptr<Compiled>(new Compiled{RE2(piece, options)});
  if (!compiled->expression.ok()) return failure(compiled->expression.error());
  return std::shared_ptr<const TextPattern>(new TextPattern(std::move(compiled)));
}

bool TextPattern::found_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->expression);
}

}  // namespace kpid
