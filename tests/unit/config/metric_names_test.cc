#include "config/metric_names.h"

#include <gtest/gtest.h>

#include "config/settings.h"

namespace kpid {
namespace {

/// The one KPI of a configuration whose last lines are `lines`.
KpiDefinition kpi_of(const std::string& lines) {
  const Loaded loaded =
      load_settings_text("kpid.yml",
                         "sources:\n  s: {topic: t, format: json, fields: {a: int}}\n"
                         "kpis:\n  k:\n    help: h\n    windows: [5m]\n" +
                             lines,
                         NeedKafka::kNo);
  EXPECT_TRUE(loaded.usable());
  return loaded.settings.definitions.kpis.at(0);
}

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

TEST(MetricNames, TheUnitStandsAtTheValueAlone) {
  const KpiFamilies families =
      kpi_families(kpi_of("    formula: sum(s.a) / count(s)\n    unit: eur\n"), false, "kpi_");
  EXPECT_EQ(families.value.name, "kpi_k_eur");
  EXPECT_EQ(families.value.help, "h");
  EXPECT_EQ(families.samples.name, "kpi_k_samples");
  EXPECT_EQ(families.samples.help, "Events that kpi_k_eur rests on.");
  EXPECT_EQ(families.numerator.name, "kpi_k_numerator");
  EXPECT_EQ(families.denominator.name, "kpi_k_denominator");
}

TEST(MetricNames, LiveIsSaidOnlyBesideFinal) {
  const std::string formula = "    formula: count(s)\n";
  EXPECT_EQ(kpi_families(kpi_of(formula + "    show: live\n"), true, "kpi_").value.name, "kpi_k");
  const KpiDefinition both = kpi_of(formula + "    show: both\n    unit: eur\n");
  EXPECT_EQ(kpi_families(both, false, "kpi_").value.name, "kpi_k_eur");
  EXPECT_EQ(kpi_families(both, true, "kpi_").value.name, "kpi_k_live_eur");
  EXPECT_EQ(kpi_families(both, true, "kpi_").samples.name, "kpi_k_live_samples");
}

}  // namespace
}  // namespace kpid
