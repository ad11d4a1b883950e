#include "tests/fuzz/mutator.h"

#include <algorithm>

namespace kpid::fuzz {
namespace {

/// A stretch that is taken out or put in has at most so many bytes.
constexpr size_t kLongestStretch = 24;
/// How often a token stands behind itself: deeper than anything may be nested.
constexpr size_t kMostRepetitions = 600;

}  // namespace

std::string Mutator::next() {
  std::string text = one_of(seeds_);
  for (size_t changes = 1 + below(4); changes > 0; --changes) change(text);
  return text;
}

void Mutator::change(std::string& text) {
  const size_t at = below(text.size() + 1);
  const size_t length = std::min(below(kLongestStretch) + 1, text.size() - at);
  switch (below(8)) {
    case 0:
      text.erase(at, length);
      return;
    case 1:
      text.insert(below(text.size() + 1), text.substr(at, length));
      return;
    case 2:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      return;
    case 3: {
      const std::string& other = one_of(seeds_);
      text = text.substr(0, at) + other.substr(below(other.size() + 1));
      return;
    }
    case 4: {
      if (tokens_.empty() || below(50) != 0) return;
      std::string repeated;
      const std::string& token = one_of(tokens_);
      for (size_t times = below(kMostRepetitions); times > 0; --times) repeated += token;
      text.insert(at, repeated);
      return;
    }
    default:
      if (tokens_.empty()) return;
      text.replace(at, below(3) == 0 ? length : 0, one_of(tokens_));
      return;
  }
}

}  // namespace kpid::fuzz
