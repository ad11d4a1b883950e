#include "pipeline/formula/aggregate_function.h"

#include <algorithm>
#include <array>

namespace kpid {
namespace {

using Shape = AggregateFunction::Shape;
using Takes = AggregateFunction::Takes;

constexpr std::array<AggregateFunction, 15> kFunctions = {{
    {.name = "count", .keeps = Aggregate::kCount, .takes = Takes::kAnything},
    {.name = "sum", .keeps = Aggregate::kSum},
    {.name = "avg", .keeps = Aggregate::kSum},
    {.name = "min", .keeps = Aggregate::kMin, .takes = Takes::kOrdered},
    {.name = "max", .keeps = Aggregate::kMax, .takes = Takes::kOrdered},
    {.name = "stddev", .keeps = Aggregate::kMoments, .usage = "write stddev(field)"},
    {.name = "first",
     .keeps = Aggregate::kFirst,
     .takes = Takes::kOrdered,
     .usage = "write first(field)"},
    {.name = "last",
     .keeps = Aggregate::kLast,
     .takes = Takes::kOrdered,
     .usage = "write last(field)"},
    {.name = "median",
     .keeps = Aggregate::kValues,
     .read = ReadAs::kQuantile,
     .usage = "write median(field)"},
    {.name = "quantile",
     .keeps = Aggregate::kValues,
     .read = ReadAs::kQuantile,
     .shape = Shape::kQuantile,
     .usage = "write quantile(0.95, field)"},
    {.name = "distinct",
     .keeps = Aggregate::kDistinct,
     .takes = Takes::kAnything,
     .usage = "write distinct(field)"},
    {.name = "top_share",
     .keeps = Aggregate::kKeySums,
     .read = ReadAs::kTopShare,
     .shape = Shape::kTopShare,
     .usage = "write top_share(3, amount, by: customer)"},
    {.name = "retained",
     .keeps = Aggregate::kKeys,
     .read = ReadAs::kRetained,
     .shape = Shape::kKeys,
     .takes = Takes::kAnything,
     .usage = "write retained(customer)"},
    {.name = "new",
     .keeps = Aggregate::kKeys,
     .read = ReadAs::kNew,
     .shape = Shape::kKeys,
     .takes = Takes::kAnything,
     .usage = "write new(customer, 1 year)"},
    {.name = "returning",
     .keeps = Aggregate::kKeys,
     .read = ReadAs::kReturning,
     .shape = Shape::kKeys,
     .takes = Takes::kAnything,
     .usage = "write returning(customer, 1 year)"},
}};

}  // namespace

const AggregateFunction* find_aggregate_function(std::string_view name) {
  const auto found =
      std::find_if(kFunctions.begin(), kFunctions.end(),
                   [&](const AggregateFunction& function) { return function.name == name; });
  return found == kFunctions.end() ? nullptr : found;
}

std::vector<std::string> aggregate_function_names() {
  std::vector<std::string> names;
  for (const AggregateFunction& function : kFunctions) names.emplace_back(function.name);
  return names;
}

bool is_aggregate(const Syntax& call) {
  if (find_aggregate_function(call.name) == nullptr) return false;
  const bool extreme = call.name == "min" || call.name == "max";
  return !extreme || call.has_where || call.operands.size() == 1;
}

}  // namespace kpid
