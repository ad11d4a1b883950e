#pragma once

#include <compare>
#include <cstdint>

#include "pipeline/event/stored_int128.h"
#include "pipeline/formula/term_value.h"

namespace kpid {

/// When an event was, so that of two events of a source one is always the earlier: by event time,
/// then by partition, then by offset.
struct Occasion {
  int64_t time_ms = 0;  ///< event time, Unix milliseconds
  int64_t offset = 0;
  int32_t partition = 0;
  uint32_t zero = 0;  ///< fills the gap that the compiler would leave, so that the bytes are known

  std::strong_ordering operator<=>(const Occasion& other) const {
    if (const auto order = time_ms <=> other.time_ms; order != 0) return order;
    if (const auto order = partition <=> other.partition; order != 0) return order;
    return offset <=> other.offset;
  }
  bool operator==(const Occasion&) const = default;
};

/// The value of one event. REQUIRES wherever two meet: equal occasions have equal values.
struct DatedValue {
  Occasion when;
  StoredInt128 units;
  int64_t events = 0;  ///< 1: there is one; 0: of nothing

  TermValue result(int64_t units_per_one) const {
    return events == 0 ? TermValue::absent() : TermValue::of(units.value(), units_per_one);
  }
  bool operator==(const DatedValue&) const = default;
};

/// The value of the earliest event. Merges like an accumulator.
struct First {
  DatedValue kept;

  void add(const Occasion& when, Int128 units) { merge({{when, units, 1}}); }
  void merge(const First& other) {
    if (other.kept.events == 0) return;
    if (kept.events == 0 || other.kept.when < kept.when) kept = other.kept;
  }
  TermValue result(int64_t units_per_one) const { return kept.result(units_per_one); }
  bool operator==(const First&) const = default;
};

/// The value of the latest event. Merges like an accumulator.
struct Last {
  DatedValue kept;

  void add(const Occasion& when, Int128 units) { merge({{when, units, 1}}); }
  void merge(const Last& other) {
    if (other.kept.events == 0) return;
    if (kept.events == 0 || other.kept.when > kept.when) kept = other.kept;
  }
  TermValue result(int64_t units_per_one) const { return kept.result(units_per_one); }
  bool operator==(const Last&) const = default;
};

}  // namespace kpid
