#include "daemon/exposition/label_texts.h"

#include <algorithm>

#include "daemon/exposition/page_writer.h"

namespace kpid {

bool LabelTexts::same_groups(const SampleList& samples) const {
  // `other` and `__other__` are made anew for every snapshot.
  return std::equal(samples.begin(), samples.end(), groups_.begin(), groups_.end(),
                    [](const Sample& sample, const auto& group) {
                      return sample.group == group || *sample.group == *group;
                    });
}

void LabelTexts::update(const KpiDefinition& kpi, const ShownWindow& window) {
  if (!ends_.empty() && same_groups(window.samples)) return;
  std::vector<Label> labels(kpi.by.size() + 1);
  for (size_t i = 0; i < kpi.by.size(); ++i) labels[i].name = kpi.by[i];
  labels.back() = {"window", kpi.windows[window.window_spec].name()};
  groups_.clear();
  text_.clear();
  ends_.assign(1, 0);
  for (const Sample& sample : window.samples) {
    for (size_t i = 0; i < kpi.by.size(); ++i) labels[i].value = (*sample.group)[i];
    append_labels(text_, labels);
    ends_.push_back(text_.size());
    groups_.push_back(sample.group);
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
