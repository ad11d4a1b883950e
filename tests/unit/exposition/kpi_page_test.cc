#include "daemon/exposition/kpi_page.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "pipeline/publish/sorted_samples.h"
#include "tests/support/file_contents.h"
#include "tests/unit/exposition/example_publication.h"

namespace kpid {
namespace {

std::string page_of(const Snapshot& snapshot, PageFormat format = PageFormat::kText,
                    std::string_view prefix = "kpi_") {
  PageWriter page(format);
  LabelTextCache labels;
  write_snapshot(page, snapshot, prefix, labels);
  return page.finish();
}

Snapshot example() { return *example_publication().snapshot; }

// Whether the page has this line.
bool has(const std::string& page, std::string_view line) {
  return fmt::format("\n{}", page).find(fmt::format("\n{}\n", line)) != std::string::npos;
}

// Whether any sample of the family is on the page.
bool has_family(const std::string& page, std::string_view family) {
  return page.find(fmt::format("# TYPE {} ", family)) != std::string::npos;
}

// The file beside this test; KPID_UPDATE_GOLDEN=1 writes it anew, to be reviewed as a difference.
void expect_golden(const std::string& page, std::string_view name) {
  const std::string path = fmt::format("{}/golden/{}", KPID_TEST_FOLDER, name);
  if (std::getenv("KPID_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << page;
  EXPECT_EQ(page, contents_of(path)) << path;
}

TEST(KpiPage, LooksLikeThisInBothFormats) {
  expect_golden(page_of(example(), PageFormat::kText), "page.prom");
  expect_golden(page_of(example(), PageFormat::kOpenMetrics), "page.openmetrics");
}

TEST(KpiPage, IsTheSameWithTheLabelsThatAnEarlierPageLeft) {
  LabelTextCache labels;
  const auto page_after_others = [&](const Snapshot& snapshot) {
    PageWriter page(PageFormat::kText);
    write_snapshot(page, snapshot, "kpi_", labels);
    return page.finish();
  };
  Snapshot snapshot = example();
  SortedSamples samples;
  for (uint32_t group = 0; group < 100; ++group) {
    Sample sample;
    sample.group = std::make_shared<const std::vector<std::string>>(
        std::vector{fmt::format("region {}", group), std::string("shop")});
    samples.insert(group, sample);
  }
  const auto expect_same_page = [&](std::string_view what) {
    snapshot.windows[0].samples = samples.list();
    EXPECT_EQ(page_after_others(snapshot), page_of(snapshot)) << what;
  };
  expect_same_page("the first");
  Sample other = snapshot.windows[0].samples[0];
  other.samples = 7;
  samples.replace(50, other);
  expect_same_page("another value");
  samples.erase(51);
  expect_same_page("a group less");
  other.group = std::make_shared<const std::vector<std::string>>(2, "region 3x");
  samples.insert(51, other);
  expect_same_page("another group");
  for (uint32_t group = 60; group < 90; ++group) samples.erase(group);
  expect_same_page("chunks less");
  snapshot.windows.erase(snapshot.windows.begin());
  EXPECT_EQ(page_after_others(snapshot), page_of(snapshot)) << "a window less";
  auto definitions = std::make_shared<Definitions>(*snapshot.definitions);
  for (KpiDefinition& kpi : definitions->kpis) {
    for (std::string& by : kpi.by) by += "_renamed";
  }
  snapshot.definitions = definitions;
  EXPECT_EQ(page_after_others(snapshot), page_of(snapshot)) << "other names";
}

TEST(KpiPage, IsTheSameWhereAnotherPageWas) {
  for (const PageFormat format : {PageFormat::kText, PageFormat::kOpenMetrics}) {
    const std::string page = page_of(example(), format);
    for (const size_t size : {size_t{0}, size_t{1}, page.size(), 2 * page.size()}) {
      PageWriter writer(format, std::string(size, '?'));
      LabelTextCache labels;
      write_snapshot(writer, example(), "kpi_", labels);
      EXPECT_EQ(writer.finish(), page) << size;
    }
  }
}

TEST(KpiPage, DescribesEveryFamilyOnceSoThatNoneIsTornApart) {
  std::istringstream lines(page_of(example()));
  std::set<std::string> described;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    EXPECT_TRUE(described.insert(line).second) << line;
  }
  EXPECT_GT(described.size(), 20U);
}

TEST(KpiPage, AnAbsentValueHasNoSeriesButItsSamplesAreCounted) {
  const std::string page = page_of(example());
  EXPECT_EQ(page.find("kpi_conversion_rate_ratio{region=\"north\",shop=\"till\",window=\"1h every"),
            std::string::npos);
  EXPECT_TRUE(has(page,
                  "kpi_conversion_rate_samples{region=\"north\",shop=\"till\","
                  "window=\"1h every 10s\"} 0"));
}

TEST(KpiPage, OnlyAKpiThatIsShownBothWaysSaysLiveInItsNames) {
  const std::string page = page_of(example());
  EXPECT_TRUE(has(page, "kpi_revenue_eur{window=\"5m\"} 12345678901.23"));
  EXPECT_TRUE(has(page, "kpi_revenue_live_eur{window=\"5m\"} -1.5"));
  EXPECT_TRUE(has(page, "kpi_revenue_live_samples{window=\"5m\"} 1"));
  EXPECT_TRUE(has(page, "kpi_orders_today{window=\"1d\"} 123456789"));
  EXPECT_TRUE(has(page, "kpid_kpi_final{kpi=\"orders_today\",window=\"1d\",show=\"live\"} 0"));
}

TEST(KpiPage, AnIncompleteWindowIsShownButNeitherFinalNorWithACompleteness) {
  Snapshot snapshot = example();
  ASSERT_TRUE(snapshot.windows[2].already_final && !snapshot.windows[2].completeness);
  const std::string page = page_of(snapshot);
  EXPECT_TRUE(has(page, "kpid_kpi_final{kpi=\"revenue\",window=\"5m\",show=\"final\"} 0"));
  EXPECT_TRUE(has(page, "kpid_kpi_groups_cut{kpi=\"revenue\",window=\"5m\",show=\"final\"} 17"));
  EXPECT_EQ(page.find("completeness_ratio{kpi=\"revenue\",window=\"5m\",show=\"final\"}"),
            std::string::npos);
}

TEST(KpiPage, AHeldKpiIsAwayAndNamedOncePerReason) {
  const std::string page = page_of(example());
  EXPECT_FALSE(has_family(page, "kpi_units_produced"));
  EXPECT_TRUE(has(page, "kpid_kpi_held{kpi=\"units_produced\",reason=\"catching_up\"} 1"));
  const std::string line = "kpid_kpi_held{kpi=\"revenue\",reason=\"record_begins\"} 1\n";
  const size_t at = page.find(line);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(page.find(line, at + 1), std::string::npos) << "the same series twice spoils the page";
}

TEST(KpiPage, AWindowThatNobodyHoldsBackHasNoSeriesThatSaysWho) {
  const std::string page = page_of(example());
  EXPECT_TRUE(
      has(page,
          "kpid_kpi_held_back_since_timestamp_seconds{kpi=\"conversion_rate\",window=\"5m\","
          "show=\"final\",source=\"production\",topic=\"production\",partition=\"11\"} "
          "1772365800.5"));
  EXPECT_EQ(page.find("kpid_kpi_held_back_since_timestamp_seconds{kpi=\"orders_today\""),
            std::string::npos);
}

TEST(KpiPage, DisorderIsAbsentBeforeTheFirstEventAndItsLimitIsThereAtOnce) {
  const std::string page = page_of(example());
  EXPECT_TRUE(has(page, "kpid_disorder_seconds{source=\"sales\",quantile=\"0.5\"} 0"));
  EXPECT_TRUE(has(page, "kpid_disorder_seconds{source=\"sales\",quantile=\"0.99\"} 12.031"));
  EXPECT_TRUE(has(page, "kpid_disorder_seconds_sum{source=\"sales\"} 300.125"));
  EXPECT_TRUE(has(page, "kpid_disorder_seconds_count{source=\"sales\"} 994"));
  EXPECT_TRUE(has(page, "kpid_disorder_max_seconds{source=\"sales\"} 120"));
  EXPECT_TRUE(has(page, "kpid_disorder_limit_seconds{source=\"sales\"} 10"));
  EXPECT_TRUE(has(page, "kpid_disorder_limit_seconds{source=\"production\"} 0"));
  EXPECT_EQ(page.find("kpid_disorder_seconds{source=\"production\""), std::string::npos);
  EXPECT_EQ(page.find("kpid_disorder_max_seconds{source=\"production\""), std::string::npos);
}

TEST(KpiPage, TheLedgerStaysAwayUntilItsSourceHasCaughtUp) {
  Snapshot snapshot = example();
  EXPECT_EQ(page_of(snapshot).find("kpid_records_read_total{source=\"production\""),
            std::string::npos);
  for (PartitionView& view : snapshot.partitions) view.shown = false;
  const std::string page = page_of(snapshot);
  for (const std::string_view family :
       {"kpid_records_read_total", "kpid_events_accepted_total", "kpid_events_rejected_total",
        "kpid_records_lost_total", "kpid_events_amending_total"}) {
    EXPECT_FALSE(has_family(page, family)) << family;
  }
  EXPECT_TRUE(has_family(page, "kpid_watermark_timestamp_seconds")) << "gauges are there at once";
  EXPECT_TRUE(has_family(page, "kpid_partition_idle"));
}

TEST(KpiPage, TheLedgerHasEveryReasonFromTheStart) {
  const std::string page = page_of(example());
  for (const std::string_view reason : kRejectReasonNames) {
    EXPECT_NE(page.find(fmt::format("kpid_events_rejected_total{{source=\"sales\",topic=\"shop."
                                    "sales\",partition=\"0\",reason=\"{}\"}}",
                                    reason)),
              std::string::npos)
        << reason;
  }
}

TEST(KpiPage, AWatermarkIsAheadOfTheClockFromTheFirstMillisecondOn) {
  Snapshot snapshot = example();
  const auto ahead = [&](Duration by) {
    snapshot.partitions.resize(1);
    snapshot.partitions[0].state.watermark = kPublishedAt + by;
    return page_of(snapshot);
  };
  const std::string_view series =
      "kpid_watermark_ahead_seconds{source=\"production\",topic=\"production\",partition=\"11\"}";
  EXPECT_TRUE(has(ahead(Duration{-1}), fmt::format("{} 0", series)));
  EXPECT_TRUE(has(ahead(Duration{0}), fmt::format("{} 0", series)));
  EXPECT_TRUE(has(ahead(Duration{1}), fmt::format("{} 0.001", series)));
}

TEST(KpiPage, ThePrefixIsThatOfTheSettings) {
  const std::string page = page_of(example(), PageFormat::kText, "acme_");
  EXPECT_TRUE(has(page, "acme_orders_today{window=\"1d\"} 123456789"));
  EXPECT_TRUE(has(page, "acme_orders_today_samples{window=\"1d\"} 123456789"));
  EXPECT_EQ(page.find("\nkpi_"), std::string::npos);
}

TEST(KpiPage, NothingAtAllIsNoPageOfErrors) {
  Snapshot snapshot;
  snapshot.definitions = std::make_shared<Definitions>();
  EXPECT_TRUE(has(page_of(snapshot), "kpid_groups_limit 100000"));
}

}  // namespace
}  // namespace kpid
