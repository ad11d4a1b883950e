#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pipeline/publish/snapshot.h"

namespace kpid {

/// Samples in the order of their labels, each under a number, that change one by one. Lists of them
/// at different times share every chunk in which nothing was done between them. Chunks are not
/// joined again: at worst, after most samples have gone, each has one for itself.
class SortedSamples {
 public:
  /// Samples in a chunk, at most. Small, for the chunk is copied when one of them changes.
  static constexpr size_t kChunkSamples = 16;

  bool has(uint32_t number) const {
    return number < places_.size() && places_[number].chunk != nullptr;
  }
  /// REQUIRES: the number is not there. Cheap where `sample` comes behind all others.
  void insert(uint32_t number, Sample sample);
  /// REQUIRES: the number is there.
  void erase(uint32_t number);
  /// Gives the number another sample under the same labels. REQUIRES: it is there.
  void replace(uint32_t number, Sample sample);

  /// As it is now.
  SampleList list();

 private:
  struct Chunk {
    std::shared_ptr<SampleList::Chunk> content = std::make_shared<SampleList::Chunk>();
    std::vector<uint32_t> numbers;  ///< parallel to the samples
    bool listed = false;            ///< a list has the content: it is copied before a change

    std::vector<Sample>& samples() { return content->samples; }
  };
  struct Place {
    Chunk* chunk = nullptr;  ///< nothing: not there
    uint32_t index = 0;
  };
  using Chunks = std::vector<std::unique_ptr<Chunk>>;

  static void make_writable(Chunk& chunk);
  Chunk& chunk_for(const Sample& sample);
  Chunk& split(Chunks::iterator chunk, const Sample& sample);
  void exchanged(Chunk& chunk, size_t from);

  Chunks chunks_;              ///< ascending; none is empty
  std::vector<Place> places_;  ///< by number
};

}  // namespace kpid
