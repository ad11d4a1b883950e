#include "pipeline/publish/snapshot.h"

#include <algorithm>

#include "pipeline/check.h"

namespace kpid {

SampleList::SampleList(std::vector<Sample> samples) : size_(samples.size()) {
  if (size_ == 0) return;
  Chunk chunk{.samples = std::move(samples), .groups_mark = std::make_shared<const char>()};
  chunks_.push_back(std::make_shared<const Chunk>(std::move(chunk)));
}

SampleList::SampleList(std::vector<std::shared_ptr<const Chunk>> chunks)
    : chunks_(std::move(chunks)) {
  for (const auto& chunk : chunks_) {
    KPID_ASSERT(!chunk->samples.empty());
    size_ += chunk->samples.size();
  }
}

const Sample& SampleList::operator[](size_t place) const {
  KPID_ASSERT(place < size_);
  auto chunk = chunks_.begin();
  for (; place >= (*chunk)->samples.size(); ++chunk) place -= (*chunk)->samples.size();
  return (*chunk)->samples[place];
}

std::optional<Ledger> Snapshot::ledger_of(std::string_view source) const {
  std::optional<Ledger> sum;
  for (const PartitionView& view : partitions) {
    if (!view.shown || view.state.source != source) continue;
    if (!sum) sum.emplace();
    *sum += view.state.ledger;
  }
  return sum;
}

const DisorderView* Snapshot::disorder_of(std::string_view source) const {
  const auto found = std::find_if(disorder.begin(), disorder.end(),
                                  [&](const DisorderView& view) { return view.source == source; });
  return found == disorder.end() ? nullptr : &*found;
}

}  // namespace kpid
