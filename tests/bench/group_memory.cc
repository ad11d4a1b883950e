#include "tests/bench/group_memory.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/bench/figure.h"
#include "tests/bench/meters.h"
#include "tests/bench/sales_events.h"
#include "tests/bench/shard.h"

namespace kpid {

void print_group_memory(const Effort& effort) {
  constexpr int kActiveGroups = 1'024;  // so many that what an engine takes for itself is little
  const int days = effort.rounds > 1 ? 31 : 2;
  const auto plan = plan_of(sales_definitions({"5m every 10s", "1h every 1m", "day", "month"}));
  const double before = allocated_bytes();
  Shard shard(plan);
  int64_t offset = 0;
  const auto read = [&](EventTime time) {
    std::vector<std::string> values;
    std::vector<Record> batch;
    values.reserve(kActiveGroups);
    for (int group = 0; group < kActiveGroups; ++group) {
      values.push_back(fmt::format(R"({{"t":{},"g":"customer-{:06}","v":{}.50,"n":3,"s":"{}"}})",
                                   time.time_since_epoch().count(), group, group,
                                   group % 3 == 0 ? "order" : "visit"));
      batch.push_back({.value = values.back(), .offset = offset++, .timestamp = {}});
    }
    shard.engine().consume(0, batch);
    shard.engine().forget(0, time - std::chrono::seconds{10});
    shard.engine().coarsen(0, time - std::chrono::seconds{10});
    static_cast<void>(shard.freeze());  // else it would keep note of all that a store still has
    shard.engine().saved(true);
  };
  const EventTime end = kStart + std::chrono::hours{24 * days};
  for (EventTime time = kStart; time < end;) {
    read(time);
    const Duration left = end - time;
    time += left > std::chrono::hours{25}     ? Duration{std::chrono::hours{1}}
            : left > std::chrono::minutes{70} ? Duration{std::chrono::minutes{1}}
                                              : Duration{std::chrono::seconds{10}};
  }
  int slices = 0;
  shard.engine().slices(0).for_each_slice([&](const Window&) { ++slices; });
  fmt::print(stderr, "growth: every group is in {} slices with rows of {} bytes\n", slices,
             plan->groupings[0].layout.bytes(RowWidth::kNarrow));
  print_figure("memory.group", "bytes/group", {(allocated_bytes() - before) / kActiveGroups});
}

}  // namespace kpid
