#include "pipeline/decode/path_tree.h"

#include <algorithm>

namespace kpid {

const PathNode* PathNode::child(std::string_view name) const {
  // A handful of keys: comparing them one by one, sizes first, beats hashing.
  for (const PathNode& node : children) {
    if (node.key == name) return &node;
  }
  return nullptr;
}

PathTree::PathTree(const SourceDefinition& source) {
  if (source.has_time_field()) add(source.time_path, kEventTimeSlot);
  for (size_t i = 0; i < source.fields.size(); ++i) {
    add(source.fields[i].path, static_cast<Slot>(i));
  }
}

void PathTree::add(const std::vector<std::string>& path, Slot slot) {
  PathNode* node = &root;
  for (const std::string& key : path) {
    const auto found = std::ranges::find(node->children, key, &PathNode::key);
    if (found != node->children.end()) {
      node = &*found;
    } else {
      node->children.push_back({.key = key, .id = size++, .slots = {}, .children = {}});
      node = &node->children.back();
    }
  }
  node->slots.push_back(slot);
}

}  // namespace kpid
