#include "daemon/report/report_writer.h"

#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace kpid {
namespace {

std::shared_ptr<const Definitions> definitions() {
  Definitions definitions = small_definitions(
      {{.name = "share", .formula = "count(sales where s == 'x') / count(sales)", .by = {"g"}},
       {.name = "orders", .formula = "count(sales)", .windows = {"1h every 1m"}}});
  definitions.kpis[0].unit = "ratio";
  return std::make_shared<const Definitions>(std::move(definitions));
}

std::optional<Number> number(int64_t nanos) { return Number(Decimal{Int128{nanos}}); }

Sample sample(std::vector<std::string> group, std::optional<Number> value, int64_t samples) {
  return {.group = std::make_shared<const std::vector<std::string>>(std::move(group)),
          .value = std::move(value),
          .samples = samples,
          .numerator = {},
          .denominator = {}};
}

/// Two windows of the one KPI and one of the other, as the engine reports them.
std::vector<WindowReport> windows() {
  WindowReport share{.kpi = 0, .window_spec = 0, .window = {at(0), at(60)}, .samples = {}};
  share.samples = {sample({"a\"\n"}, number(250'000'000), 4), sample({"b"}, std::nullopt, 0)};
  share.samples[0].numerator = number(1'000'000'000);
  share.samples[0].denominator = number(4'000'000'000);
  WindowReport orders{.kpi = 1, .window_spec = 0, .window = {at(-3540), at(60)}, .samples = {}};
  orders.samples = {sample({}, number(12'000'000'000), 12)};
  WindowReport later = share;
  later.window = {at(60), at(120.5)};
  later.samples = {sample({"b"}, number(0), 3)};
  return {share, orders, later};
}

std::string text(OutputFormat format) {
  const auto writer = make_report_writer(format, definitions(), "shop_");
  std::string out;
  for (const WindowReport& window : windows()) writer->write(window, out);
  writer->finish(out);
  return out;
}

TEST(ReportWriter, WritesOneObjectOfJsonALine) {
  EXPECT_EQ(
      text(OutputFormat::kJson),
      R"({"kpi":"share","window":"1m","start":"2024-01-01T00:00:00Z","end":"2024-01-01T00:01:00Z","group":{"g":"a\"\n"},"value":0.25,"samples":4})"
      "\n"
      R"({"kpi":"share","window":"1m","start":"2024-01-01T00:00:00Z","end":"2024-01-01T00:01:00Z","group":{"g":"b"},"value":null,"samples":0})"
      "\n"
      R"({"kpi":"orders","window":"1h every 1m","start":"2023-12-31T23:01:00Z","end":"2024-01-01T00:01:00Z","group":{},"value":12,"samples":12})"
      "\n"
      R"({"kpi":"share","window":"1m","start":"2024-01-01T00:01:00Z","end":"2024-01-01T00:02:00.500Z","group":{"g":"b"},"value":0,"samples":3})"
      "\n");
}

TEST(ReportWriter, AlignsATable) {
  EXPECT_EQ(text(OutputFormat::kTable),
            "END                       KPI     WINDOW       GROUP   VALUE  SAMPLES\n"
            "2024-01-01T00:01:00Z      share   1m           g=a\"     0.25        4\n"
            "2024-01-01T00:01:00Z      share   1m           g=b    absent        0\n"
            "2024-01-01T00:01:00Z      orders  1h every 1m             12       12\n"
            "2024-01-01T00:02:00.500Z  share   1m           g=b         0        3\n");
}

TEST(ReportWriter, PutsThePointsOfASeriesTogetherInOpenMetrics) {
  const std::string page = text(OutputFormat::kOpenMetrics);
  const auto place = [&page](const std::string& line) { return page.find(line); };
  const size_t absent = std::string::npos;
  const size_t first = place("shop_share_ratio{g=\"a\\\"\\n\",window=\"1m\"} 0.25 1704067260\n");
  const size_t second = place("shop_share_ratio{g=\"b\",window=\"1m\"} 0 1704067320.5");
  EXPECT_NE(first, absent) << page;
  EXPECT_NE(second, absent) << page;
  EXPECT_LT(first, second);
  EXPECT_NE(place("shop_share_samples{g=\"b\",window=\"1m\"} 0 1704067260\n"
                  "shop_share_samples{g=\"b\",window=\"1m\"} 3 1704067320.5"),
            absent)
      << page;
  EXPECT_NE(place("shop_share_numerator{g=\"a\\\"\\n\",window=\"1m\"} 1 1704067260\n"), absent);
  EXPECT_NE(place("shop_orders{window=\"1h every 1m\"} 12 1704067260\n"), absent);
  EXPECT_EQ(place("shop_orders_numerator"), absent);
  EXPECT_TRUE(page.ends_with("# EOF\n"));
}

TEST(ReportWriter, HasAHeaderOrAnEndWithoutWindows) {
  const auto finished = [](OutputFormat format) {
    std::string out;
    make_report_writer(format, definitions(), "")->finish(out);
    return out;
  };
  EXPECT_EQ(finished(OutputFormat::kJson), "");
  EXPECT_EQ(finished(OutputFormat::kTable), "END  KPI  WINDOW  GROUP  VALUE  SAMPLES\n");
  EXPECT_EQ(finished(OutputFormat::kOpenMetrics), "# EOF\n");
}

}  // namespace
}  // namespace kpid
