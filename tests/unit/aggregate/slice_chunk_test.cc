#include "pipeline/aggregate/slice_chunk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/aggregate/byte_codec.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

constexpr Int128 kTooMuch = Int128{INT64_MAX} + 1;

/// Chunks of rows that count events and keep the sum, the least and the deviation of a value.
class SliceChunkStory : public testing::Test {
 protected:
  /// A wide row of one event.
  std::string row_of(Int128 units) const {
    std::string row = layout_.empty_row();
    for (size_t term = 0; term < layout_.terms().size(); ++term) {
      with_accumulator(layout_.terms()[term].aggregate, [&](auto accumulator) {
        if constexpr (Timeless<decltype(accumulator)>) accumulator.add(units);
        store(row.data() + layout_.offset(term), accumulator);
      });
    }
    return row;
  }
  void merge(SliceChunk& chunk, uint32_t place, Int128 units) const {
    const std::string row = row_of(units);
    chunk.merge(place, {row.data(), RowWidth::kWide});
  }
  /// "PLACE: EVENTS ..." of a row; the rest are the bytes of the wide row.
  std::string text_of(uint32_t place, const SliceRow& row) const {
    std::string wide = layout_.empty_row();
    layout_.merge(wide.data(), row);
    return fmt::format("{}: {} {}\n", place, RowLayout::events(wide.data()), wide);
  }
  std::string contents(const SliceChunk& chunk) const {
    std::string text;
    chunk.for_each([&](uint32_t place, const SliceRow& row) { text += text_of(place, row); });
    return text;
  }

  const RowLayout layout_{
      formula_of("count(sales) + sum(sales.v) + min(sales.v) + max(sales.n) + stddev(sales.n)",
                 std::vector<SourceDefinition>{small_source()})
          .terms()};
};

TEST_F(SliceChunkStory, KeepsARowForThoseGroupsAloneThatHaveEvents) {
  SliceChunk chunk(layout_);
  EXPECT_EQ(chunk.find(0), std::nullopt);
  EXPECT_EQ(chunk.bytes(), "");
  EXPECT_EQ(chunk.add(63), 0U);
  EXPECT_EQ(chunk.add(0), 1U);
  EXPECT_EQ(chunk.find(63), 0U);
  EXPECT_EQ(chunk.find(0), 1U);
  EXPECT_EQ(chunk.find(1), std::nullopt);
  EXPECT_EQ(chunk.bytes().size(), 2 * layout_.bytes(RowWidth::kNarrow));
  EXPECT_DEATH(chunk.add(63), "broken invariant");
}

TEST_F(SliceChunkStory, HoldsTheSameNarrowAndWide) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    SliceChunk chunk(layout_);
    std::vector<std::string> expected(kChunkGroups);  // wide rows
    for (int event = 0; event < 200; ++event) {
      const uint32_t place = random() % kChunkGroups;
      const Int128 units = static_cast<int32_t>(random());
      if (expected[place].empty()) expected[place] = layout_.empty_row();
      layout_.merge(expected[place].data(), row_of(units).data());
      merge(chunk, place, units);
    }
    std::string text;
    for (uint32_t place = 0; place < kChunkGroups; ++place) {
      if (expected[place].empty()) continue;
      text += text_of(place, {expected[place].data(), RowWidth::kWide});
    }
    ASSERT_EQ(chunk.width(), RowWidth::kNarrow);
    ASSERT_EQ(contents(chunk), text);
    chunk.widen();
    ASSERT_EQ(chunk.width(), RowWidth::kWide);
    ASSERT_EQ(contents(chunk), text);
    merge(chunk, 5, kTooMuch);
    merge(chunk, 5, -kTooMuch);
    ASSERT_NE(contents(chunk), text);
  }
}

TEST_F(SliceChunkStory, BecomesWideInTheMiddleOfAMerge) {
  SliceChunk chunk(layout_);
  merge(chunk, 9, 5);
  merge(chunk, 3, INT64_MAX);  // its count and its sum are narrow, its minimum no longer
  EXPECT_EQ(chunk.width(), RowWidth::kWide);
  const std::string large = row_of(INT64_MAX);
  const std::string small = row_of(5);
  EXPECT_EQ(contents(chunk), text_of(3, {large.data(), RowWidth::kWide}) +
                                 text_of(9, {small.data(), RowWidth::kWide}));
}

TEST_F(SliceChunkStory, BecomesWideWhenASumPasses64Bits) {
  SliceChunk chunk(layout_);
  merge(chunk, 3, INT64_MAX - 1);
  merge(chunk, 9, 5);
  ASSERT_EQ(chunk.width(), RowWidth::kNarrow);
  merge(chunk, 3, 1);
  ASSERT_EQ(chunk.width(), RowWidth::kNarrow);
  merge(chunk, 3, 1);
  ASSERT_EQ(chunk.width(), RowWidth::kWide);
  const auto sum = [&](uint32_t place) {
    return load<Sum>(std::as_const(chunk).row(*chunk.find(place)).accumulators + layout_.offset(1));
  };
  EXPECT_EQ(sum(3), Sum{kTooMuch});
  EXPECT_EQ(sum(9), Sum{5});
  merge(chunk, 10, 1);
  EXPECT_EQ(sum(10), Sum{1}) << "a new row of a wide chunk";
}

