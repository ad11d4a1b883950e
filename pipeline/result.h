#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace kpid {

/// Why something could not be done, in words for the operator: what is wrong, and what to do.
struct Error {
  std::string text;
};

/// The value, or why there is none. Expected failures travel as values; bugs abort.
template <class T>
using Result = tl::expected<T, Error>;

/// Short for a failed `Result`.
inline tl::unexpected<Error> failure(std::string text) {
  return tl::unexpected<Error>(Error{std::move(text)});
}

/// A mistake inside one line of text that a user wrote (a formula, a window).
struct TextError {
  size_t offset = 0;  ///< bytes from the start of the text
  size_t length = 1;  ///< bytes that the caret underlines, at least 1
  std::string text;   ///< what is wrong, without a full stop
  std::string hint;   ///< what to do, such as the nearest known name; may be empty
};

/// The value, or every mistake in the text, ascending by offset.
template <class T>
using TextResult = tl::expected<T, std::vector<TextError>>;

}  // namespace kpid
