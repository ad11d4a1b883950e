#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/aggregate_checker.h"
#include "pipeline/formula/exact_expression.h"
#include "pipeline/formula/formula.h"
#include "pipeline/formula/reading_table.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/formula/window_functions.h"
#include "pipeline/result.h"

namespace kpid {

/// What a part of a formula outside of its aggregates gives.
enum class Outcome : uint8_t {
  kNumber,
  kCondition,
  kNull,  ///< null as written: fits both
};

/// A part of a formula outside of its aggregates, checked.
struct Part {
  ExactExpression expression = {};
  Outcome outcome = Outcome::kNumber;
  std::optional<Term> samples = {};  ///< counts what its first aggregate aggregates
  /// The same of its right side, where its outermost operator is `/`.
  std::optional<Term> divisor_samples = {};
};

/// The formulas of the configuration's KPIs, ready to be used by name; nothing for one that cannot
/// be used, which is reported elsewhere.
using CheckedKpis = std::map<std::string_view, std::optional<Part>>;

/// Checks what stands between the aggregates of one formula, and with them the whole of it.
class FormulaChecker {
 public:
  /// Borrows all.
  FormulaChecker(const FormulaScope& scope, const CheckedKpis& kpis, ReadingTable& table,
                 std::vector<TextError>& errors)
      : scope_(scope),
        kpis_(kpis),
        table_(table),
        errors_(errors),
        aggregates_(scope, table, errors) {}

  /// A number that has an aggregate in it; nothing after a mistake. Each was reported, but for
  /// those of other KPIs.
  std::optional<Part> check_formula(const Syntax& syntax);

  /// What was found on the way, in the order of the text.
  const std::vector<WrittenLookBack>& look_backs() const { return look_backs_; }
  const std::vector<UsedKpi>& used_kpis() const { return used_kpis_; }
  /// How many numbers were looked at to make `whole`: its own, and all copies on the way.
  size_t numbers(const Part& whole) const {
    return size_of(whole.expression).nodes + copied_nodes_;
  }

 private:
  std::nullopt_t report(Place place, std::string text, std::string hint = "");
  std::optional<Part> check(const Syntax& syntax);
  std::optional<Part> check_aggregate(const Syntax& call);
  std::optional<Part> check_literal(const Syntax& syntax);
  std::optional<Part> check_name(const Syntax& syntax);
  std::optional<Part> use_kpi(const Syntax& syntax);
  std::optional<Part> report_name(const Syntax& syntax);
  std::optional<Part> combine(ExactOperation operation, Outcome wanted, Outcome outcome,
                              const Syntax& syntax);
  bool expect(Outcome wanted, const Part& part, const Syntax& syntax);
  std::optional<Part> check_binary(const Syntax& syntax);
  std::optional<Part> check_division(const Syntax& syntax);
  std::optional<Part> check_equality(const Syntax& syntax);
  std::optional<Part> check_call(const Syntax& syntax);
  std::optional<Part> report_call(const Syntax& syntax);
  std::optional<Part> check_choice(const Syntax& syntax);
  std::optional<Part> check_round(const Syntax& syntax);

  // Functions of several windows or groups.

  /// The first argument: a number that has an aggregate in it.
  std::optional<Part> check_moved(const Syntax& call);
  std::optional<Part> check_earlier(const Syntax& call);
  std::optional<Part> check_rate(const Syntax& call, int64_t unit_seconds);
  std::optional<Part> check_share(const Syntax& call);
  std::optional<Part> check_moving_average(const Syntax& call);
  /// Whether the formula may grow by so many copies of `part`; else a report at `place`.
  bool may_copy(const Part& part, size_t copies, Place place);
  /// Whether `part` may be that of an earlier window; else a report at `place`.
  bool may_look_back(const Part& part, Place place);

  const FormulaScope& scope_;
  const CheckedKpis& kpis_;
  ReadingTable& table_;
  std::vector<TextError>& errors_;
  AggregateChecker aggregates_;
  std::vector<WrittenLookBack> look_backs_;
  std::vector<UsedKpi> used_kpis_;
  size_t copied_nodes_ = 0;
};

}  // namespace kpid
