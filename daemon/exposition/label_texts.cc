#include "daemon/exposition/label_texts.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "daemon/exposition/page_writer.h"

namespace kpid {

LabelTexts::Chunk::Chunk(std::span<const std::string> by, std::string_view window,
                         const SampleList::Chunk& samples)
    : groups_mark_(samples.groups_mark) {
  std::vector<Label> labels(by.size() + 1);
  for (size_t i = 0; i < by.size(); ++i) labels[i].name = by[i];
  labels.back() = {"window", window};
  ends_.reserve(samples.samples.size());
  for (const Sample& sample : samples.samples) {
    for (size_t i = 0; i < by.size(); ++i) labels[i].value = (*sample.group)[i];
    append_labels(text_, labels);
    ends_.push_back(static_cast<uint32_t>(text_.size()));
  }
}

void LabelTexts::update(const KpiDefinition& kpi, const ShownWindow& window) {
  const auto& samples = window.samples.chunks();
  const bool all_kept = std::equal(
      samples.begin(), samples.end(), chunks_.begin(), chunks_.end(),
      [](const auto& chunk, const Chunk& texts) { return chunk->groups_mark == texts.mark(); });
  if (all_kept) return;
  std::unordered_map<std::shared_ptr<const void>, Chunk> kept;
  for (Chunk& texts : chunks_) kept.emplace(texts.mark(), std::move(texts));
  chunks_.clear();
  chunks_.reserve(samples.size());
  for (const auto& chunk : samples) {
    const auto found = kept.find(chunk->groups_mark);
    if (found != kept.end()) {
      chunks_.push_back(std::move(found->second));
    } else {
      chunks_.emplace_back(kpi.by, kpi.windows[window.window_spec].name(), *chunk);
    }
  }
}

const LabelTexts& LabelTextCache::of(const Snapshot& snapshot, const ShownWindow& window) {
  if (definitions_ != snapshot.definitions) {
    definitions_ = snapshot.definitions;
    texts_.clear();
  }
  LabelTexts& texts = texts_[{window.kpi, window.window_spec, window.live}];
  texts.update(definitions_->kpis[window.kpi], window);
  return texts;
}

}  // namespace kpid
