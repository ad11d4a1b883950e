#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A formula, what is told it, and all that it says: from the configuration to the values.

namespace kpid {

/// Events are lines `TIME GROUP AMOUNT NAME` of the source `s`, with the fields at, g, v and n; `-`
/// is null. A line `---` begins a further partition. Each window is a line `END VALUES`, a value
/// with its group before it where there is one.
struct Story {
  std::string_view formula;
  std::string_view windows;
  std::vector<std::string_view> events;
  std::vector<std::string> values;
  std::string_view by = "";
  std::string_view top = "";   ///< further lines of the configuration
  std::string_view kpis = "";  ///< further KPIs
};

/// The configuration whose KPI `told` has the formula.
std::string configuration_of(const Story& story);

/// Expects of each story its values.
void check(const std::vector<Story>& stories);

/// Expects of each formula its value of the one window, in one hour.
void check_values(const std::vector<std::string_view>& events,
                  const std::vector<std::pair<std::string_view, std::string>>& cases);

}  // namespace kpid
