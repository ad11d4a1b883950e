#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/formula/formula_checker.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/formula/window_functions.h"

namespace kpid {
namespace {

/// Bytes that a formula may have. Far more than anyone reads; keeps identities, which repeat their
/// parts on every level, small.
constexpr size_t kLongestFormula = 65'536;

/// KPIs through which another may be computed.
constexpr size_t kLongestChain = 50;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " -> ") + name;
  return text;
}

/// Compiles one formula, and before it those of the KPIs that it uses.
class Compiler {
 public:
  Compiler(const FormulaScope& scope, std::vector<TextError>& errors)
      : scope_(scope), errors_(errors) {
    if (!scope.self.empty()) path_.push_back(scope.self);
  }

  std::shared_ptr<const Formula::Compiled> compile(std::string_view text) {
    const std::optional<Syntax> syntax = parse(text, errors_);
    if (!syntax) return nullptr;
    for (const Syntax* name : kpis_named_in(*syntax)) check_use(*name);
    FormulaChecker checker(scope_, kpis_, table_, errors_);
    std::optional<Part> whole = checker.check_formula(*syntax);
    if (!whole) return nullptr;
    Formula::Compiled compiled;
    compiled.is_quotient = whole->divisor_samples.has_value();
    // What was only met on the way, such as x itself in previous(x), is not read.
    ReadingTable used;
    compiled.expression = taken_to(used, whole->expression, table_);
    compiled.samples_reading = used.add_result(
        std::move(whole->divisor_samples ? *whole->divisor_samples : *whole->samples));
    compiled.terms = used.terms();
    compiled.readings = used.readings();
    compiled.sources = used.sources();
    compiled.look_backs = checker.look_backs();
    compiled.used_kpis = checker.used_kpis();
    return std::make_shared<const Formula::Compiled>(std::move(compiled));
  }

 private:
  static std::optional<Syntax> parse(std::string_view text, std::vector<TextError>& errors) {
    if (text.size() <= kLongestFormula) return parse_formula(text, errors);
    errors.push_back({kLongestFormula, 1, "the formula is too long",
                      "at most " + std::to_string(kLongestFormula) + " bytes"});
    return std::nullopt;
  }

  const NamedFormula* find_kpi(std::string_view name) const {
    const auto found = std::find_if(scope_.kpis.begin(), scope_.kpis.end(),
                                    [&](const NamedFormula& kpi) { return kpi.name == name; });
    return found == scope_.kpis.end() ? nullptr : &*found;
  }

  /// Names of KPIs that stand between aggregates, in the order of the text.
  std::vector<const Syntax*> kpis_named_in(const Syntax& syntax) const {
    std::vector<const Syntax*> names;
    collect_kpis(syntax, names);
    return names;
  }

  void collect_kpis(const Syntax& syntax, std::vector<const Syntax*>& names) const {
    if (syntax.kind == Syntax::Kind::kCall && is_aggregate(syntax)) return;
    const bool bare_name = syntax.kind == Syntax::Kind::kName && syntax.source.empty();
    if (bare_name && find_kpi(syntax.name) != nullptr) names.push_back(&syntax);
    for (const Syntax& operand : syntax.operands) collect_kpis(operand, names);
  }

  /// Prepares a KPI that the formula names, and reports where it leads back to the formula's own.
  void check_use(const Syntax& name) {
    cycle_.clear();
    too_long_ = false;
    prepare(name.name);
    if (!cycle_.empty()) {
      errors_.push_back({name.place.offset, name.place.length,
                         "the KPI '" + scope_.self + "' is computed from itself: " + joined(cycle_),
                         "break the circle: write out what one of them counts"});
    } else if (too_long_) {
      errors_.push_back({name.place.offset, name.place.length,
                         "'" + name.name + "' is computed through too many other KPIs",
                         "at most " + std::to_string(kLongestChain)});
    }
  }

  /// Checks a KPI's formula once, and those that it uses before it: never one inside of another's
  /// tree, so that a chain of KPIs needs little of the stack.
  void prepare(const std::string& name) {
    const auto begun = std::find(path_.begin(), path_.end(), name);
    if (begun != path_.end()) {
      if (name != scope_.self) return;  // reported where a KPI of that circle is compiled
      cycle_ = path_;
      cycle_.push_back(name);
      return;
    }
    if (kpis_.contains(name)) return;
    if (path_.size() > kLongestChain) {
      too_long_ = true;
      return;
    }
    path_.push_back(name);
    const NamedFormula& kpi = *find_kpi(name);
    std::vector<TextError> mistakes;  // reported where that KPI is compiled for itself
    std::optional<Part> checked;
    if (const std::optional<Syntax> syntax = parse(kpi.text, mistakes)) {
      for (const Syntax* used : kpis_named_in(*syntax)) prepare(used->name);
      const FormulaScope scope{scope_.sources, scope_.kpis, kpi.time_zone, name};
      FormulaChecker checker(scope, kpis_, table_, mistakes);
      checked = checker.check_formula(*syntax);
      if (!mistakes.empty()) checked.reset();
    }
    kpis_.emplace(name, std::move(checked));
    path_.pop_back();
  }

  const FormulaScope& scope_;
  std::vector<TextError>& errors_;
  ReadingTable table_;
  CheckedKpis kpis_;
  std::vector<std::string> path_;   ///< the KPIs that are being prepared, each for the one before
  std::vector<std::string> cycle_;  ///< from the formula's own KPI to itself: a, b, a
  bool too_long_ = false;
};

}  // namespace

TextResult<Formula> compile_formula(std::string_view text, const FormulaScope& scope) {
  std::vector<TextError> errors;
  std::shared_ptr<const Formula::Compiled> compiled = Compiler(scope, errors).compile(text);
  if (errors.empty() && compiled != nullptr) return Formula(std::move(compiled));
  std::stable_sort(errors.begin(), errors.end(), [](const TextError& left, const TextError& right) {
    return left.offset < right.offset;
  });
  return tl::unexpected(std::move(errors));
}

}  // namespace kpid
