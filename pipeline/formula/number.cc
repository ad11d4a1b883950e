#include "pipeline/formula/number.h"

#include <fmt/format.h>

#include <iterator>

namespace kpid {

std::optional<Decimal> Number::decimal() const {
  const auto* const nanos = std::get_if<StoredInt128>(&value_);
  if (!nanos) return std::nullopt;
  return Decimal{nanos->value()};
}

double Number::to_double() const {
  if (const auto exact = decimal()) return kpid::to_double(*exact);
  if (const auto* const nearest = std::get_if<double>(&value_)) return *nearest;
  return std::get<std::shared_ptr<const Large>>(value_)->nearest;
}

void Number::append_to(std::string& out) const {
  if (const auto exact = decimal()) {
    append_decimal(out, *exact);
  } else if (const auto* const nearest = std::get_if<double>(&value_)) {
    fmt::format_to(std::back_inserter(out), "{}", *nearest);
  } else {
    out += std::get<std::shared_ptr<const Large>>(value_)->digits;
  }
}

std::string Number::to_string() const {
  std::string text;
  append_to(text);
  return text;
}

std::partial_ordering Number::operator<=>(const Number& other) const {
  const auto exact = decimal();
  const auto exact_other = other.decimal();
  if (!exact || !exact_other) return to_double() <=> other.to_double();
  if (exact->nanos == exact_other->nanos) return std::partial_ordering::equivalent;
  return exact->nanos < exact_other->nanos ? std::partial_ordering::less
                                           : std::partial_ordering::greater;
}

}  // namespace kpid
