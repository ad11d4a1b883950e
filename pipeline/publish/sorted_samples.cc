#include "pipeline/publish/sorted_samples.h"

#include <algorithm>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

namespace {

bool labels_before(const Sample& a, const Sample& b) { return *a.group < *b.group; }

}  // namespace

void SortedSamples::make_writable(Chunk& chunk) {
  if (!chunk.listed) return;
  auto copy = std::make_shared<SampleList::Chunk>();
  copy->samples.reserve(kChunkSamples);
  copy->samples.assign(chunk.samples().begin(), chunk.samples().end());
  copy->groups_mark = chunk.content->groups_mark;
  chunk.content = std::move(copy);
  chunk.listed = false;
}

/// From that place on the chunk has other groups than before.
void SortedSamples::exchanged(Chunk& chunk, size_t from) {
  chunk.content->groups_mark.reset();  // a new one when it is listed
  for (size_t i = from; i < chunk.numbers.size(); ++i) {
    places_[chunk.numbers[i]] = {&chunk, static_cast<uint32_t>(i)};
  }
}

/// The chunk that the sample belongs into, with room for it.
SortedSamples::Chunk& SortedSamples::chunk_for(const Sample& sample) {
  if (chunks_.empty()) return *chunks_.emplace_back(std::make_unique<Chunk>());
  // The last one that begins before the sample, else the first. Samples that come in their order,
  // as after a start, all belong into the last of all.
  auto chunk = chunks_.end() - 1;
  if (labels_before(sample, (*chunk)->samples().front())) {
    chunk = std::upper_bound(chunks_.begin(), chunk, sample, [](const Sample& a, const auto& b) {
      return labels_before(a, b->samples().front());
    });
    if (chunk != chunks_.begin()) --chunk;
  }
  return (*chunk)->numbers.size() < kChunkSamples ? **chunk : split(chunk, sample);
}

/// Makes room for the sample by a new chunk behind a full one, and returns that of the two into
/// which it belongs. The new one gets the upper half, but nothing where the sample comes last, so
/// that samples in their order fill their chunks.
SortedSamples::Chunk& SortedSamples::split(Chunks::iterator chunk, const Sample& sample) {
  Chunk& lower = **chunk;
  Chunk& upper = **chunks_.insert(chunk + 1, std::make_unique<Chunk>());
  if (labels_before(lower.samples().back(), sample)) return upper;
  constexpr std::ptrdiff_t kHalf = kChunkSamples / 2;
  make_writable(lower);
  std::move(lower.samples().begin() + kHalf, lower.samples().end(),
            std::back_inserter(upper.samples()));
  lower.samples().erase(lower.samples().begin() + kHalf, lower.samples().end());
  upper.numbers.assign(lower.numbers.begin() + kHalf, lower.numbers.end());
  lower.numbers.erase(lower.numbers.begin() + kHalf, lower.numbers.end());
  exchanged(lower, kHalf);
  exchanged(upper, 0);
  return labels_before(sample, upper.samples().front()) ? lower : upper;
}

void SortedSamples::insert(uint32_t number, Sample sample) {
  KPID_ASSERT(!has(number));
  if (places_.size() <= number) places_.resize(number + 1);
  Chunk& chunk = chunk_for(sample);
  make_writable(chunk);
  std::vector<Sample>& samples = chunk.samples();
  const auto place = std::upper_bound(samples.begin(), samples.end(), sample, labels_before);
  const auto index = place - samples.begin();
  samples.insert(place, std::move(sample));
  chunk.numbers.insert(chunk.numbers.begin() + index, number);
  exchanged(chunk, static_cast<size_t>(index));
}

void SortedSamples::erase(uint32_t number) {
  KPID_ASSERT(has(number));
  const auto [chunk, index] = std::exchange(places_[number], {});
  if (chunk->numbers.size() == 1) {
    chunks_.erase(std::find_if(chunks_.begin(), chunks_.end(),
                               [&](const auto& other) { return other.get() == chunk; }));
    return;
  }
  make_writable(*chunk);
  chunk->samples().erase(chunk->samples().begin() + index);
  chunk->numbers.erase(chunk->numbers.begin() + index);
  exchanged(*chunk, index);
}

void SortedSamples::replace(uint32_t number, Sample sample) {
  KPID_ASSERT(has(number));
  const auto [chunk, index] = places_[number];
  make_writable(*chunk);
  Sample& place = chunk->samples()[index];
  sample.group = std::move(place.group);
  place = std::move(sample);
}

SampleList SortedSamples::list() {
  std::vector<std::shared_ptr<const SampleList::Chunk>> chunks;
  chunks.reserve(chunks_.size());
  for (const auto& chunk : chunks_) {
    if (!chunk->content->groups_mark) {
      chunk->content->groups_mark = std::make_shared<const char>();
    }
    chunk->listed = true;
    chunks.push_back(chunk->content);
  }
  return SampleList(std::move(chunks));
}

}  // namespace kpid
