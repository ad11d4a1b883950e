#include "pipeline/formula/kpi_formulas.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "pipeline/formula/exact_work.h"
#include "pipeline/formula/window_functions.h"

namespace kpid {
namespace {

/// Bytes that a formula may have. Far more than anyone reads; keeps identities, which repeat their
/// parts on every level, small.
constexpr size_t kLongestFormula = 65'536;

/// KPIs through which another may be computed.
constexpr size_t kLongestChain = 50;

/// Numbers that the formulas of a configuration may compute with for each group and window. Each
/// takes some hundred bytes, and the time of all of them is that of publishing one group.
constexpr size_t kMostNumbers = 250'000;

/// How much one value may be to compute, see work_of: a few hundredths of a second. A moving
/// average of an average over 1,000 windows is a twentieth of it.
constexpr uint64_t kMostWork = 30'000'000;

/// Names of a circle of KPIs that a message tells.
constexpr size_t kMostNamesTold = 10;

std::optional<Syntax> parse(std::string_view text, std::vector<TextError>& errors) {
  if (text.size() <= kLongestFormula) return parse_formula(text, errors);
  errors.push_back({kLongestFormula, 1, "the formula is too long",
                    "at most " + std::to_string(kLongestFormula) + " bytes"});
  return std::nullopt;
}

}  // namespace

void KpiFormulas::compile_all() {
  find_uses();
  formulas_.assign(kpis_.size(), tl::unexpected(std::vector<TextError>()));
  std::vector<bool> compiled(kpis_.size());
  std::deque<size_t> ready;
  for (size_t kpi = 0; kpi < kpis_.size(); ++kpi) {
    if (uses_[kpi].waits_for == 0) ready.push_back(kpi);
  }
  for (; !ready.empty(); ready.pop_front()) {
    const size_t kpi = ready.front();
    compile_kpi(kpi);
    compiled[kpi] = true;
    for (const size_t user : uses_[kpi].used_by) {
      uses_[user].chain = std::max(uses_[user].chain, uses_[kpi].chain + 1);
      if (--uses_[user].waits_for == 0) ready.push_back(user);
    }
  }
  // What is left is computed from itself, or uses such a one.
  for (size_t kpi = 0; kpi < kpis_.size(); ++kpi) {
    if (!compiled[kpi]) compile_kpi(kpi);
  }
}

void KpiFormulas::find_uses() {
  for (size_t kpi = 0; kpi < kpis_.size(); ++kpi) {
    indexes_.emplace(kpis_[kpi].name, kpi);
    checked_.emplace(kpis_[kpi].name, std::nullopt);
  }
  for (size_t kpi = 0; kpi < kpis_.size(); ++kpi) {
    std::vector<TextError> mistakes;  // reported where the formula is compiled
    const std::optional<Syntax> syntax = parse(kpis_[kpi].text, mistakes);
    if (!syntax) continue;
    Names names;
    collect_kpis(*syntax, names);
    for (const Syntax* name : names) {
      const size_t used = indexes_.at(name->name);
      uses_[kpi].used.push_back(used);
      uses_[used].used_by.push_back(kpi);
    }
    uses_[kpi].waits_for = names.size();
  }
}

/// Names of KPIs that stand between aggregates, in the order of the text.
void KpiFormulas::collect_kpis(const Syntax& syntax, Names& names) const {
  if (syntax.kind == Syntax::Kind::kCall && is_aggregate(syntax)) return;
  const bool bare_name = syntax.kind == Syntax::Kind::kName && syntax.source.empty();
  if (bare_name && indexes_.contains(syntax.name)) names.push_back(&syntax);
  for (const Syntax& operand : syntax.operands) collect_kpis(operand, names);
}

void KpiFormulas::compile_kpi(size_t kpi) {
  formulas_[kpi] = compile(kpis_[kpi].text, kpis_[kpi].time_zone, kpi);
}

TextResult<Formula> KpiFormulas::compile(std::string_view text, const std::string& time_zone) {
  return compile(text, time_zone, std::nullopt);
}

TextResult<Formula> KpiFormulas::compile(std::string_view text, const std::string& time_zone,
                                         std::optional<size_t> self) {
  std::vector<TextError> mistakes;
  const FormulaScope scope{sources_, kpis_, time_zone};
  FormulaChecker checker(scope, checked_, table_, mistakes);
  std::optional<Part> whole;
  if (const std::optional<Syntax> syntax = parse(text, mistakes)) {
    Names names;
    collect_kpis(*syntax, names);
    check_uses(names, self, mistakes);
    whole = checker.check_formula(*syntax);
  }
  if (whole && work_of(whole->expression, table_) > kMostWork) {
    mistakes.push_back({0, std::max<size_t>(text.size(), 1),
                        "the exact value of the formula would take too long to compute",
                        "multiply, divide and average less often, or round(x, 9) in between"});
  }
  if (whole && mistakes.empty() && may_grow(checker.numbers(*whole), text.size(), mistakes)) {
    if (self) checked_[kpis_[*self].name] = *whole;
    return finish(std::move(*whole), checker);
  }
  std::stable_sort(
      mistakes.begin(), mistakes.end(),
      [](const TextError& left, const TextError& right) { return left.offset < right.offset; });
  return tl::unexpected(std::move(mistakes));
}

bool KpiFormulas::may_grow(size_t numbers, size_t text_size, std::vector<TextError>& mistakes) {
  const bool grew_before = numbers_ > kMostNumbers;
  numbers_ += numbers;
  if (numbers_ <= kMostNumbers) return true;
  if (grew_before) return false;  // said once
  // What cannot be used any more costs nothing where it is.
  for (auto& [name, kpi] : checked_) kpi.reset();
  mistakes.push_back({0, std::max<size_t>(text_size, 1),
                      "with this one the formulas would compute with more than " +
                          std::to_string(kMostNumbers) + " numbers for each group and window",
                      "average over fewer windows, or look back less often"});
  return false;
}

Formula KpiFormulas::finish(Part part, const FormulaChecker& checker) const {
  Formula::Compiled compiled;
  compiled.is_quotient = part.divisor_samples.has_value();
  // What was only met on the way, such as x itself in previous(x), is not read.
  ReadingTable used;
  compiled.expression = taken_to(used, part.expression, table_);
  compiled.samples_reading =
      used.add_result(std::move(part.divisor_samples ? *part.divisor_samples : *part.samples));
  compiled.terms = used.terms();
  compiled.readings = used.readings();
  compiled.sources = used.sources();
  compiled.look_backs = checker.look_backs();
  compiled.used_kpis = checker.used_kpis();
  return Formula(std::make_shared<const Formula::Compiled>(std::move(compiled)));
}

void KpiFormulas::check_uses(const Names& names, std::optional<size_t> self,
                             std::vector<TextError>& mistakes) const {
  if (self && uses_[*self].waits_for > 0 && report_circle(names, *self, mistakes)) return;
  for (const Syntax* name : names) {
    if (uses_[indexes_.at(name->name)].chain <= kLongestChain) continue;
    mistakes.push_back({name->place.offset, name->place.length,
                        "'" + name->name + "' is computed through too many other KPIs",
                        "at most " + std::to_string(kLongestChain)});
  }
}

/// Whether a name leads back to the KPI `self`; the first one is reported.
bool KpiFormulas::report_circle(const Names& names, size_t self,
                                std::vector<TextError>& mistakes) const {
  const WaysBack next = ways_back_to(self);
  for (const Syntax* name : names) {
    std::optional<size_t> at = indexes_.at(name->name);
    if (at != self && !next[*at]) continue;
    std::string circle = kpis_[self].name;
    for (size_t told = 1; told < kMostNamesTold && at != self; ++told, at = next[*at]) {
      circle += " -> " + kpis_[*at].name;
    }
    if (at != self) circle += " -> ...";
    mistakes.push_back({name->place.offset, name->place.length,
                        "the KPI '" + kpis_[self].name + "' is computed from itself: " + circle +
                            " -> " + kpis_[self].name,
                        "break the circle: write out what one of them counts"});
    return true;
  }
  return false;
}

KpiFormulas::WaysBack KpiFormulas::ways_back_to(size_t kpi) const {
  WaysBack next(kpis_.size());
  std::deque<size_t> reached = {kpi};
  for (; !reached.empty(); reached.pop_front()) {
    for (const size_t user : uses_[reached.front()].used_by) {
      if (user == kpi || next[user]) continue;
      next[user] = reached.front();
      reached.push_back(user);
    }
  }
  return next;
}

}  // namespace kpid
