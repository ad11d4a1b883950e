#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan.h"
#include "tests/support/partition_log.h"

namespace kpid {

/// What a `where` asks.
enum class Filter { kNone, kOrdersOnly, kManyItems, kExpensive };

/// An aggregate of one source, described so that nobody needs to parse it.
struct TermShape {
  Aggregate aggregate = Aggregate::kCount;
  size_t source = 0;
  char field = 0;  ///< 'v' or 'n'; 0: the events are counted
  Filter filter = Filter::kNone;
};

/// A KPI, described likewise.
struct KpiShape {
  enum class Form { kSingle, kRatio, kDifference, kAverage };

  Form form = Form::kSingle;
  std::vector<TermShape> terms;  ///< one, or two for a ratio or a difference
};

/// What is in a record that a decoder accepts.
struct ShapedEvent {
  EventTime time;
  std::optional<std::string> group;  ///< field g
  std::optional<Int128> nanos;       ///< field v
  std::optional<int64_t> items;      ///< field n
  std::optional<std::string> kind;   ///< field s
};

/// One partition of one source.
struct ShapedPartition {
  size_t source = 0;
  int32_t number = 0;
  PartitionLog log;
  std::vector<std::optional<ShapedEvent>> events;  ///< by offset; nothing: malformed
};

/// A configuration and the logs of its partitions, made up from a seed.
struct Scenario {
  std::shared_ptr<const Plan> plan;
  std::vector<KpiShape> shapes;  ///< of the first of the definitions' KPIs
  std::vector<ShapedPartition> partitions;
  EventTime begin;
  EventTime end;  ///< after the last record's timestamp

  const Definitions& definitions() const { return *plan->definitions; }
};

/// Whether all KPIs have a shape, so that an oracle can compute them, or there are further ones
/// with formulas of the whole language.
enum class Formulas { kShaped, kWholeLanguage };

/// `limits` bound groups and series; nothing else of the scenario depends on them.
Scenario random_scenario(uint64_t seed, const Limits& limits = {},
                         Formulas formulas = Formulas::kShaped);

}  // namespace kpid
