#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/decode/row_builder.h"
#include "pipeline/event/source_definition.h"

namespace kpid {

/// One key of the declared paths: what its value fills, and which keys are wanted inside it.
struct PathNode {
  std::string key;                 ///< empty at the root
  uint32_t id = 0;                 ///< below the tree's `size`; 0 is the root
  std::vector<Slot> slots;         ///< what the value itself fills; several fields may share it
  std::vector<PathNode> children;  ///< keys are unique

  /// The child with this key; nothing for an undeclared one.
  const PathNode* child(std::string_view name) const;
};

/// The paths of a source's fields and of its event time, joined where they share a beginning.
struct PathTree {
  explicit PathTree(const SourceDefinition& source);

  PathNode root;
  uint32_t size = 1;  ///< number of nodes

 private:
  void add(const std::vector<std::string>& path, Slot slot);
};

/// Which keys a record has already given: of duplicate keys the first counts.
class SeenKeys {
 public:
  explicit SeenKeys(const PathTree& tree) : seen_(tree.size, 0) {}

  /// Forgets everything: a new record.
  void clear() { ++record_; }
  /// Whether this is the first time since `clear`.
  bool first(const PathNode& node) {
    if (seen_[node.id] == record_) return false;
    seen_[node.id] = record_;
    return true;
  }

 private:
  std::vector<uint64_t> seen_;
  uint64_t record_ = 1;
};

}  // namespace kpid
