#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "pipeline/aggregate/sliding_window.h"
#include "tests/support/memory_store.h"
#include "tests/support/slice_events.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

constexpr uint32_t kShard = 1;
constexpr uint32_t kGrouping = 4;

/// What is in a window, to the bit: the bytes of every group with events.
std::string contents(const WindowRows& rows, const RowLayout& layout) {
  std::string text = fmt::format("whole {}\n", rows.whole);
  for (GroupId group = 0; group < rows.chunks.size() * kChunkGroups; ++group) {
    const GroupRow row = rows.row(group, layout);
    if (RowLayout::events(row) == 0) continue;
    text += fmt::format("{}: ", group);
    text.append(row.accumulators, layout.bytes());
    for (size_t i = 0; i < layout.collections(); ++i) {
      text += '|';
      if (row.collections[i]) append_to(text, *row.collections[i]);
    }
    text += '\n';
  }
  return text;
}

/// A store, what its steps say of the groups, and the blobs that were saved of it.
class Kept {
 public:
  explicit Kept(const RowLayout& layout) : layout_(layout) {}

  void event(double seconds, GroupId group, int64_t units, int64_t offset) {
    TouchedRows rows;
    const EventTime time = at(seconds);
    store->touch(std::span(&time, 1), std::span(&group, 1), steps, rows);
    rows.change<Count>(0, {layout_, 0}, [](Count& count) { count.add(0); });
    for (size_t term = 1; term < layout_.terms().size(); ++term) {
      if (const auto collection = layout_.collection(term)) {
        std::get<DistinctKeys>(store->collection(0, *collection))
            .add({1, static_cast<uint64_t>(units)}, 100);
        continue;
      }
      with_accumulator(layout_.terms()[term].aggregate, [&](auto empty) {
        using A = decltype(empty);
        rows.change<A>(0, {layout_, term}, [&](A& accumulator) {
          if constexpr (Timeless<A>) {
            accumulator.add(units);
          } else {
            accumulator.add({.time_ms = time.time_since_epoch().count(), .offset = offset}, units);
          }
        });
      });
    }
  }
  /// Begins a checkpoint, or ends the one in flight.
  void checkpoint(bool succeeds) {
    if (!writes_) {
      writes_.emplace();
      store->freeze({.shard = kShard, .grouping = kGrouping}, *writes_, removals_);
      as_frozen_.clear();
      for (const BlobWrite& write : *writes_) as_frozen_.push_back(MemoryStore::bytes_of(write));
      return;
    }
    for (size_t i = 0; i < writes_->size(); ++i) {
      ASSERT_EQ(MemoryStore::bytes_of((*writes_)[i]), as_frozen_[i]) << "changed while in flight";
    }
    if (succeeds) {
      for (const BlobKey& key : removals_) blobs.erase(key);
      for (const BlobWrite& write : *writes_) blobs[write.key] = MemoryStore::bytes_of(write);
    }
    store->saved(succeeds);
    writes_.reset();
    removals_.clear();
  }
  bool in_flight() const { return writes_.has_value(); }
  void save() {
    if (in_flight()) checkpoint(false);
    checkpoint(true);
    checkpoint(true);
  }
  /// The slices in which each group has a row, as the blobs have it.
  std::map<GroupId, int> rows_of() const {
    std::map<GroupId, int> rows;
    for (const auto& [key, bytes] : blobs) {
      if (key.kind != BlobKey::Kind::kSliceRows) continue;
      const auto chunks = read_slice_rows(bytes, layout_);
      for (const StoredChunk& chunk : chunks.value()) {
        for (const char place : chunk.places) ++rows[chunk.chunk * kChunkGroups + place];
      }
    }
    return rows;
  }
  /// Begins anew with what was saved.
  void restart() {
    store = made();
    slices_of.clear();
    std::string wide;
    for (const auto& [key, bytes] : blobs) {
      const Window span{EventTime{Duration{key.start}}, EventTime{Duration{key.end}}};
      if (key.kind != BlobKey::Kind::kSliceRows) continue;
      const auto chunks = read_slice_rows(bytes, layout_);
      for (const StoredChunk& chunk : chunks.value()) {
        const char* from = chunk.rows.data();
        for (const char place : chunk.places) {
          wide = layout_.empty_row();
          layout_.merge(wide.data(), {from, chunk.width});
          from += layout_.bytes(chunk.width);
          const GroupId group = chunk.chunk * kChunkGroups + place;
          if (store->restore_row(span, group, wide.data())) ++slices_of[group];
        }
      }
    }
    for (const auto& [key, bytes] : blobs) {
      const Window span{EventTime{Duration{key.start}}, EventTime{Duration{key.end}}};
      if (key.kind != BlobKey::Kind::kSliceCollections) continue;
      const auto collections = read_slice_collections(bytes);
      for (const StoredCollection& stored : collections.value()) {
        const auto alternative = collection_alternative(layout_.terms()[stored.term].aggregate);
        ASSERT_TRUE(store->restore_collection(span, key.block * kChunkGroups + stored.group,
                                              *layout_.collection(stored.term),
                                              *read_collection(*alternative, stored.bytes)));
      }
    }
    store->finish_restore(true);
  }
  size_t slices() const {
    size_t count = 0;
    store->for_each_slice([&](const Window&) { ++count; });
    return count;
  }
  /// A row as large as in a long life of the group.
  void large(double seconds, GroupId group, int64_t count, Int128 sum) {
    std::string row = layout_.empty_row();
    kpid::store(row.data(), Count{count});
    for (size_t term = 1; term < layout_.terms().size(); ++term) {
      if (layout_.terms()[term].aggregate != Aggregate::kSum) continue;
      kpid::store(row.data() + layout_.offset(term), Sum{sum});
    }
    const Window span = store->slicing().slice_at(at(seconds));
    if (store->restore_row(span, group, row.data())) steps.enters(group);
  }

