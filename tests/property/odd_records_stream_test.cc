#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/support/odd_records.h"
#include "tests/support/partition_log.h"
#include "tests/support/report_text.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

constexpr int64_t kOddTime = 1'700'000'000'000;

Definitions odd_definitions() {
  Definitions definitions;
  definitions.limits = odd_limits();
  SourceDefinition source = odd_source(RecordFormat::kJson);
  // Odd records may stand anywhere between 1971 and 2200 and must make nobody late.
  source.allowed_lateness = std::chrono::days{100'000};
  definitions.sources = {source};
  for (const auto& [name, formula] :
       {std::pair{"events", "count({})"}, {"units", "sum({}.count)"}}) {
    add_kpi(definitions, {.name = name,
                          .formula = fmt::format(fmt::runtime(formula), source.name),
                          .windows = {"1m"},
                          .by = {"region"}});
  }
  return definitions;
}

/// The reason that a record is rejected for; nothing for one that is odd and good.
std::optional<size_t> reason_of(const OddRecord& record) {
  const auto* const found =
      std::find(kRejectReasonNames.begin(), kRejectReasonNames.end(), record.expected);
  if (found == kRejectReasonNames.end()) return std::nullopt;
  return static_cast<size_t>(found - kRejectReasonNames.begin());
}

TEST(OddRecordsInAStream, AreEachCountedOnceAndLeaveTheGoodOnesExact) {
  const auto odd = odd_json_records();
  ASSERT_GE(odd.size(), 100U);
  PartitionLog log;
  Ledger expected;
  for (size_t i = 0; i < odd.size(); ++i) {
    log.add(odd[i].bytes);
    log.add(fmt::format(R"({{"ts":{},"count":{},"shop":{{"address":{{"region":"good"}}}}}})",
                        kOddTime + 1'000, i));
    expected.read += 2;
    const auto reason = reason_of(odd[i]);
    expected.accepted += reason ? 1 : 2;
    if (reason) ++expected.rejected[*reason];
  }
  const auto plan = plan_of(odd_definitions());
  SingleShardAdmission admission(1'000);
  for (const size_t batch : {size_t{1}, size_t{7}, log.size()}) {
    Engine engine(plan, 0, admission);
    PartitionState state;
    state.source = plan->definitions->sources[0].name;
    engine.add_partition(state);
    while (engine.partition(0).next_offset < static_cast<int64_t>(log.size())) {
      engine.consume(0, log.from(engine.partition(0).next_offset, batch));
    }
    const Ledger& ledger = engine.partition(0).ledger;
    EXPECT_EQ(ledger.read, expected.read);
    EXPECT_EQ(ledger.accepted, expected.accepted);
    EXPECT_EQ(ledger.rejected, expected.rejected);
    Engine* shard = &engine;
    size_t found = 0;
    for (const std::string& line : report_lines({&shard, 1})) {
      const size_t n = odd.size();
      found += line.find(fmt::format("good={0} of {0}", n)) != std::string::npos;
      found += line.find(fmt::format("good={} of {}", n * (n - 1) / 2, n)) != std::string::npos;
    }
    EXPECT_EQ(found, 2U) << "count and sum of the good ones, batches of " << batch;
  }
}

}  // namespace
}  // namespace kpid
