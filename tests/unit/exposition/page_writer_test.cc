#include "daemon/exposition/page_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace kpid {
namespace {

// One gauge with one label of this value, from behind the `=`.
std::string label_on_page(std::string_view value) {
  PageWriter page(PageFormat::kText);
  page.begin_family(MetricType::kGauge, "m", "h");
  page.sample(std::array{Label{"l", value}}, int64_t{1});
  const std::string text = page.finish();
  const std::string_view head = "# HELP m h\n# TYPE m gauge\nm";
  EXPECT_TRUE(text.starts_with(head)) << text;
  return text.substr(head.size());
}

TEST(PageWriter, EscapesAndRepairsLabelValues) {
  EXPECT_EQ(label_on_page("plain text, été"), "{l=\"plain text, été\"} 1\n");
  EXPECT_EQ(label_on_page("a\"b\\c\nd\te"), "{l=\"a\\\"b\\\\c\\nd\te\"} 1\n");
  EXPECT_EQ(label_on_page("\xFF"), "{l=\"\xEF\xBF\xBD\"} 1\n");
  EXPECT_EQ(label_on_page("\xE2\x82"), "{l=\"\xEF\xBF\xBD\"} 1\n");
  EXPECT_EQ(label_on_page("\xED\xA0\x80"), "{l=\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"} 1\n");
  EXPECT_EQ(label_on_page("\xC3\"\xA9"), "{l=\"\xEF\xBF\xBD\\\"\xEF\xBF\xBD\"} 1\n");
  EXPECT_EQ(label_on_page(std::string_view("\0", 1)), "{l=\"\xEF\xBF\xBD\"} 1\n");
}

TEST(PageWriter, AnEmptyLabelIsNoLabel) {
  EXPECT_EQ(label_on_page(""), " 1\n");
  PageWriter page(PageFormat::kText);
  page.begin_family(MetricType::kGauge, "m", "h");
  page.sample(std::array{Label{"a", ""}, Label{"b", "1"}, Label{"c", ""}, Label{"d", "2"}},
              int64_t{1});
  EXPECT_EQ(page.finish(), "# HELP m h\n# TYPE m gauge\nm{b=\"1\",d=\"2\"} 1\n");
}

TEST(PageWriter, AFamilyWithoutSamplesIsNotOnThePage) {
  PageWriter page(PageFormat::kText);
  page.begin_family(MetricType::kGauge, "empty", "h");
  page.begin_family(MetricType::kGauge, "m", "h");
  page.sample({}, int64_t{1});
  page.begin_family(MetricType::kGauge, "last", "h");
  EXPECT_EQ(page.finish(), "# HELP m h\n# TYPE m gauge\nm 1\n");
}

TEST(PageWriter, DescribesAFamilyOnceHoweverManySamples) {
  PageWriter page(PageFormat::kText);
  page.begin_family(MetricType::kGauge, "m", "h");
  for (int64_t i = 0; i < 3; ++i) page.sample({}, i);
  EXPECT_EQ(page.finish(), "# HELP m h\n# TYPE m gauge\nm 0\nm 1\nm 2\n");
}

TEST(PageWriter, NamesTypesAsEachFormatDoes) {
  struct Case {
    MetricType type;
    std::string_view name;
    std::string text;
    std::string open_metrics;
  };
  for (const Case& c :
       {Case{MetricType::kGauge, "m", "# HELP m h\n# TYPE m gauge\nm 1\n",
             "# HELP m h\n# TYPE m gauge\nm 1\n# EOF\n"},
        Case{MetricType::kCounter, "m_total",
             "# HELP m_total h\n# TYPE m_total counter\nm_total 1\n",
             "# HELP m h\n# TYPE m counter\nm_total 1\n# EOF\n"},
        Case{MetricType::kInfo, "m_info", "# HELP m_info h\n# TYPE m_info gauge\nm_info 1\n",
             "# HELP m h\n# TYPE m info\nm_info 1\n# EOF\n"}}) {
    for (const PageFormat format : {PageFormat::kText, PageFormat::kOpenMetrics}) {
      PageWriter page(format);
      page.begin_family(c.type, c.name, "h");
      page.sample({}, int64_t{1});
      EXPECT_EQ(page.finish(), format == PageFormat::kText ? c.text : c.open_metrics);
    }
  }
}

TEST(PageWriter, ASummaryIsASumAndACount) {
  PageWriter page(PageFormat::kOpenMetrics);
  page.begin_family(MetricType::kSummary, "m", "h");
  page.summary(std::array{Label{"l", "v"}}, 0.25, 4);
  EXPECT_EQ(page.finish(),
            "# HELP m h\n# TYPE m summary\nm_sum{l=\"v\"} 0.25\nm_count{l=\"v\"} 4\n# EOF\n");
}

TEST(PageWriter, EscapesHelpAsEachFormatDoes) {
  for (const auto& [format, expected] :
       {std::pair{PageFormat::kText, "# HELP m a\"b\\\\c\\nd \xEF\xBF\xBD\n# TYPE m gauge\nm 1\n"},
        std::pair{PageFormat::kOpenMetrics,
                  "# HELP m a\\\"b\\\\c\\nd \xEF\xBF\xBD\n# TYPE m gauge\nm 1\n# EOF\n"}}) {
    PageWriter page(format);
    page.begin_family(MetricType::kGauge, "m", "a\"b\\c\nd \xFF");
    page.sample({}, int64_t{1});
    EXPECT_EQ(page.finish(), expected);
  }
}

TEST(PageWriter, WritesNumbersOfEveryKind) {
  PageWriter page(PageFormat::kText);
  page.begin_family(MetricType::kGauge, "m", "h");
  page.sample({}, std::numeric_limits<int64_t>::min());
  page.sample({}, std::numeric_limits<uint64_t>::max());
  page.sample({}, 0.1);
  page.sample({}, 1e300);
  page.sample({}, std::numeric_limits<double>::infinity());
  page.sample({}, -std::numeric_limits<double>::infinity());
  page.sample({}, std::numeric_limits<double>::quiet_NaN());
  page.sample({}, Number(Decimal{1'005'730'000'000}));
  EXPECT_EQ(page.finish(),
            "# HELP m h\n# TYPE m gauge\nm -9223372036854775808\nm 18446744073709551615\n"
            "m 0.1\nm 1e+300\nm +Inf\nm -Inf\nm NaN\nm 1005.73\n");
}

TEST(PageWriter, AnEmptyOpenMetricsPageStillEnds) {
  EXPECT_EQ(PageWriter(PageFormat::kOpenMetrics).finish(), "# EOF\n");
  EXPECT_EQ(PageWriter(PageFormat::kText).finish(), "");
}

}  // namespace
}  // namespace kpid
