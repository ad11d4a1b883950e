#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/partition_log.h"
#include "tests/support/small_plan.h"

namespace kpid {

/// When the event of that number happened, at `rate` events a second.
inline EventTime sales_time(int64_t number, int64_t rate = 100) {
  return at(static_cast<double>(number) / static_cast<double>(rate));
}

/// The sales event of that number, like those of PERFORMANCE's table: about 210 bytes, seven fields
/// and more, `groups` groups.
inline std::string sales_event(int64_t number, int groups, EventTime time) {
  const auto spread = static_cast<uint32_t>(number) * 2'654'435'761U;
  return fmt::format(R"({{"t":{},"order_id":"o-{:012}","g":"customer-{:06}","region":"region-{}",)"
                     R"("v":{}.{:02},"n":{},"s":"{}","channel":"web","payment":"card","paid":true,)"
                     R"("campaign":"spring","device":"phone"}})",
                     time.time_since_epoch().count(), number,
                     spread % static_cast<uint32_t>(groups), spread % 8, spread % 500, spread % 100,
                     spread % 9, number % 3 == 0 ? "order" : "visit");
}

/// The first of them.
inline std::vector<std::string> sales_values(int events, int groups) {
  std::vector<std::string> values;
  for (int i = 0; i < events; ++i) values.push_back(sales_event(i, groups, sales_time(i)));
  return values;
}

/// The same in a log.
inline PartitionLog sales_events(int events, int groups) {
  PartitionLog log;
  for (std::string& value : sales_values(events, groups)) log.add(std::move(value));
  return log;
}

/// The ten KPIs by customer, over these windows.
inline Definitions sales_definitions(const std::vector<std::string>& windows) {
  Definitions definitions = small_definitions({});
  definitions.sources[0].disorder = std::chrono::seconds{10};
  const char* const formulas[] = {
#include "tests/bench/sales_formulas.inc"
  };
  for (const char* const formula : formulas) {
    add_kpi(definitions, {.name = fmt::format("kpi_{}", definitions.kpis.size()),
                          .formula = formula,
                          .windows = windows,
                          .by = {"g"}});
  }
  return definitions;
}

}  // namespace kpid
