#include "config/metric_names.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

TEST(MetricNames, WhatPromtoolRefusesIsKnown) {
  for (const char* family :
       {"kpi_orders_d", "kpi_uptime_minutes", "kpi_time_to_ship_days", "kpi_counter_sales",
        "kpi_latency_ms", "kpi_size_kilobytes", "kpi_way_kilometers", "kpi_a_s_b", "kpi_gauge",
        "kpi_weight_pounds", "kpi_Orders"}) {
    EXPECT_NE(promtool_complaint(family), "") << family;
  }
  for (const char* family :
       {"kpi_orders", "kpi_revenue_eur", "kpi_wait_seconds", "kpi_size_bytes", "kpi_share_ratio",
        "kpi_thermometers", "kpi_accounts", "kpi_temperature_kelvin", "kpi_dms"}) {
    EXPECT_EQ(promtool_complaint(family), "") << family;
  }
}

TEST(MetricNames, UnitsAreBaseUnitsOrTheUsers) {
  for (const char* unit : {"ratio", "eur", "seconds", "pieces_per_line"}) {
    EXPECT_FALSE(check_unit(unit).has_value()) << unit;
  }
  for (const char* unit : {"", "EUR", "2nd", "a-b", "minutes", "kb", "total", "count", "sum",
                           "bucket", "info", "net_total", "milliseconds", "counter"}) {
    EXPECT_TRUE(check_unit(unit).has_value()) << unit;
  }
}

TEST(MetricNames, OnlyWholeWordsAreReservedSuffixes) {
  EXPECT_EQ(reserved_suffix("orders_total"), "_total");
  EXPECT_EQ(reserved_suffix("discount"), "");
  EXPECT_EQ(reserved_suffix("total_orders"), "");
}

}  // namespace
}  // namespace kpid
