#include "pipeline/aggregate/row_layout.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

namespace {

/// The collection of one kind in a row; an empty one where the row has none.
template <class Summary>
const Summary& summary_in(const GroupRow& row, size_t collection) {
  static const Summary kEmpty;
  if (row.collections == nullptr || row.collections[collection] == nullptr) return kEmpty;
  const auto* summary = std::get_if<Summary>(row.collections[collection].get());
  KPID_ASSERT(summary != nullptr);
  return *summary;
}

}  // namespace

RowLayout::RowLayout(std::vector<Term> terms, const CollectionLimits& limits)
    : terms_(std::move(terms)), limits_(limits) {
  KPID_ASSERT(!terms_.empty() && terms_[0].aggregate == Aggregate::kCount &&
              terms_[0].argument == nullptr && terms_[0].predicate == nullptr);
  for (size_t term = 0; term < terms_.size(); ++term) {
    wide_.offsets.push_back(wide_.empty_row.size());
    narrow_.offsets.push_back(narrow_.empty_row.size());
    if (is_collection(terms_[term].aggregate)) {
      collection_terms_.push_back(term);
      invertible_ = false;
      continue;
    }
    with_accumulator(terms_[term].aggregate, [&](auto empty) {
      using A = decltype(empty);
      const auto narrow = NarrowForm<A>::of(empty);
      wide_.empty_row.append(reinterpret_cast<const char*>(&empty), sizeof(empty));
      narrow_.empty_row.append(reinterpret_cast<const char*>(&narrow), sizeof(narrow));
      invertible_ = invertible_ && Invertible<A>;
    });
  }
}

std::optional<size_t> RowLayout::collection(size_t term) const {
  const auto found = std::lower_bound(collection_terms_.begin(), collection_terms_.end(), term);
  if (found == collection_terms_.end() || *found != term) return std::nullopt;
  return static_cast<size_t>(found - collection_terms_.begin());
}

namespace {

/// Calls `visit` with the width as a constant, so that a row's loop need not ask for it each time.
template <class Visit>
void with_width(RowWidth width, Visit&& visit) {
  if (width == RowWidth::kWide) {
    visit(std::integral_constant<RowWidth, RowWidth::kWide>());
  } else {
    visit(std::integral_constant<RowWidth, RowWidth::kNarrow>());
  }
}

}  // namespace

void RowLayout::merge(const RowPairs& rows) const {
  with_width(rows.width(), [&](auto width) {
    for (size_t term = 0; term < terms_.size(); ++term) {
      if (is_collection(terms_[term].aggregate)) continue;
      const size_t into_offset = wide_.offsets[term];
      const size_t from_offset = of(width).offsets[term];
      with_accumulator(terms_[term].aggregate, [&](auto merged) {
        using A = decltype(merged);
        for (size_t pair = 0; pair < rows.into().size(); ++pair) {
          char* const into = rows.into()[pair] + into_offset;
          merged = load<A>(into);
          merged.merge(load<A>(rows.from(pair) + from_offset, width));
          store(into, merged);
        }
      });
    }
  });
}

void RowLayout::merge(char* into, const SliceRow& from) const {
  RowPairs one(from.width);
  one.add(into, from.accumulators);
  merge(one);
}

void RowLayout::unmerge(const RowPairs& rows) const {
  KPID_ASSERT(invertible_);
  with_width(rows.width(), [&](auto width) {
    for (size_t term = 0; term < terms_.size(); ++term) {
      const size_t into_offset = wide_.offsets[term];
      const size_t from_offset = of(width).offsets[term];
      with_accumulator(terms_[term].aggregate, [&](auto merged) {
        using A = decltype(merged);
        if constexpr (Invertible<A>) {
          for (size_t pair = 0; pair < rows.into().size(); ++pair) {
            char* const into = rows.into()[pair] + into_offset;
            merged = load<A>(into);
            merged.unmerge(load<A>(rows.from(pair) + from_offset, width));
            store(into, merged);
          }
        }
      });
    }
  });
}

bool same_row(const RowLayout& layout, const GroupRow& a, const GroupRow& b) {
  if (a.accumulators == b.accumulators && a.collections == b.collections) return true;
  if (std::memcmp(a.accumulators, b.accumulators, layout.bytes()) != 0) return false;
  for (size_t i = 0; i < layout.collections(); ++i) {
    const Collection* const in_a = a.collections ? a.collections[i].get() : nullptr;
    const Collection* const in_b = b.collections ? b.collections[i].get() : nullptr;
    if (in_a != in_b) return false;
  }
  return true;
}

TermValue read_row(const RowLayout& layout, const Reading& reading, size_t term,
                   const GroupRow& row, const GroupRow& memory) {
  const int64_t units_per_one = layout.terms()[term].units_per_one();
  const std::optional<size_t> collection = layout.collection(term);
  switch (reading.as) {
    case ReadAs::kResult:
      if (collection) return summary_in<DistinctKeys>(row, *collection).count();
      return with_accumulator(layout.terms()[term].aggregate, [&](auto empty) {
        return load<decltype(empty)>(row.accumulators + layout.offset(term)).result(units_per_one);
      });
    case ReadAs::kQuantile:
      return summary_in<ValueCounts>(row, *collection).quantile(reading.parameter, units_per_one);
    case ReadAs::kTopShare:
      return summary_in<KeySums>(row, *collection).top_share(reading.parameter);
    case ReadAs::kRetained:
      return retained(summary_in<KeySet>(row, *collection),
                      summary_in<KeySet>(memory, *collection));
    case ReadAs::kNew:
      return new_keys(summary_in<KeySet>(row, *collection),
                      summary_in<KeySet>(memory, *collection));
    case ReadAs::kReturning:
      return returning(summary_in<KeySet>(row, *collection),
                       summary_in<KeySet>(memory, *collection));
    case ReadAs::kWindowLength:
      break;
  }
  KPID_ASSERT(!"no reading of a row");
  return {};
}

}  // namespace kpid
