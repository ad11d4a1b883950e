#pragma once

#include <cstdint>

#include "pipeline/event/decimal.h"

namespace kpid {

/// A 128-bit integer in two halves: it wants the alignment of a 64-bit one only, so that what holds
/// it has no gaps, and its bytes can be stored and compared.
struct StoredInt128 {
  uint64_t low = 0;
  int64_t high = 0;

  StoredInt128() = default;
  StoredInt128(Int128 value)  // NOLINT(google-explicit-constructor): it is that value
      : low(static_cast<uint64_t>(value)), high(static_cast<int64_t>(value >> 64)) {}

  Int128 value() const {
    return static_cast<Int128>((static_cast<unsigned __int128>(high) << 64) | low);
  }
  bool operator==(const StoredInt128&) const = default;
};

}  // namespace kpid
