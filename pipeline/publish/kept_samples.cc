#include "pipeline/publish/kept_samples.h"

#include <algorithm>
#include <utility>

#include "pipeline/publish/group_labels.h"

namespace kpid {

namespace {

// The numbers of samples: the others' first, then those of the groups.
constexpr uint32_t kMerged = 0;
constexpr uint32_t kOverflow = 1;
constexpr uint32_t number_of(uint32_t group) { return group + 2; }

}  // namespace

SampleList KeptSamples::next(std::unique_ptr<const JoinedWindow> window,
                             const std::vector<uint32_t>& groups, Others others) {
  const std::vector<uint32_t> came = exchange_groups(window->groups(), groups);
  const auto evaluate = [&](uint32_t group) {
    if (samples_.has(number_of(group))) samples_.replace(number_of(group), window->sample(group));
  };
  if (window_ && window->evaluates_like(*window_)) {
    for (const uint32_t group : window->changed_groups(*window_)) evaluate(group);
    for (const uint32_t group : came) evaluate(group);
  } else {
    for (const uint32_t group : groups) evaluate(group);
  }
  put(kMerged, std::move(others.merged));
  put(kOverflow, std::move(others.overflow));
  window_ = std::move(window);
  return samples_.list();
}

/// Takes the samples of other groups out, and puts those of new ones in, with nothing but labels.
/// Returns the new ones.
std::vector<uint32_t> KeptSamples::exchange_groups(const JoinedGroups& joined,
                                                   const std::vector<uint32_t>& groups) {
  if (newest_identity_ == joined.newest_identity() && groups == groups_) return {};
  newest_identity_ = joined.newest_identity();
  std::vector<Shown> now;
  now.reserve(groups.size());
  std::vector<std::pair<std::shared_ptr<const std::vector<std::string>>, uint32_t>> came;
  size_t before = 0;
  const auto erase_until = [&](uint32_t group) {
    for (; before < groups_.size() && groups_[before] < group; ++before) {
      samples_.erase(number_of(groups_[before]));
    }
  };
  for (const uint32_t group : groups) {
    erase_until(group);
    const bool there = before < groups_.size() && groups_[before] == group;
    if (there && shown_[before].identity == joined.identity(group)) {
      now.push_back(std::move(shown_[before++]));
      continue;
    }
    erase_until(group + 1);
    now.push_back({joined.identity(group), joined.key(group)});
    came.emplace_back(shown_labels(joined.key(group)), group);
  }
  erase_until(UINT32_MAX);
  groups_ = groups;
  shown_ = std::move(now);
  std::sort(came.begin(), came.end(),
            [](const auto& a, const auto& b) { return *a.first < *b.first; });
  std::vector<uint32_t> new_groups;
  for (auto& [labels, group] : came) {
    Sample sample;
    sample.group = std::move(labels);
    samples_.insert(number_of(group), std::move(sample));
    new_groups.push_back(group);
  }
  return new_groups;
}

void KeptSamples::put(uint32_t number, std::optional<Sample> sample) {
  if (samples_.has(number)) samples_.erase(number);
  if (sample) samples_.insert(number, std::move(*sample));
}

std::set<std::string> KeptSamples::keys() const {
  std::set<std::string> keys;
  for (const Shown& shown : shown_) keys.insert(shown.key->bytes);
  return keys;
}

}  // namespace kpid
