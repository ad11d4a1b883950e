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
#include "pipeline/window/look_back.h"

namespace kpid {

/// What is kept of a bag of values. `avg` is a sum over a count; several functions may read one
/// summary: `median` and `quantile`; `retained`, `new` and `returning`.
enum class Aggregate : uint8_t {
  kCount,
  kSum,
  kMin,
  kMax,
  kMoments,   ///< for stddev
  kFirst,     ///< by event time
  kLast,      ///< by event time
  kValues,    ///< every value, for quantiles; a sketch where there are many
  kDistinct,  ///< for distinct; a sketch where there are many
  kKeys,      ///< the set of the argument's values
  kKeySums,   ///< sums of the argument, one a value of `Term::key`
};

/// "count", "sum", ...: also what names it in the store.
std::string_view name_of(Aggregate aggregate);

/// One aggregate of one source: the unit of sharing and, with a grouping, of identity.
struct Term {
  Aggregate aggregate = Aggregate::kCount;
  std::string source = {};
  RowExpressionPtr argument = {};   ///< nothing for count(source); its nulls are not aggregated
  RowExpressionPtr predicate = {};  ///< nothing without `where`
  RowExpressionPtr key = {};        ///< kKeySums only; events whose key is null are not aggregated

  /// Equal texts are the same term: aggregate, source name, canonical argument, key and predicate.
  std::string canonical() const;
  /// How many units of the accumulator make one: 1 for counts and ints, 10^9 for decimals and
  /// durations, 10^3 for times.
  int64_t units_per_one() const;
};

/// How a term's summary becomes a number.
enum class ReadAs : uint8_t {
  kResult,        ///< count, sum, min, max, stddev, first, last, distinct
  kQuantile,      ///< kValues; `parameter` is the quantile times 10^9
  kTopShare,      ///< kKeySums; `parameter` is how many of the largest
  kRetained,      ///< kKeys; against those of the memory
  kNew,           ///< kKeys; against those of the memory
  kReturning,     ///< kKeys; against those of the memory
  kWindowLength,  ///< no term: how long the window is, in seconds
};

/// A number that a formula takes from the state: a term, of which window, read how.
struct Reading {
  ReadAs as = ReadAs::kResult;
  size_t term = 0;                     ///< index in Formula::terms
  std::vector<LookBack> earlier = {};  ///< steps from the window at hand; empty: that window
  std::optional<LookBack> memory =
      {};  ///< the stretch before that window which it is compared with
  int64_t parameter = 0;
  bool of_all_groups = false;  ///< of all groups together instead of the group at hand

  auto operator<=>(const Reading&) const = default;
};

/// Where a formula looks back, for messages about windows from which it cannot.
struct WrittenLookBack {
  LookBack span = {};
  bool is_memory = false;  ///< a stretch before the window; else an earlier window
  size_t offset = 0;       ///< in the text of the formula, in bytes
  size_t length = 0;

  bool operator==(const WrittenLookBack&) const = default;
};

/// Where a formula uses another KPI by its name.
struct UsedKpi {
  std::string name;
  size_t offset = 0;  ///< in the text of the formula, in bytes
  size_t length = 0;
};

/// A compiled formula: readings, and the exact arithmetic between them. Immutable, cheap to copy.
class Formula {
 public:
  /// Without repeats. Never empty in a compiled formula.
  const std::vector<Term>& terms() const;
  /// Without repeats. Never empty in a compiled formula.
  const std::vector<Reading>& readings() const;
  /// Names of the sources of its terms, in order of first use, without repeats.
  const std::vector<std::string>& sources() const;
  /// The index in `readings` of the count that gives the KPI's samples (REFERENCE).
  size_t samples_reading() const;
  /// Whether the outermost operator is `/` and its right side has an aggregate.
  bool is_quotient() const;
  /// Whether it reads anything of before the window at hand.
  bool looks_back() const;
  /// Every place of the text that looks back, in its order; those in the text of other KPIs, which
  /// it uses by name, are theirs.
  const std::vector<WrittenLookBack>& look_backs() const;

  /// Every place of the text that uses another KPI, in its order.
  const std::vector<UsedKpi>& used_kpis() const;

  /// The formula's value, rounded once; nothing where absent. `values` is parallel to `readings`.
  std::optional<Number> value(std::span<const TermValue> values) const;
  /// The sides of a quotient, each rounded once. REQUIRES: is_quotient().
  std::optional<Number> numerator(std::span<const TermValue> values) const;
  std::optional<Number> denominator(std::span<const TermValue> values) const;

  struct Compiled;
  explicit Formula(std::shared_ptr<const Compiled> compiled);

 private:
  std::shared_ptr<const Compiled> compiled_;
};

/// A KPI that formulas may use by its name.
struct NamedFormula {
  std::string name;
  std::string text;               ///< empty: it has no formula that could be used
  std::string time_zone = "UTC";  ///< of its clock readings; as in FormulaScope
};

/// What names in a formula may stand for.
struct FormulaScope {
  std::span<const SourceDefinition> sources;
  std::span<const NamedFormula> kpis;  ///< those of the configuration
  /// IANA name of the zone of `hour_of(t)` and other readings of a clock that name none. It exists.
  std::string time_zone = "UTC";
  std::string self = {};  ///< the KPI that the formula computes; empty: none
};

/// Parses, type-checks and compiles. All mistakes at once where the text can still be followed;
/// none where the only ones are in the formulas of KPIs that it uses.
TextResult<Formula> compile_formula(std::string_view text, const FormulaScope& scope);

}  // namespace kpid