  std::map<BlobKey, std::string> blobs;
  std::map<GroupId, int> slices_of;
  const GroupSteps steps{.enters = [this](GroupId group) { ++slices_of[group]; },
                         .leaves =
                             [this](GroupId group) {
                               ASSERT_GT(slices_of[group], 0);
                               if (--slices_of[group] == 0) slices_of.erase(group);
                             }};

 private:
  std::unique_ptr<SliceStore> made() const {
    return std::make_unique<SliceStore>(
        Slicing(needed_windows_of({"1m every 10s", "5m", "1h", "1d"}), std::chrono::hours{1000}),
        layout_);
  }

  const RowLayout& layout_;

 public:
  std::unique_ptr<SliceStore> store = made();

 private:
  std::optional<std::vector<BlobWrite>> writes_;
  std::vector<BlobKey> removals_;
  std::vector<std::string> as_frozen_;
};

constexpr const char* kSubtracted =
    "count(sales) + sum(sales.v) + stddev(sales.n) + count(sales.n)";
constexpr const char* kMerged =
    "count(sales) + max(sales.n) + min(sales.v) + first(sales.n) + last(sales.v) + sum(sales.n) + "
    "distinct(sales.n)";
constexpr const char* kLeastAndGreatest = "count(sales) + min(sales.n) + max(sales.v)";
constexpr const char* kFormulas[] = {kSubtracted, kMerged, kLeastAndGreatest};

