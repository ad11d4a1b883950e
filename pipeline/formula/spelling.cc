#include "pipeline/formula/spelling.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace kpid {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Names longer than this are no misspellings of anything, and would cost time squared.
constexpr size_t kLongestName = 100;
/// Longer by a third, and one, than the longest name.
constexpr size_t kLongestCandidate = 134;

/// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
/// Source: optimal string alignment distance.
/// REQUIRES: `to` is not longer than kLongestCandidate.
size_t edit_distance(std::string_view from, std::string_view to) {
  using Row = std::array<size_t, kLongestCandidate + 1>;
  std::array<Row, 3> rows;
  Row* before = &rows[0];
  Row* previous = &rows[1];
  Row* current = &rows[2];
  for (size_t j = 0; j <= to.size(); ++j) (*previous)[j] = j;
  for (size_t i = 1; i <= from.size(); ++i) {
    (*current)[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      const bool same = lower(from[i - 1]) == lower(to[j - 1]);
      (*current)[j] = std::min(
          {(*previous)[j] + 1, (*current)[j - 1] + 1, (*previous)[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(from[i - 1]) == lower(to[j - 2]) &&
                           lower(from[i - 2]) == lower(to[j - 1]);
      if (swapped) (*current)[j] = std::min((*current)[j], (*before)[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return (*previous)[to.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string> known) {
  std::string_view nearest;
  if (name.size() > kLongestName) return nearest;
  size_t least = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : known.first(std::min(known.size(), kMostKnownNames))) {
    const size_t longer = std::max(candidate.size(), name.size());
    const size_t shorter = std::min(candidate.size(), name.size());
    if (candidate.empty() || longer - shorter >= least) continue;
    const size_t distance = edit_distance(name, candidate);
    // A name of which every letter is replaced is another name.
    if (distance < least && distance < shorter) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string spelling_hint(std::string_view name, std::span<const std::string> known) {
  const std::string_view nearest = nearest_name(name, known);
  return nearest.empty() ? std::string() : "did you mean '" + std::string(nearest) + "'?";
}

}  // namespace kpid
