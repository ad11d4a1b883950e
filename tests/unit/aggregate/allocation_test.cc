#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "pipeline/engine.h"
#include "tests/support/partition_log.h"
#include "tests/support/small_plan.h"

namespace {
std::atomic<uint64_t> allocations = 0;
}  // namespace

// Not inlined: GCC 12 else takes new and free for a mismatch.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace kpid {
namespace {

TEST(Engine, DoesNotAllocatePerEventInTheSteadyState) {
  Definitions definitions = small_definitions({
      {.name = "orders", .formula = "count(sales where s == 'order')", .by = {"g"}},
      {.name = "revenue", .formula = "sum(sales.v * 2 where n > 1)", .by = {"g", "s"}},
      {.name = "best", .formula = "max(sales.v) - min(sales.v)", .windows = {"1m every 10s"}},
  });
  definitions.sources[0].disorder = std::chrono::seconds{10};
  const auto plan = plan_of(std::move(definitions));
  SingleShardAdmission admission(10'000);
  Engine engine(plan, 0, admission);
  PartitionState state;
  state.source = "sales";
  engine.add_partition(state);
  // Longer values than a std::string keeps in place, a record time inside one slice.
  PartitionLog log;
  for (int i = 0; i < 20'480; ++i) {
    log.add_event(at(i % 10),
                  fmt::format(R"("g":"a group of some length {}","v":{}.5,"n":{},"s":"{}")",
                              i % 100, i, i % 7, i % 2 == 0 ? "order" : "visit"),
                  std::nullopt);
  }
  const auto consume = [&](int64_t from) { engine.consume(0, log.from(from, 10'240)); };
  consume(0);
  const uint64_t before = allocations;
  consume(10'240);
  const uint64_t during = allocations - before;
  EXPECT_EQ(engine.partition(0).ledger.read, 20'480U);
  EXPECT_LT(during, 100U) << "of 10,240 events in ten batches";
}

}  // namespace
}  // namespace kpid
