#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "pipeline/event/column.h"

namespace kpid {

/// Stands for a value where only being the same counts. Different values have different keys but
/// for one chance in 10^28 among 100,000 of them. Keys of values are spread evenly over their range
/// and never zero, so that `Key{}` can mean none.
struct Key {
  uint64_t high = 0;
  uint64_t low = 0;

  auto operator<=>(const Key&) const = default;
};

/// The key of a row's value. Keys are stored: the same on every machine and in every release.
/// REQUIRES: the row is present.
/// Source: XXH3, 128 bits, seed 0, of a text's bytes, or of the value as a little-endian integer of
/// 64 bits (int, bool, time) or 128 bits (decimal, duration).
Key key_of(const Column& column, size_t row);

}  // namespace kpid
