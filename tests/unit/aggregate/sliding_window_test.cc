#include "pipeline/aggregate/sliding_window.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/support/slice_events.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

/// Windows of a minute that slide over slices of ten seconds, which become those of hours.
class Sliding {
 public:
  explicit Sliding(const std::string& formula)
      : layout(formula_of(formula, std::vector<SourceDefinition>{small_source()}).terms()) {}

  /// An event of value `units` in every accumulator and collection of the group's row.
  void event(double seconds, GroupId group, int64_t units = 1) {
    TouchedRows rows;
    add_slice_event(store, layout, at(seconds), group, rows);
    for (size_t term = 1; term < layout.terms().size(); ++term) {
      if (const auto collection = layout.collection(term)) {
        std::get<DistinctKeys>(store.collection(0, *collection))
            .add({1, static_cast<uint64_t>(units)}, 100);
      } else {
        add(rows, term, seconds, units);
      }
    }
  }
  void fold(double seconds) { store.fold(at(seconds), steps_); }
  void checkpoint(bool save) {
    if (freezing_) store.saved(save);
    std::vector<BlobWrite> writes;
    std::vector<BlobKey> removals;
    if (!freezing_) store.freeze({}, writes, removals);
    freezing_ = !freezing_;
  }

  const RowLayout layout;
  SliceStore store{Slicing(needed_windows_of({"1m every 10s", "1h", "1d"}), std::chrono::hours{1}),
                   layout};

 private:
  void add(TouchedRows& rows, size_t term, double seconds, int64_t units) {
    with_accumulator(layout.terms()[term].aggregate, [&](auto empty) {
      using A = decltype(empty);
      rows.change<A>(0, {layout, term}, [&](A& accumulator) {
        if constexpr (Timeless<A>) {
          accumulator.add(units);
        } else {
          accumulator.add({.time_ms = at(seconds).time_since_epoch().count(), .offset = ++offset_},
                          units);
        }
      });
    });
  }

  const GroupSteps steps_{.enters = [](GroupId) {}, .leaves = [](GroupId) {}};
  bool freezing_ = false;
  int64_t offset_ = 0;
};

Window seconds(double start, double end) { return {at(start), at(end)}; }

/// What is in a window, to the bit: the bytes of every group with events.
std::string contents(const WindowRows& rows, const RowLayout& layout) {
  std::string text = fmt::format("whole {} version {}\n", rows.whole, rows.version);
  for (GroupId group = 0; group < rows.chunks.size() * kChunkGroups; ++group) {
    const GroupRow row = rows.row(group, layout);
    if (RowLayout::events(row) == 0) {
      EXPECT_EQ(std::string_view(row.accumulators, layout.bytes()), layout.empty_row());
      continue;
    }
    text += fmt::format("{}: ", group);
    text.append(row.accumulators, layout.bytes());
    for (size_t i = 0; i < layout.collections(); ++i) {
      if (row.collections[i]) append_to(text, *row.collections[i]);
    }
    text += '\n';
  }
  return text;
}

constexpr const char* kSubtracted = "count(sales) + sum(sales.v) + stddev(sales.n)";
constexpr const char* kMerged =
    "count(sales) + max(sales.n) + first(sales.n) + sum(sales.n) + distinct(sales.n)";

TEST(SlidingWindow, IsToTheBitWhatAMergeOfItsSlicesWouldBe) {
  for (const char* const formula : {kSubtracted, kMerged}) {
    for (unsigned seed = 0; seed < 60; ++seed) {
      std::mt19937 random(seed);
      const auto pick = [&](int below) { return static_cast<int>(random() % below); };
      Sliding sliding(formula);
      ASSERT_EQ(sliding.layout.invertible(), formula == kSubtracted);
      SlidingWindow minute(sliding.layout);
      SlidingWindow hour(sliding.layout);
      std::vector<std::pair<std::shared_ptr<const WindowRows>, std::string>> given;
      double now = 0;
      for (int step = 0; step < 250; ++step) {
        now += pick(4) == 0 ? pick(300) : pick(10);
        const int late = pick(5) == 0 ? pick(4'000) : pick(20);
        const auto group = static_cast<GroupId>(pick(4) == 0 ? pick(400) : pick(3));
        for (int i = pick(4); i >= 0; --i) sliding.event(now - late, group, pick(1'000));
        if (pick(8) == 0) sliding.fold(now - pick(100));
        if (pick(10) == 0) sliding.checkpoint(pick(2) == 0);
        if (pick(3) != 0) continue;
        const double end = 10 * pick(7) + 10 * std::floor(now / 10) - (pick(20) == 0 ? 3'600 : 30);
        const double hour_end = 3'600 * (std::floor(now / 3'600) + pick(2));
        for (auto& [window, span] : {std::pair{&minute, seconds(end - 60, end)},
                                     std::pair{&hour, seconds(hour_end - 3'600, hour_end)}}) {
          const auto rows = window->move_to(span, sliding.store);
          given.emplace_back(rows, contents(sliding.store.range(span), sliding.layout));
        }
      }
      for (const auto& [rows, expected] : given) {
        ASSERT_EQ(contents(*rows, sliding.layout), expected) << "seed " << seed << " " << formula;
      }
    }
  }
}

class SlidingWindowSharing : public testing::TestWithParam<const char*> {};

TEST_P(SlidingWindowSharing, SharesTheChunksOfGroupsThatAreTheSame) {
  Sliding sliding(GetParam());
  for (const double second : {5, 15, 25}) {
    sliding.event(second, 1);
    sliding.event(second, 100);
  }
  sliding.event(5, 200);
  SlidingWindow window(sliding.layout);
  const auto before = window.move_to(seconds(0, 60), sliding.store);
  EXPECT_EQ(window.move_to(seconds(0, 60), sliding.store), before);
  sliding.event(35, 100);
  sliding.event(35, 300);  // a new group
  const auto after = window.move_to(seconds(0, 60), sliding.store);
  EXPECT_EQ(after->chunks[0], before->chunks[0]);
  EXPECT_NE(after->chunks[1], before->chunks[1]);
  EXPECT_EQ(after->chunks[3], before->chunks[3]);
  EXPECT_EQ(RowLayout::events(after->row(300, sliding.layout)), 1);
  const auto moved = window.move_to(seconds(10, 70), sliding.store);
  EXPECT_NE(moved->chunks[0], after->chunks[0]);
  EXPECT_EQ(moved->chunks[3], nullptr) << "its only group has no event any more";
  EXPECT_EQ(moved->chunks[4], after->chunks[4]) << "nothing of it was in the slice that left";
}

TEST_P(SlidingWindowSharing, FoldingChangesNothingThatIsShown) {
  Sliding sliding(GetParam());
  sliding.event(5, 1);
  sliding.event(15, 1);
  SlidingWindow window(sliding.layout);
  const auto before = window.move_to(seconds(0, 3'600), sliding.store);
  sliding.fold(3'650);
  const auto after = window.move_to(seconds(0, 3'600), sliding.store);
  EXPECT_EQ(contents(*after, sliding.layout), contents(*before, sliding.layout));
}

INSTANTIATE_TEST_SUITE_P(BothWays, SlidingWindowSharing, testing::Values(kSubtracted, kMerged),
                         [](const auto& way) {
                           return way.param == kSubtracted ? "Subtracted" : "Merged";
                         });

}  // namespace
}  // namespace kpid