/// Against one that is never made coarser: events of any time, checkpoints that fail or are in
/// flight meanwhile, windows that slide, restarts, a store that is lost.
TEST(Coarsening, ChangesNoNumberNoGroupAndNoCheckpoint) {
  size_t fewer = 0;
  const char* const all = std::getenv("KPID_LONG");
  for (unsigned seed = 0; seed < (all ? 1'500U : 60U); ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int below) { return static_cast<int>(random() % below); };
    const RowLayout layout(
        formula_of(kFormulas[seed % 3], std::vector<SourceDefinition>{small_source()}).terms());
    Kept coarse(layout);
    Kept fine(layout);
    struct Slid {
      SlidingWindow window;
      Window span;
    };
    std::vector<Slid> windows;
    const auto begin_windows = [&] {
      windows.clear();
      for (int i = 0; i < 3; ++i) windows.push_back({SlidingWindow(layout), {}});
    };
    begin_windows();
    std::vector<std::pair<std::shared_ptr<const WindowRows>, std::string>> given;
    double now = 0;
    double until = 0;
    int64_t offset = 0;
    for (int step = 0; step < 300; ++step) {
      now += pick(4) == 0 ? pick(900) : pick(10);
      for (int i = pick(6); i >= 0; --i) {
        const double late = pick(5) == 0 ? pick(8'000) : pick(20);
        const auto group = static_cast<GroupId>(pick(4) == 0 ? 1 + pick(400) : 1 + pick(3));
        int64_t units = pick(1'000);
        if (pick(30) == 0) units = pick(2) == 0 ? INT64_MAX - pick(2) : INT64_MIN + pick(2);
        ++offset;
        for (Kept* kept : {&coarse, &fine}) kept->event(now - late, group, units, offset);
      }
      if (pick(40) == 0) {
        const auto group = static_cast<GroupId>(1 + pick(70));
        const int64_t count = UINT32_MAX - pick(3);
        const Int128 sum = pick(2) == 0 ? INT64_MAX - pick(3) : INT64_MIN + pick(3);
        for (Kept* kept : {&coarse, &fine}) kept->large(now, group, count, sum);
      }
      if (pick(6) == 0) {
        until = std::max(until, now - pick(400));
        for (int i = pick(2); i >= 0; --i) coarse.store->coarsen(at(until), coarse.steps);
      }
      if (pick(6) == 0) coarse.checkpoint(pick(3) != 0);
      if (HasFatalFailure()) FAIL() << "seed " << seed;
      if (pick(60) == 0 && !coarse.in_flight()) {
        coarse.blobs.clear();
        coarse.store->forget_store();
      }
      if (pick(50) == 0) {
        coarse.save();
        ASSERT_EQ(coarse.rows_of(), coarse.slices_of) << "seed " << seed << " step " << step;
        if (pick(2) == 0) {
          coarse.restart();
          begin_windows();
          ASSERT_EQ(coarse.rows_of(), coarse.slices_of) << "seed " << seed << " step " << step;
        }
      }
      if (pick(3) != 0) continue;
      const double hour = 3'600 * (std::floor(now / 3'600) - pick(2));
      const double five = 300 * (std::floor(now / 300) - pick(2));
      const Window spans[] = {
          {at(hour), at(hour + 3'600)},
          {at(five), at(five + 300)},
          {at(86'400 * std::floor(now / 86'400)), at(86'400 * std::floor(now / 86'400) + 86'400)}};
      for (size_t i = 0; i < windows.size(); ++i) {
        if (pick(2) == 0) continue;
        const auto rows = windows[i].window.move_to(spans[i], *coarse.store);
        const WindowRows expected = fine.store->range(spans[i]);
        ASSERT_EQ(contents(*rows, layout), contents(coarse.store->range(spans[i]), layout));
        if (!rows->whole) continue;
        ASSERT_EQ(contents(*rows, layout), contents(expected, layout))
            << "seed " << seed << " step " << step << " window " << i;
        given.emplace_back(rows, contents(expected, layout));
      }
    }
    for (const auto& [rows, expected] : given) {
      ASSERT_EQ(contents(*rows, layout), expected) << "given out before, seed " << seed;
    }
    std::set<GroupId> in_coarse;
    std::set<GroupId> in_fine;
    for (const auto& [group, slices] : coarse.slices_of) in_coarse.insert(group);
    for (const auto& [group, slices] : fine.slices_of) in_fine.insert(group);
    ASSERT_EQ(in_coarse, in_fine) << "seed " << seed;
    fewer += fine.slices() - std::min(fine.slices(), coarse.slices());
  }
  EXPECT_GT(fewer, 100U);
}

}  // namespace
}  // namespace kpid
