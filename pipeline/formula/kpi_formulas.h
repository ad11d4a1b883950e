#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/formula.h"
#include "pipeline/formula/formula_checker.h"
#include "pipeline/formula/reading_table.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// The formulas of all KPIs of a configuration. Each is compiled once, after those that it uses,
/// however many use it: never one inside of another's tree, so that a chain of KPIs needs no stack.
class KpiFormulas {
 public:
  /// Borrows both. Names are unique.
  KpiFormulas(std::span<const SourceDefinition> sources, std::span<const NamedFormula> kpis)
      : sources_(sources), kpis_(kpis), uses_(kpis.size()) {}

  /// Compiles every KPI's formula. Once, before all that follows.
  void compile_all();

  /// The formula of a KPI, or its mistakes; see compile_formula.
  const TextResult<Formula>& formula(size_t kpi) const { return formulas_[kpi]; }
  /// A formula that is no KPI's, and may use them; its clock functions are of `time_zone`.
  TextResult<Formula> compile(std::string_view text, const std::string& time_zone);

 private:
  /// What a formula uses of the others, by their indexes.
  struct Uses {
    std::vector<size_t> used;     ///< in the order of the text
    std::vector<size_t> used_by;  ///< with repeats
    size_t waits_for = 0;         ///< how many of `used` are not compiled yet
    size_t chain = 1;             ///< KPIs that use each other from this one on, at most
  };
  using Names = std::vector<const Syntax*>;
  /// By index of a KPI: the one that it uses on its shortest way to a certain one.
  using WaysBack = std::vector<std::optional<size_t>>;

  void find_uses();
  void compile_kpi(size_t kpi);
  TextResult<Formula> compile(std::string_view text, const std::string& time_zone,
                              std::optional<size_t> self);
  void check_uses(const Names& names, std::optional<size_t> self,
                  std::vector<TextError>& mistakes) const;
  bool report_circle(const Names& names, size_t self, std::vector<TextError>& mistakes) const;
  WaysBack ways_back_to(size_t kpi) const;
  bool may_grow(size_t numbers, size_t text_size, std::vector<TextError>& mistakes);
  Formula finish(Part part, const FormulaChecker& checker) const;
  void collect_kpis(const Syntax& syntax, Names& names) const;

  std::span<const SourceDefinition> sources_;
  std::span<const NamedFormula> kpis_;
  std::map<std::string_view, size_t> indexes_;  ///< by name
  std::vector<Uses> uses_;                      ///< parallel to the KPIs
  std::vector<TextResult<Formula>> formulas_;   ///< parallel to the KPIs
  CheckedKpis checked_;
  ReadingTable table_;  ///< of all formulas
  size_t numbers_ = 0;  ///< that all formulas compute with
};

}  // namespace kpid
