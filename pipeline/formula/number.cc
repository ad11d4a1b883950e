#include "pipeline/formula/number.h"

#include <fmt/format.h>

#include <iterator>

namespace kpid {

double Number::to_double() const {
  return kind_ == Kind::kExact ? kpid::to_double(Decimal{nanos_}) : nearest_;
}

void Number::append_to(std::string& out) const {
  switch (kind_) {
    case Kind::kExact:
      append_decimal(out, Decimal{nanos_});
      return;
    case Kind::kLarge:
      out += digits_;
      return;
    case Kind::kDouble:
      fmt::format_to(std::back_inserter(out), "{}", nearest_);
      return;
  }
}

std::string Number::to_string() const {
  std::string text;
  append_to(text);
  return text;
}

std::partial_ordering Number::operator<=>(const Number& other) const {
  if (kind_ == Kind::kExact && other.kind_ == Kind::kExact) {
    if (nanos_ == other.nanos_) return std::partial_ordering::equivalent;
    return nanos_ < other.nanos_ ? std::partial_ordering::less : std::partial_ordering::greater;
  }
  return to_double() <=> other.to_double();
}

}  // namespace kpid
