#include "pipeline/publish/sorted_samples.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/report_text.h"

namespace kpid {
namespace {

Sample sample(const std::string& label, int64_t samples) {
  Sample made;
  made.group = std::make_shared<const std::vector<std::string>>(std::vector{label});
  made.samples = samples;
  return made;
}

/// Labels and samples, in order.
using Content = std::vector<std::pair<std::string, int64_t>>;

Content content(const SampleList& list) {
  Content content;
  for (const Sample& sample : list) content.emplace_back(sample.group->at(0), sample.samples);
  return content;
}

std::string label_of(uint32_t number) { return fmt::format("{:04}", number * 7'919 % 10'000); }

TEST(SortedSamples, AreAscendingByTheirLabelsWhateverIsPutInTakenOutAndReplaced) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    SortedSamples sorted;
    std::map<std::string, int64_t> expected;
    for (int step = 0; step < 2'000; ++step) {
      const auto number = static_cast<uint32_t>(random() % 300);
      if (!sorted.has(number)) {
        sorted.insert(number, sample(label_of(number), step));
        expected[label_of(number)] = step;
      } else if (random() % (step < 1'000 ? 4 : 2) == 0) {
        sorted.erase(number);
        expected.erase(label_of(number));
      } else {
        sorted.replace(number, sample("no matter", step));
        expected[label_of(number)] = step;
      }
      if (step % 50 > 0) continue;
      const SampleList list = sorted.list();
      ASSERT_EQ(content(list), Content(expected.begin(), expected.end())) << "seed " << seed;
      ASSERT_EQ(list.size(), expected.size());
    }
  }
}

TEST(SortedSamples, AListStaysAsItWasAndSharesTheChunksInWhichNothingWasDone) {
  SortedSamples sorted;
  constexpr uint32_t kSamples = 10 * SortedSamples::kChunkSamples;
  for (uint32_t i = 0; i < kSamples; ++i) sorted.insert(i, sample(fmt::format("{:04}", i), 1));
  const SampleList before = sorted.list();
  ASSERT_EQ(before.chunks().size(), 10U) << "full ones, as they came in their order";
  const auto was = content(before);

  sorted.replace(3, sample("", 2));
  const SampleList replaced = sorted.list();
  EXPECT_EQ(content(before), was);
  EXPECT_EQ(replaced[3].samples, 2);
  EXPECT_NE(replaced.chunks()[0], before.chunks()[0]);
  EXPECT_EQ(replaced.chunks()[0]->groups_mark, before.chunks()[0]->groups_mark) << "same groups";
  for (size_t i = 1; i < 10; ++i) EXPECT_EQ(replaced.chunks()[i], before.chunks()[i]);

  sorted.insert(kSamples, sample("0020x", 1));
  sorted.erase(40);
  const SampleList exchanged = sorted.list();
  ASSERT_EQ(exchanged.chunks().size(), 11U) << "a full one was split";
  EXPECT_EQ(exchanged.chunks()[0], replaced.chunks()[0]);
  for (const size_t i : {1, 2, 3}) {
    for (const auto& chunk : replaced.chunks()) {
      EXPECT_NE(exchanged.chunks()[i]->groups_mark, chunk->groups_mark) << i;
    }
  }
  for (size_t i = 4; i < 11; ++i) EXPECT_EQ(exchanged.chunks()[i], replaced.chunks()[i - 1]);
}

TEST(SortedSamples, ThatHaveAllGoneAreAnEmptyList) {
  SortedSamples sorted;
  for (uint32_t i = 0; i < 40; ++i) sorted.insert(i, sample(label_of(i), 1));
  for (uint32_t i = 0; i < 40; ++i) sorted.erase(i);
  EXPECT_TRUE(sorted.list().empty());
  EXPECT_EQ(sorted.list().begin(), sorted.list().end());
  sorted.insert(7, sample("a", 1));
  EXPECT_EQ(sorted.list().size(), 1U);
}

}  // namespace
}  // namespace kpid
