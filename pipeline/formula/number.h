#pragma once

#include <compare>
#include <optional>
#include <string>

#include "pipeline/event/decimal.h"

namespace kpid {

/// The finished value of a formula: exact where it is a decimal of at most nine fractional digits,
/// else the nearest double. Never NaN or infinite.
class Number {
 public:
  /// An exact decimal.
  explicit Number(Decimal exact) : nanos_(exact.nanos), kind_(Kind::kExact) {}
  /// A value that only a double holds.
  explicit Number(double nearest) : nearest_(nearest), kind_(Kind::kDouble) {}
  /// An exact decimal too large for `Decimal`: its plain digits and its nearest double.
  Number(std::string digits, double nearest)
      : nearest_(nearest), digits_(std::move(digits)), kind_(Kind::kLarge) {}

  double to_double() const;
  /// Plain digits without exponent or trailing zeros where exact; else the shortest text that
  /// reads back as the same double.
  void append_to(std::string& out) const;
  std::string to_string() const;

  /// By value; exact between two `Decimal`s, else by the nearest doubles.
  std::partial_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const { return (*this <=> other) == 0; }

 private:
  enum class Kind : uint8_t { kExact, kLarge, kDouble };

  Int128 nanos_ = 0;
  double nearest_ = 0;
  std::string digits_;
  Kind kind_;
};

}  // namespace kpid
