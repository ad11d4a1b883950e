#include "pipeline/publish/kept_samples.h"

#include <algorithm>

#include "pipeline/publish/group_labels.h"

namespace kpid {

std::vector<Sample> KeptSamples::next(std::unique_ptr<const JoinedWindow> window,
                                      std::span<const std::shared_ptr<const ShardView>> views,
                                      const std::vector<size_t>& groups,
                                      std::vector<Sample> others) {
  if (!same_groups(*window, groups)) sort(*window, groups);
  const bool comparable = snapshot_ && window->evaluates_like(*window_);
  std::sort(others.begin(), others.end(),
            [](const Sample& a, const Sample& b) { return *a.group < *b.group; });
  std::vector<uint32_t> places(window->size(), kNowhere);
  std::vector<Sample> samples;
  samples.reserve(groups.size() + others.size());
  auto other = others.begin();
  for (const auto& [labels, group] : sorted_) {
    for (; other != others.end() && *other->group < *labels; ++other) {
      samples.push_back(std::move(*other));
    }
    places[group] = static_cast<uint32_t>(samples.size());
    const Sample* const same = comparable ? kept(*window, group) : nullptr;
    samples.push_back(same ? *same : window->sample(group));
    if (!same) samples.back().group = labels;
  }
  std::move(other, others.end(), std::back_inserter(samples));
  window_ = std::move(window);
  views_.assign(views.begin(), views.end());
  places_ = std::move(places);
  snapshot_.reset();
  return samples;
}

void KeptSamples::keep(std::shared_ptr<const Snapshot> snapshot, size_t window) {
  snapshot_ = std::move(snapshot);
  snapshot_window_ = window;
}

std::set<std::string> KeptSamples::keys() const {
  std::set<std::string> keys;
  for (const size_t group : groups_) keys.insert(window_->key(group)->bytes);
  return keys;
}

const Sample* KeptSamples::kept(const JoinedWindow& window, size_t group) const {
  if (group >= places_.size() || places_[group] == kNowhere) return nullptr;
  if (!window.same_group(group, *window_)) return nullptr;
  return &snapshot_->windows[snapshot_window_].samples[places_[group]];
}

bool KeptSamples::same_groups(const JoinedWindow& window, const std::vector<size_t>& groups) const {
  return window_ && groups == groups_ &&
         std::all_of(groups.begin(), groups.end(),
                     [&](size_t group) { return window.key(group) == window_->key(group); });
}

void KeptSamples::sort(const JoinedWindow& window, const std::vector<size_t>& groups) {
  groups_ = groups;
  sorted_.clear();
  sorted_.reserve(groups.size());
  for (const size_t group : groups) sorted_.emplace_back(shown_labels(window.key(group)), group);
  std::sort(sorted_.begin(), sorted_.end(),
            [](const auto& a, const auto& b) { return *a.first < *b.first; });
}

}  // namespace kpid
