#include "daemon/exposition/probe.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kpid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

const EventTime t0{std::chrono::hours{500'000}};

std::string page_of(const Probe& probe, EventTime clock = t0) {
  PageWriter page(PageFormat::kText);
  probe.write_to(page, clock);
  return page.finish();
}

TEST(Probe, HasEverythingThatIsKnownAtTheStart) {
  const Probe probe;
  const std::string page = page_of(probe);
  EXPECT_THAT(page, HasSubstr("\nkpid_kafka_up 0\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_checkpoint_failures_total 0\n"));
  for (const std::string_view level : {"debug", "info", "warn", "error"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format("\nkpid_log_lines_total{{level=\"{}\"}} 0\n", level)));
  }
}

TEST(Probe, WhatIsNotKnownYetIsAbsentAndNotZero) {
  const Probe probe;
  const std::string page = page_of(probe);
  EXPECT_THAT(page, Not(HasSubstr("kpid_checkpoint_age_seconds")));
  EXPECT_THAT(page, Not(HasSubstr("kpid_checkpoint_timestamp_seconds")));
  EXPECT_THAT(page, Not(HasSubstr("kpid_checkpoint_size_bytes")));
  EXPECT_THAT(page, Not(HasSubstr("kpid_config_last_reload_success_timestamp_seconds")));
}

TEST(Probe, TellsPartitionsApart) {
  Probe probe;
  probe.lag({"sales", "shop.sales", 0}, 5);
  probe.lag({"sales", "shop.sales", 1}, 7);
  probe.lag({"sales", "shop.sales", 0}, 3);
  probe.paused({"sales", "shop.sales", 1}, true);
  probe.stopped({"sales", "shop.sales", 1}, false);
  const std::string page = page_of(probe);
  EXPECT_THAT(
      page, HasSubstr("\nkpid_lag_records{partition=\"0\",source=\"sales\",topic=\"shop.sales\"} 3"
                      "\nkpid_lag_records{partition=\"1\",source=\"sales\",topic=\"shop.sales\"} "
                      "7\n"));
  EXPECT_THAT(page, HasSubstr("kpid_partition_paused{partition=\"1\",source=\"sales\",topic="
                              "\"shop.sales\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("kpid_partition_stopped{partition=\"1\",source=\"sales\",topic="
                              "\"shop.sales\"} 0\n"));
}

TEST(Probe, TheAgeOfACheckpointGrowsWithTheClock) {
  Probe probe;
  probe.checkpoint_saved(t0, milliseconds{250}, 4096);
  EXPECT_THAT(page_of(probe, t0 + milliseconds{2500}),
              HasSubstr("\nkpid_checkpoint_age_seconds 2.5\n"));
  EXPECT_THAT(page_of(probe, t0 - seconds{1}), HasSubstr("\nkpid_checkpoint_age_seconds 0\n"));
  const std::string page = page_of(probe);
  EXPECT_THAT(page, HasSubstr("\nkpid_checkpoint_size_bytes 4096\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_checkpoint_duration_seconds_sum 0.25\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_checkpoint_duration_seconds_count 1\n"));
}

TEST(Probe, CountsWhatHappened) {
  Probe probe;
  probe.checkpoint_failed();
  probe.log_lines(LogLevel::kWarn, 2);
  probe.arithmetic_nulls("sales", 3);
  probe.arithmetic_nulls("sales", 4);
  probe.published(milliseconds{500});
  probe.config_loaded(t0);
  const std::string page = page_of(probe);
  EXPECT_THAT(page, HasSubstr("\nkpid_checkpoint_failures_total 1\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_log_lines_total{level=\"warn\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_arithmetic_nulls_total{source=\"sales\"} 7\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_publish_duration_seconds_sum 0.5\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_config_last_reload_successful 1\n"));
}

TEST(Probe, ARefusedConfigurationLeavesTheTimeOfTheOneInForce) {
  Probe probe;
  probe.config_loaded(t0);
  probe.config_refused();
  const std::string page = page_of(probe);
  EXPECT_THAT(page, HasSubstr("\nkpid_config_last_reload_successful 0\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_config_last_reload_success_timestamp_seconds "));
}

TEST(Probe, TellsAboutTheProcess) {
  const std::string page = page_of(Probe());
  // A young process may have used less CPU time than the kernel's clock can tell.
  EXPECT_THAT(page, HasSubstr("\nprocess_cpu_seconds_total "));
  for (const std::string_view family :
       {"process_resident_memory_bytes", "process_virtual_memory_bytes",
        "process_start_time_seconds", "process_open_fds", "process_max_fds"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format("\n{} ", family)));
    EXPECT_THAT(page, Not(HasSubstr(fmt::format("\n{} 0\n", family))));
  }
}

}  // namespace
}  // namespace kpid
