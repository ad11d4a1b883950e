#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pipeline/result.h"

namespace kpid {

/// A regular expression that is searched anywhere in a text, in linear time.
/// Source: RE2's syntax.
class TextPattern {
 public:
  /// Fails, with RE2's reason, on what is no regular expression.
  static Result<std::shared_ptr<const TextPattern>> compile(std::string_view pattern);
  ~TextPattern();

  bool found_in(std::string_view text) const;

 private:
  struct Compiled;
  explicit TextPattern(std::unique_ptr<Compiled> compiled);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace kpid
