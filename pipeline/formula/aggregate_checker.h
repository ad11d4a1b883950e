#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/formula/exact_expression.h"
#include "pipeline/formula/formula.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// Whether the call aggregates: with one argument `min` and `max` do too.
bool is_aggregate(const Syntax& call);

/// Checks the aggregates of one formula, and gathers their terms.
class AggregateChecker {
 public:
  /// Borrows both.
  AggregateChecker(const FormulaScope& scope, std::vector<TextError>& errors)
      : scope_(scope), errors_(errors) {}

  /// The aggregate as an expression over terms; nothing after a mistake, which was reported.
  /// REQUIRES: is_aggregate(call), and the call has one argument.
  std::optional<ExactExpression> check(const Syntax& call);

  /// Whether there was any aggregate without mistakes.
  bool found_any() const { return !aggregates_.empty(); }
  /// Whether one of them begins at `offset` of the text or later.
  bool found_from(size_t offset) const;
  /// The index of the reading that counts what the first aggregate from `offset` on aggregates, or
  /// the first of all where none begins there. REQUIRES: found_any().
  size_t samples_reading_from(size_t offset);

  /// The terms and readings, without repeats, and the terms' sources in order of first use.
  std::vector<Term> take_terms() { return std::move(terms_); }
  std::vector<Reading> take_readings() { return std::move(readings_); }
  std::vector<std::string> take_sources() { return std::move(sources_); }

 private:
  /// An aggregate as written, with the count of what it aggregates.
  struct FoundAggregate {
    size_t offset = 0;
    Term samples;
  };

  std::nullopt_t report(Place place, std::string text, std::string hint = "");
  /// Reports calls inside of an aggregate that have no place there; whether there were any.
  bool report_inner_aggregates(const Syntax& syntax);
  void check_argument(const Syntax& call, Type type);
  ExactExpression make_average(Term term);
  ExactExpression make_term(Term term);
  size_t add_term(Term term);
  size_t add_reading(Reading reading);

  const FormulaScope& scope_;
  std::vector<TextError>& errors_;
  std::vector<Term> terms_;
  std::vector<std::string> canonicals_;  ///< parallel to the terms
  std::vector<Reading> readings_;
  std::vector<std::string> sources_;
  std::vector<FoundAggregate> aggregates_;  ///< in the order of the text
};

}  // namespace kpid
