#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/aggregate/row_layout.h"

namespace kpid {

/// Collections that grow by merging. One with a single part is shared with where it comes from.
class MergedCollections {
 public:
  explicit MergedCollections(size_t count) : collections_(count), own_(count) {}

  void add(size_t index, const CollectionPtr& part, const CollectionLimits& limits);

  const std::vector<CollectionPtr>& collections() const { return collections_; }
  std::vector<CollectionPtr> take() && { return std::move(collections_); }

 private:
  std::vector<CollectionPtr> collections_;
  std::vector<std::shared_ptr<Collection>> own_;  ///< those that are no longer shared
};

/// The merge of rows.
class MergedRow {
 public:
  /// Of no rows yet. `layout` outlives it.
  explicit MergedRow(const RowLayout& layout)
      : layout_(layout), accumulators_(layout.empty_row()), collections_(layout.collections()) {}

  void add(const GroupRow& row);
  /// Valid until the next `add`.
  GroupRow row() const { return {accumulators_.data(), collections_.collections().data()}; }

 private:
  const RowLayout& layout_;
  std::string accumulators_;
  MergedCollections collections_;
};

}  // namespace kpid
