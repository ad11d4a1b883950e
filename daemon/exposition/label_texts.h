#pragma once

#include <cstdint>
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
  /// Those of one chunk of a SampleList.
  class Chunk {
   public:
    Chunk(std::span<const std::string> by, std::string_view window,
          const SampleList::Chunk& samples);

    /// Of the sample with that index in the chunk.
    std::string_view operator[](size_t sample) const {
      const size_t begin = sample == 0 ? 0 : ends_[sample - 1];
      return std::string_view(text_).substr(begin, ends_[sample] - begin);
    }
    /// That of the groups.
    const std::shared_ptr<const void>& mark() const { return groups_mark_; }

   private:
    std::shared_ptr<const void> groups_mark_;
    std::string text_;            ///< one behind the other
    std::vector<uint32_t> ends_;  ///< of each
  };

  /// Makes the texts of the window's samples. Those of chunks that have their groups still are
  /// kept.
  void update(const KpiDefinition& kpi, const ShownWindow& window);

  /// Parallel to the chunks of samples. Valid until the next update.
  const std::vector<Chunk>& chunks() const { return chunks_; }

 private:
  std::vector<Chunk> chunks_;
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
