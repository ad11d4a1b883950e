#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/aggregate_checker.h"
#include "pipeline/formula/copy_budget.h"
#include "pipeline/formula/formula.h"
#include "pipeline/formula/part.h"
#include "pipeline/formula/reading_table.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/formula/window_function_checker.h"
#include "pipeline/formula/window_functions.h"
#include "pipeline/result.h"

namespace kpid {

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
        errors_(errors),
        aggregates_(scope, table, errors),
        copies_(errors),
        window_functions_(table, copies_, look_backs_, errors) {}

  /// A number that has an aggregate in it; nothing after a mistake. Each was reported, but for
  /// those of other KPIs.
  std::optional<Part> check_formula(const Syntax& syntax);

  /// What was found on the way, in the order of the text.
  const std::vector<WrittenLookBack>& look_backs() const { return look_backs_; }
  const std::vector<UsedKpi>& used_kpis() const { return used_kpis_; }
  /// How many numbers were looked at to make `whole`: its own, and all copies on the way.
  size_t numbers(const Part& whole) const {
    return size_of(whole.expression).nodes + copies_.nodes();
  }

 private:
  std::nullopt_t report(Place place, std::string text, std::string hint = "");
  std::optional<Part> check(const Syntax& syntax);
  std::optional<Part> check_aggregate(const Syntax& call);
  std::optional<Part> check_literal(const Syntax& syntax);
  std::optional<Part> check_name(const Syntax& syntax);
  std::optional<Part> use_kpi(const Syntax& syntax);
  std::optional<Part> combine(ExactOperation operation, Outcome wanted, Outcome outcome,
                              const Syntax& syntax);
  bool expect(Outcome wanted, const Part& part, const Syntax& syntax);
  std::optional<Part> check_binary(const Syntax& syntax);
  std::optional<Part> check_division(const Syntax& syntax);
  std::optional<Part> check_equality(const Syntax& syntax);
  std::optional<Part> check_call(const Syntax& syntax);
  std::optional<Part> check_window_function(const Syntax& call);
  std::optional<Part> check_choice(const Syntax& syntax);
  std::optional<Part> check_round(const Syntax& syntax);

  const FormulaScope& scope_;
  const CheckedKpis& kpis_;
  std::vector<TextError>& errors_;
  AggregateChecker aggregates_;
  std::vector<WrittenLookBack> look_backs_;
  std::vector<UsedKpi> used_kpis_;
  CopyBudget copies_;
  WindowFunctionChecker window_functions_;
};

}  // namespace kpid
