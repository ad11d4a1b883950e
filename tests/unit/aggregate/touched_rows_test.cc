#include "pipeline/aggregate/touched_rows.h"

#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace kpid {
namespace {

TEST(TouchedRows, StayThoseOfTheirEventsWhenAChunkBecomesWide) {
  const RowLayout layout(
      formula_of("count(sales) + sum(sales.v)", std::vector<SourceDefinition>{small_source()})
          .terms());
  SliceChunk chunk(layout);
  SliceChunk other(layout);
  const std::vector<std::pair<SliceChunk*, uint32_t>> of_event = {
      {&chunk, chunk.add(5)}, {&other, other.add(5)}, {&chunk, chunk.add(1)}, {&chunk, 0}};
  TouchedRows rows;
  rows.assign(of_event.size(), [&](size_t event) { return of_event[event]; });
  const TouchedRows::TermPlace sum(layout, 1);
  const auto add = [&](uint32_t event, Int128 units) {
    rows.change<Sum>(event, sum, [&](Sum& kept) { kept.add(units); });
  };
  for (uint32_t event = 0; event < of_event.size(); ++event) add(event, 10 + event);
  add(2, Int128{INT64_MAX});  // too much for 64 bits: the rows of the chunk move
  for (uint32_t event = 0; event < of_event.size(); ++event) add(event, 100);
  const auto kept = [&](const SliceChunk& of, uint32_t number) {
    return load<Sum>(of.row(number).accumulators + layout.offset(1, of.width()), of.width()).units;
  };
  EXPECT_EQ(chunk.width(), RowWidth::kWide);
  EXPECT_EQ(other.width(), RowWidth::kNarrow);
  EXPECT_EQ(kept(chunk, 0), 10 + 13 + 200) << "two events of one group";
  EXPECT_EQ(kept(chunk, 1), 12 + 100 + Int128{INT64_MAX});
  EXPECT_EQ(kept(other, 0), 11 + 100);
}

}  // namespace
}  // namespace kpid
