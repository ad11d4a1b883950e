#include "pipeline/formula/copy_budget.h"

#include <string>

#include "pipeline/formula/window_functions.h"

namespace kpid {
namespace {

/// Nodes that a formula may have beside those of its text: copies for other windows, and other
/// KPIs. Far more than anyone computes; keeps what is evaluated per group small.
constexpr size_t kMostCopiedNodes = 20'000;

}  // namespace

bool CopyBudget::allows(const Part& part, size_t copies, Place place) {
  const ExpressionSize size = size_of(part.expression);
  nodes_ += size.nodes * copies;
  if (nodes_ <= kMostCopiedNodes && size.depth <= kDeepestFormula) return true;
  errors_.push_back({place.offset, place.length,
                     "the formula would compute with more than " +
                         std::to_string(kMostCopiedNodes) + " numbers for each value",
                     "average over fewer windows, or look back less often"});
  return false;
}

}  // namespace kpid
