#include "pipeline/aggregate/row_layout.h"

#include <utility>

#include "pipeline/check.h"

namespace kpid {

RowLayout::RowLayout(std::vector<Term> terms) : terms_(std::move(terms)) {
  KPID_ASSERT(!terms_.empty() && terms_[0].aggregate == Aggregate::kCount &&
              terms_[0].argument == nullptr && terms_[0].predicate == nullptr);
  for (const Term& term : terms_) {
    offsets_.push_back(empty_row_.size());
    with_accumulator(term.aggregate, [&](auto empty) {
      char bytes[sizeof(empty)];
      store(bytes, empty);
      empty_row_.append(bytes, sizeof(empty));
    });
  }
}

void RowLayout::merge(char* into, const char* from) const {
  for (size_t term = 0; term < terms_.size(); ++term) {
    with_accumulator(terms_[term].aggregate, [&](auto merged) {
      using A = decltype(merged);
      merged = load<A>(into + offsets_[term]);
      merged.merge(load<A>(from + offsets_[term]));
      store(into + offsets_[term], merged);
    });
  }
}

TermValue RowLayout::value(const char* row, size_t term) const {
  return with_accumulator(terms_[term].aggregate, [&](auto empty) {
    return load<decltype(empty)>(row + offsets_[term]).result(terms_[term].units_per_one());
  });
}

}  // namespace kpid
