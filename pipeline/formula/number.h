#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "pipeline/event/decimal.h"

namespace kpid {

/// The finished value of a formula: exact where it is a decimal of at most nine fractional digits,
/// else the nearest double. Never NaN or infinite.
///
/// Snapshots hold a few of these for every group: so it is small, with an alignment of 64 bits.
class Number {
 public:
  /// An exact decimal.
  explicit Number(Decimal exact)
      : value_(
            Halves{static_cast<uint64_t>(exact.nanos), static_cast<int64_t>(exact.nanos >> 64)}) {}
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
  /// The nanos of a decimal.
  struct Halves {
    uint64_t low = 0;
    int64_t high = 0;
  };
  struct Large {
    std::string digits;
    double nearest = 0;
  };

  std::variant<Halves, double, std::shared_ptr<const Large>> value_;
};

}  // namespace kpid
