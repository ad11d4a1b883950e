#include "pipeline/formula/formula.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"
#include "pipeline/formula/exact_expression.h"

namespace kpid {

std::string_view name_of(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kCount:
      return "count";
    case Aggregate::kSum:
      return "sum";
    case Aggregate::kMin:
      return "min";
    case Aggregate::kMax:
      return "max";
    case Aggregate::kMoments:
      return "stddev";
    case Aggregate::kFirst:
      return "first";
    case Aggregate::kLast:
      return "last";
    case Aggregate::kValues:
      return "quantile";
    case Aggregate::kDistinct:
      return "distinct";
    case Aggregate::kKeys:
      return "keys";
    case Aggregate::kKeySums:
      return "key_sums";
  }
  return "";
}

std::string Term::canonical() const {
  std::string text(name_of(aggregate));
  text += "(" + source;
  if (argument != nullptr) text += ": " + kpid::canonical(*argument);
  if (key != nullptr) text += " by " + kpid::canonical(*key);
  if (predicate != nullptr) text += " where " + kpid::canonical(*predicate);
  return text + ")";
}

int64_t Term::units_per_one() const {
  if (aggregate == Aggregate::kCount) return 1;
  switch (type_of(*argument)) {
    case Type::kDecimal:
    case Type::kDuration:
      return kNanosPerUnit;
    case Type::kTime:
      return 1000;
    case Type::kInt:
    case Type::kBool:
    case Type::kString:
      return 1;
  }
  return 1;
}

Formula::Formula(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

const std::vector<Term>& Formula::terms() const { return compiled_->terms; }

const std::vector<std::string>& Formula::sources() const { return compiled_->sources; }

const std::vector<Reading>& Formula::readings() const { return compiled_->readings; }

size_t Formula::samples_reading() const { return compiled_->samples_reading; }

bool Formula::looks_back() const {
  return std::any_of(readings().begin(), readings().end(), [](const Reading& reading) {
    return !reading.earlier.empty() || reading.memory.has_value();
  });
}

const std::vector<WrittenLookBack>& Formula::look_backs() const { return compiled_->look_backs; }

const std::vector<UsedKpi>& Formula::used_kpis() const { return compiled_->used_kpis; }

bool Formula::is_quotient() const { return compiled_->is_quotient; }

std::optional<Number> Formula::value(std::span<const TermValue> values) const {
  return evaluate_exact(compiled_->expression, values);
}

std::optional<Number> Formula::numerator(std::span<const TermValue> values) const {
  KPID_ASSERT(is_quotient());
  return evaluate_exact(compiled_->expression.operands[0], values);
}

std::optional<Number> Formula::denominator(std::span<const TermValue> values) const {
  KPID_ASSERT(is_quotient());
  return evaluate_exact(compiled_->expression.operands[1], values);
}

}  // namespace kpid
