#include <algorithm>
#include <string>
#include <vector>

#include "pipeline/formula/kpi_formulas.h"

namespace kpid {

TextResult<Formula> compile_formula(std::string_view text, const FormulaScope& scope) {
  std::vector<NamedFormula> kpis(scope.kpis.begin(), scope.kpis.end());
  auto self = kpis.end();
  if (!scope.self.empty()) {
    self = std::find_if(kpis.begin(), kpis.end(),
                        [&](const NamedFormula& kpi) { return kpi.name == scope.self; });
    if (self == kpis.end()) self = kpis.insert(self, {.name = scope.self, .text = {}});
    self->text = text;
    self->time_zone = scope.time_zone;
  }
  KpiFormulas formulas(scope.sources, kpis);
  formulas.compile_all();
  if (self == kpis.end()) return formulas.compile(text, scope.time_zone);
  return formulas.formula(static_cast<size_t>(self - kpis.begin()));
}

}  // namespace kpid
