#pragma once

#include "pipeline/event/time.h"
#include "pipeline/formula/number.h"

namespace kpid {

/// The duration in seconds, exactly.
inline Number in_seconds(Duration duration) {
  constexpr Int128 kNanosPerMilli = kNanosPerUnit / 1000;
  return Number(Decimal{duration.count() * kNanosPerMilli});
}

}  // namespace kpid