TEST_F(SliceChunkStory, MergesAllRowsOfAChunkAtOnce) {
  const Int128 units[] = {1, -7, INT64_MAX, INT64_MIN, kTooMuch, 5, INT64_MAX - 1};
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    SliceChunk from(layout_);
    SliceChunk into(layout_);
    std::map<uint32_t, std::string> expected;      // wide rows by place
    const uint32_t kinds = seed % 2 == 0 ? 2 : 7;  // none of the first makes a chunk wide
    for (int event = 0; event < 60; ++event) {
      const uint32_t place = random() % kChunkGroups;
      const Int128 value = units[random() % kinds];
      merge(event % 2 == 0 ? from : into, place, value);
      std::string& row = expected.try_emplace(place, layout_.empty_row()).first->second;
      layout_.merge(row.data(), row_of(value).data());
    }
    std::string news;
    from.for_each([&](uint32_t place, const SliceRow&) {
      news += fmt::format("{}{} ", place, into.find(place) ? "" : " new");
    });
    into.merge(from, [&](uint32_t place, bool is_new) {
      const std::string next = fmt::format("{}{} ", place, is_new ? " new" : "");
      ASSERT_TRUE(news.starts_with(next)) << news << " | " << next;
      news.erase(0, next.size());
    });
    ASSERT_EQ(news, "");
    std::string text;
    for (const auto& [place, row] : expected) text += text_of(place, {row.data(), RowWidth::kWide});
    ASSERT_EQ(contents(into), text) << "seed " << seed;
    ASSERT_EQ(into.size(), expected.size());
  }
}

/// What the store is given of some chunks.
std::string blob_of(const std::vector<std::pair<uint32_t, const SliceChunk*>>& chunks) {
  std::vector<NumberedChunk> numbered;
  for (const auto& [number, chunk] : chunks) {
    numbered.push_back({number, std::make_shared<const SliceChunk>(*chunk)});
  }
  std::string blob;
  for (const BlobPiece& piece : slice_rows_blob(numbered)) blob += piece.bytes;
  return blob;
}

TEST_F(SliceChunkStory, IsReadBackAsItWasWritten) {
  SliceChunk narrow(layout_);
  for (const uint32_t place : {7U, 63U, 0U}) merge(narrow, place, place);
  SliceChunk wide(layout_);
  merge(wide, 1, kTooMuch);
  const std::string blob = blob_of({{2, &narrow}, {40, &wide}});
  const auto stored = read_slice_rows(blob, layout_);
  ASSERT_TRUE(stored.has_value());
  ASSERT_EQ(stored->size(), 2U);
  const SliceChunk* const written[] = {&narrow, &wide};
  const uint32_t numbers[] = {2, 40};
  for (size_t i = 0; i < 2; ++i) {
    const StoredChunk& chunk = (*stored)[i];
    EXPECT_EQ(chunk.chunk, numbers[i]);
    EXPECT_EQ(chunk.width, written[i]->width());
    SliceChunk read(layout_);
    const char* row = chunk.rows.data();
    for (const char place : chunk.places) {
      read.merge(static_cast<uint8_t>(place), {row, chunk.width});
      row += layout_.bytes(chunk.width);
    }
    EXPECT_EQ(contents(read), contents(*written[i]));
  }
}

TEST_F(SliceChunkStory, IsReadOnlyFromWhatIsSuchABlob) {
  SliceChunk chunk(layout_);
  for (const uint32_t place : {7U, 63U}) merge(chunk, place, place);
  const std::string blob = blob_of({{2, &chunk}});
  ASSERT_TRUE(read_slice_rows(blob, layout_));
  EXPECT_TRUE(read_slice_rows(std::string(4, '\0'), layout_)) << "of no chunk";
  for (size_t size = 0; size < blob.size(); ++size) {
    EXPECT_EQ(read_slice_rows(blob.substr(0, size), layout_), std::nullopt) << size;
  }
  EXPECT_EQ(read_slice_rows(blob + "x", layout_), std::nullopt);
  EXPECT_EQ(read_slice_rows("\xff\xff\xff\xff", layout_), std::nullopt);
  const auto with = [&](size_t at, char byte) {
    std::string changed = blob;
    changed[at] = byte;
    return read_slice_rows(changed, layout_);
  };
  EXPECT_EQ(with(8, 2), std::nullopt) << "a width that is none";
  EXPECT_EQ(with(9, 65), std::nullopt) << "more rows than groups";
  EXPECT_EQ(with(10, 64), std::nullopt) << "a place outside the chunk";
}

TEST_F(SliceChunkStory, IsReadFromWhatFormat2WroteToo) {
  std::string blob;
  append_bytes(blob, uint32_t{1});
  append_bytes(blob, uint32_t{9});
  for (uint32_t place = 0; place < kChunkGroups; ++place) blob += row_of(place);
  const auto stored = read_wide_slice_rows(blob, layout_);
  ASSERT_TRUE(stored.has_value());
  ASSERT_EQ(stored->size(), 1U);
  EXPECT_EQ((*stored)[0].chunk, 9U);
  EXPECT_EQ((*stored)[0].places.size(), kChunkGroups);
  EXPECT_EQ((*stored)[0].rows.substr(5 * layout_.bytes(), layout_.bytes()), row_of(5));
  EXPECT_EQ(read_wide_slice_rows(blob + "x", layout_), std::nullopt);
  EXPECT_EQ(read_wide_slice_rows(blob.substr(0, blob.size() - 1), layout_), std::nullopt);
  EXPECT_EQ(read_wide_slice_rows("", layout_), std::nullopt);
}

}  // namespace
}  // namespace kpid
