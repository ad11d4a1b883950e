#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kpid {

/// Why a record was not accepted. Of several that apply, the first in this order counts.
/// It is what tests assert, what logs print, and the metric's `reason` label.
enum class RejectReason : uint8_t {
  kTooLarge,
  kMalformed,
  kTimeMissing,
  kWrongType,
  kTimeOutOfRange,
  kOutOfRange,
  kFuture,
  kLate,
  kExpired,
};

inline constexpr size_t kRejectReasonCount = 9;

/// As in the `reason` label, in the order of the enumeration.
inline constexpr std::array<std::string_view, kRejectReasonCount> kRejectReasonNames = {
    "too_large",    "malformed", "time_missing", "wrong_type", "time_out_of_range",
    "out_of_range", "future",    "late",         "expired"};

constexpr std::string_view name_of(RejectReason reason) {
  return kRejectReasonNames[static_cast<size_t>(reason)];
}

}  // namespace kpid
