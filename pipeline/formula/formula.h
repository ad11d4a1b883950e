#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/source_definition.h"
#include "pipeline/formula/number.h"
#include "pipeline/formula/row_expression.h"
#include "pipeline/formula/term_value.h"
#include "pipeline/result.h"

namespace kpid {

/// The primitive aggregates, each an accumulator. `avg` is a sum over a count.
enum class Aggregate : uint8_t { kCount, kSum, kMin, kMax };

/// "count", "sum", ...
std::string_view name_of(Aggregate aggregate);

/// One aggregate of one source: the unit of sharing and, with a grouping, of identity.
struct Term {
  Aggregate aggregate = Aggregate::kCount;
  std::string source;
  RowExpressionPtr argument;   ///< nothing for count(source); its nulls are not aggregated
  RowExpressionPtr predicate;  ///< nothing without `where`

  /// Equal texts are the same term: aggregate, source name, canonical argument and predicate.
  std::string canonical() const;
  /// How many units of the accumulator make one: 1 for counts and ints, 10^9 for decimals and
  /// durations, 10^3 for times.
  int64_t units_per_one() const;
};


/// A compiled formula: terms, and the exact arithmetic between them. Immutable, cheap to copy.
class Formula {
 public:
  /// Without repeats. Never empty in a compiled formula.
  const std::vector<Term>& terms() const;
  /// Names of the sources of its terms, in order of first use, without repeats.
  const std::vector<std::string>& sources() const;
  /// The index in `terms` of the count that gives the KPI's samples (LANGUAGE section 5).
  size_t samples_term() const;
  /// Whether the outermost operator is `/` and its right side has an aggregate.
  bool is_quotient() const;

  /// The formula's value, rounded once; nothing where absent. `values` is parallel to `terms`.
  std::optional<Number> value(std::span<const TermValue> values) const;
  /// The sides of a quotient, each rounded once. REQUIRES: is_quotient().
  std::optional<Number> numerator(std::span<const TermValue> values) const;
  std::optional<Number> denominator(std::span<const TermValue> values) const;

  struct Compiled;
  explicit Formula(std::shared_ptr<const Compiled> compiled);

 private:
  std::shared_ptr<const Compiled> compiled_;
};

/// What names in a formula may stand for.
struct FormulaScope {
  std::span<const SourceDefinition> sources;
  std::span<const std::string> kpis;  ///< names of the configuration's KPIs
  /// IANA name of the zone of `hour_of(t)` and other readings of a clock that name none. It exists.
  std::string time_zone = "UTC";
};

/// Parses, type-checks and compiles. All mistakes at once where the text can still be followed.
TextResult<Formula> compile_formula(std::string_view text, const FormulaScope& scope);

}  // namespace kpid
