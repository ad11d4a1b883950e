#include "pipeline/publish/group_labels.h"

#include <algorithm>
#include <utility>

namespace kpid {

namespace {

bool could_be_taken_for(std::string_view value, std::string_view label) {
  return value.starts_with(label) &&
         value.find_first_not_of('_', label.size()) == std::string_view::npos;
}

bool needs_mark(const std::string& value) {
  return could_be_taken_for(value, kMergedGroupLabel) ||
         could_be_taken_for(value, kOverflowGroupLabel);
}

}  // namespace

std::shared_ptr<const std::vector<std::string>> shown_labels(std::shared_ptr<const GroupKey> key) {
  if (std::none_of(key->values.begin(), key->values.end(), needs_mark)) {
    const std::vector<std::string>* const values = &key->values;
    return {std::move(key), values};
  }
  auto marked = std::make_shared<std::vector<std::string>>(key->values);
  for (std::string& value : *marked) {
    if (needs_mark(value)) value += '_';
  }
  return marked;
}

std::shared_ptr<const std::vector<std::string>> same_labels(std::string_view label, size_t count) {
  return std::make_shared<const std::vector<std::string>>(count, std::string(label));
}

}  // namespace kpid
