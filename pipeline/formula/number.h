#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "pipeline/event/decimal.h"
#include "pipeline/event/stored_int128.h"

namespace kpid {

/// The finished value of a formula: exact where it is a decimal of at most nine fractional digits,
/// else the nearest double. Never NaN or infinite.
///
/// Snapshots hold a few of these for every group: so it is small, with an alignment of 64 bits.
class Number {
 public:
  /// An exact decimal.
  explicit Number(Decimal exact) : value_(StoredInt128(exact.nanos)) {}
  /// A value that only a double holds.
  explicit Number(double nearest) : value_(nearest) {}
  /// An exact decimal too large for `Decimal`: its plain digits and its nearest double.
  Number(std::string digits, double nearest)
      : value_(std::make_shared<const Large>(Large{std::move(digits), nearest})) {}

  /// The exact decimal, where it is one.
  std::optional<Decimal> decimal() const;
  double to_double() const;
  /// Plain digits without exponent or trailing zeros where exact; else the shortest text that
  /// reads back as the same double.
  void append_to(std::string& out) const;
  std::string to_string() const;

  /// By value; exact between two `Decimal`s, else by the nearest doubles.
  std::partial_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const { return (*this <=> other) == 0; }

 private:
  struct Large {
    std::string digits;
    double nearest = 0;
  };

  std::variant<StoredInt128, double, std::shared_ptr<const Large>> value_;  ///< the first: nanos
};

}  // namespace kpid
