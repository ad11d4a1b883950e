#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "pipeline/aggregate/first_last.h"
#include "pipeline/aggregate/moments.h"
#include "pipeline/event/decimal.h"
#include "pipeline/formula/formula.h"

namespace kpid {

/// A mergeable summary of a bag of values, of fixed size; those that grow are collections. `A{}` is
/// the empty bag; `merge` is associative and commutative to the bit, with `A{}` as identity (law
/// 2). `result` takes how many units make one. Trivially copyable, so that a row of accumulators
/// can be copied, checkpointed and compared as bytes.
template <class A>
concept Accumulator = std::default_initializable<A> && std::is_trivially_copyable_v<A> &&
                      requires(A a, const A other) {
                        a.merge(other);
                        { other.result(int64_t{1}) } -> std::same_as<TermValue>;
                        { other == other } -> std::same_as<bool>;
                      };

/// An accumulator that depends on which values there are alone, not on when they were.
template <class A>
concept Timeless = Accumulator<A> && requires(A a, Int128 units) { a.add(units); };

/// An accumulator whose merge can be undone exactly: a window may slide by subtraction.
template <class A>
concept Invertible = Accumulator<A> && requires(A a, const A other) { a.unmerge(other); };

/// How many values there were.
struct Count {
  int64_t values = 0;

  void add(Int128) { ++values; }
  void merge(const Count& other) { values += other.values; }
  void unmerge(const Count& other) { values -= other.values; }
  TermValue result(int64_t units_per_one) const { return TermValue::of(values, units_per_one); }
  bool operator==(const Count&) const = default;
};

/// Their sum, in the term's units. 128 bits hold 10^11 of the largest decimals.
struct Sum {
  Int128 units = 0;

  void add(Int128 value) { units += value; }
  void merge(const Sum& other) { units += other.units; }
  void unmerge(const Sum& other) { units -= other.units; }
  TermValue result(int64_t units_per_one) const { return TermValue::of(units, units_per_one); }
  bool operator==(const Sum&) const = default;
};

/// The largest 128-bit integer: no field's value comes near it, so it can stand for "none".
inline constexpr Int128 kInt128Max =
    static_cast<Int128>((static_cast<unsigned __int128>(1) << 127) - 1);

/// The smallest of them; nothing of the empty bag.
struct Min {
  Int128 units = kInt128Max;

  void add(Int128 value) { units = std::min(units, value); }
  void merge(const Min& other) { units = std::min(units, other.units); }
  TermValue result(int64_t units_per_one) const {
    return units == kInt128Max ? TermValue::absent() : TermValue::of(units, units_per_one);
  }
  bool operator==(const Min&) const = default;
};

/// The largest of them; nothing of the empty bag.
struct Max {
  Int128 units = -kInt128Max;

  void add(Int128 value) { units = std::max(units, value); }
  void merge(const Max& other) { units = std::max(units, other.units); }
  TermValue result(int64_t units_per_one) const {
    return units == -kInt128Max ? TermValue::absent() : TermValue::of(units, units_per_one);
  }
  bool operator==(const Max&) const = default;
};

/// The bytes of an accumulator in a narrow row, for as long as its numbers are small enough: `fits`
/// says so, and `wide(of(a)) == a` where they are. `merge` merges such bytes, unless the result is
/// too large; then `into` is as it was. An accumulator that has no narrow form of its own keeps its
/// bytes.
template <Accumulator A>
struct NarrowForm {
  using Bytes = A;
  static bool merge(Bytes& into, const Bytes& from) {
    into.merge(from);
    return true;
  }
  static bool fits(const A&) { return true; }
  static Bytes of(const A& accumulator) { return accumulator; }
  static A wide(const Bytes& bytes) { return bytes; }
};

template <>
struct NarrowForm<Count> {
  using Bytes = uint32_t;
  static bool merge(Bytes& into, Bytes from) {
    const Bytes sum = into + from;
    if (sum < into) return false;
    into = sum;
    return true;
  }
  static bool fits(const Count& count) { return static_cast<Bytes>(count.values) == count.values; }
  static Bytes of(const Count& count) { return static_cast<Bytes>(count.values); }
  static Count wide(Bytes bytes) { return {bytes}; }
};

/// `kNone`, which no narrow number is, stands for the units of the empty bag.
template <Accumulator A, int64_t kNone>
struct NarrowUnits {
  using Bytes = int64_t;
  static bool fits(const A& accumulator) {
    return accumulator == A{} || (static_cast<Bytes>(accumulator.units) == accumulator.units &&
                                  accumulator.units != kNone);
  }
  static Bytes of(const A& accumulator) {
    return accumulator == A{} ? kNone : static_cast<Bytes>(accumulator.units);
  }
  static A wide(Bytes bytes) { return bytes == kNone ? A{} : A{bytes}; }
};
template <>
struct NarrowForm<Sum> : NarrowUnits<Sum, 0> {
  static bool merge(Bytes& into, Bytes from) {
    Bytes sum = 0;
    if (__builtin_add_overflow(into, from, &sum)) return false;
    into = sum;
    return true;
  }
};
template <>
struct NarrowForm<Min> : NarrowUnits<Min, INT64_MAX> {
  static bool merge(Bytes& into, Bytes from) {
    into = std::min(into, from);
    return true;
  }
};
template <>
struct NarrowForm<Max> : NarrowUnits<Max, INT64_MIN> {
  static bool merge(Bytes& into, Bytes from) {
    into = std::max(into, from);
    return true;
  }
};

static_assert(Invertible<Count> && Invertible<Sum> && Invertible<Moments>);
static_assert(Accumulator<First> && !Timeless<First> && Accumulator<Last> && !Timeless<Last>);
static_assert(Accumulator<Min> && !Invertible<Min>, "a minimum cannot be subtracted");
static_assert(Accumulator<Max> && !Invertible<Max>, "a maximum cannot be subtracted");

/// All of them, for what the store names by text.
inline constexpr std::array kAggregates = {
    Aggregate::kCount,    Aggregate::kSum,   Aggregate::kMin,    Aggregate::kMax,
    Aggregate::kMoments,  Aggregate::kFirst, Aggregate::kLast,   Aggregate::kValues,
    Aggregate::kDistinct, Aggregate::kKeys,  Aggregate::kKeySums};

/// Whether it is kept as a collection, beside the row, and not as an accumulator in it.
constexpr bool is_collection(Aggregate aggregate) { return aggregate >= Aggregate::kValues; }

/// Calls `visit` with an empty accumulator of the aggregate's type: the one place where the list
/// of aggregates meets the list of accumulators. REQUIRES: it is no collection.
template <class Visitor>
decltype(auto) with_accumulator(Aggregate aggregate, Visitor&& visit) {
  switch (aggregate) {
    case Aggregate::kCount:
      return visit(Count{});
    case Aggregate::kSum:
      return visit(Sum{});
    case Aggregate::kMin:
      return visit(Min{});
    case Aggregate::kMax:
      return visit(Max{});
    case Aggregate::kMoments:
      return visit(Moments{});
    case Aggregate::kFirst:
      return visit(First{});
    case Aggregate::kLast:
      return visit(Last{});
    case Aggregate::kValues:
    case Aggregate::kDistinct:
    case Aggregate::kKeys:
    case Aggregate::kKeySums:
      break;
  }
  __builtin_unreachable();
}

}  // namespace kpid
