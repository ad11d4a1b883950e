#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "pipeline/publish/snapshot.h"

namespace kpid {

/// The labels of the series of one window of a KPI as they stand on a page, in either format and in
/// every family: `{customer="a",window="1m"} `. Kept from page to page, for groups rarely change
/// when values do.
class LabelTexts {
 public:
  /// Makes the texts of these samples. Those that were made for the same groups last are kept.
  void update(const KpiDefinition& kpi, const ShownWindow& window);

  /// Of the sample with that index. Valid until the next update.
  std::string_view operator[](size_t sample) const {
    return std::string_view(text_).substr(ends_[sample], ends_[sample + 1] - ends_[sample]);
  }

 private:
  bool same_groups(const SampleList& samples) const;

  std::vector<std::shared_ptr<const std::vector<std::string>>> groups_;
  std::string text_;          ///< one behind the other
  std::vector<size_t> ends_;  ///< of each, behind the beginning of the first
};

/// Those of every shown window. Used by one thread.
class LabelTextCache {
 public:
  /// Up to date for the window, which is one of `snapshot`. Valid until the next call for the same
  /// KPI, window spec and showing.
  const LabelTexts& of(const Snapshot& snapshot, const ShownWindow& window);

 private:
  std::shared_ptr<const Definitions> definitions_;  ///< what the texts were made by
  std::map<std::tuple<size_t, size_t, bool>, LabelTexts> texts_;
};

}  // namespace kpid
