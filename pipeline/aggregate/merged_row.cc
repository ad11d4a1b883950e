#include "pipeline/aggregate/merged_row.h"

namespace kpid {

void MergedCollections::add(size_t index, const CollectionPtr& part,
                            const CollectionLimits& limits) {
  if (!part) return;
  if (!collections_[index]) {
    collections_[index] = part;
    return;
  }
  if (!own_[index]) {
    own_[index] = std::make_shared<Collection>(*collections_[index]);
    collections_[index] = own_[index];
  }
  merge(*own_[index], *part, limits);
}

void MergedRow::add(const GroupRow& row) {
  layout_.merge(accumulators_.data(), row.accumulators);
  if (row.collections == nullptr) return;
  for (size_t i = 0; i < layout_.collections(); ++i) {
    collections_.add(i, row.collections[i], layout_.limits());
  }
}

}  // namespace kpid
