#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/group_table.h"

namespace kpid {

/// Every label of the groups that `max_series` merged.
inline constexpr std::string_view kMergedGroupLabel = "other";
/// Every label of the group that took the events for which the table of groups had no room.
inline constexpr std::string_view kOverflowGroupLabel = "__other__";

/// The values of a group as they are shown: a real `other` or `__other__`, with any number of `_`
/// behind it, gets one `_` more, so that it is never taken for the group of that name.
std::shared_ptr<const std::vector<std::string>> shown_labels(std::shared_ptr<const GroupKey> key);

/// `count` times the same label.
std::shared_ptr<const std::vector<std::string>> same_labels(std::string_view label, size_t count);

}  // namespace kpid
