#pragma once

#include <fmt/format.h>

#include <string>

#include "tests/support/partition_log.h"
#include "tests/support/small_plan.h"

namespace kpid {

/// Sales events like those of PERFORMANCE's table: about 210 bytes, seven fields, `groups` groups,
/// a minute of event time every 6,000 events.
inline PartitionLog sales_events(int events, int groups) {
  PartitionLog log;
  for (int i = 0; i < events; ++i) {
    const auto spread = static_cast<uint32_t>(i) * 2'654'435'761U;
    log.add(fmt::format(
        R"({{"t":{},"order_id":"o-{:012}","g":"customer-{:06}","region":"region-{}",)"
        R"("v":{}.{:02},"n":{},"s":"{}","channel":"web","payment":"card","paid":true,)"
        R"("campaign":"spring","device":"phone"}})",
        at(i * 0.01).time_since_epoch().count(), i, spread % static_cast<uint32_t>(groups),
        spread % 8, spread % 500, spread % 100, spread % 9, i % 3 == 0 ? "order" : "visit"));
  }
  return log;
}

/// Ten KPIs by customer over {5m every 10s, 1h every 1m}.
inline Definitions sales_definitions(const std::vector<std::string>& windows) {
  Definitions definitions = small_definitions({});
  definitions.sources[0].disorder = std::chrono::seconds{10};
  const char* const formulas[] = {
      "count(sales)",
      "count(sales where s == 'order')",
      "count(sales where s == 'order') / count(sales where s == 'visit')",
      "sum(sales.v)",
      "sum(sales.v where s == 'order')",
      "avg(sales.v)",
      "max(sales.v)",
      "min(sales.v where n > 2)",
      "sum(sales.n)",
      "sum(sales.v * 3%)",
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
