#include "daemon/exposition/web.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "daemon/exposition/metrics_pages.h"
#include "tests/unit/exposition/example_publication.h"

namespace kpid {
namespace {

using testing::HasSubstr;
using testing::Not;

// A handler with a clock and a publication that the test moves.
struct Site {
  Probe probe;
  EventTime now = kPublishedAt;
  std::shared_ptr<const Publication> publication =
      std::make_shared<const Publication>(example_publication());
  HttpHandler handler = make_web_handler(
      {.prefix = "kpi_",
       .config_text = "kafka:\n  properties: {sasl.password: <redacted>}\n",
       .started_at = kPublishedAt - std::chrono::minutes{90},
       .storage_path = "/var/lib/kpid",
       .workers = 2},
      probe, [this] { return publication; }, [this] { return now; });

  HttpResponse get(std::string path, std::string accept = "", std::string accept_encoding = "") {
    return handler({std::move(path), std::move(accept), std::move(accept_encoding)});
  }
};

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(Web, EveryPathAnswersWithItsStatusAndType) {
  struct Case {
    std::string_view path;
    uint32_t status;
    std::string_view content_type;
  };
  Site site;
  for (const Case& c : {
           Case{"/", 200, "text/html; charset=utf-8"},
           Case{"/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"},
           Case{"/api/v1/kpis", 200, "application/json"},
           Case{"/api/v1/status/config", 200, "application/json"},
           Case{"/api/v1/status/buildinfo", 200, "application/json"},
           Case{"/api/v1/status/runtimeinfo", 200, "application/json"},
           Case{"/-/healthy", 200, "text/plain; charset=utf-8"},
           Case{"/-/ready", 503, "text/plain; charset=utf-8"},
           Case{"/metrics/", 404, "text/plain; charset=utf-8"},
           Case{"/Metrics", 404, "text/plain; charset=utf-8"},
           Case{"/api", 404, "text/plain; charset=utf-8"},
           Case{"", 404, "text/plain; charset=utf-8"},
           Case{"/../etc/passwd", 404, "text/plain; charset=utf-8"},
       }) {
    const HttpResponse response = site.get(std::string(c.path));
    EXPECT_EQ(response.status, c.status) << c.path;
    EXPECT_EQ(response.content_type, c.content_type) << c.path;
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff") << c.path;
    EXPECT_EQ(header(response, "Cache-Control"), "no-store") << c.path;
  }
}

TEST(Web, AnUnknownPathIsToldWhatThereIs) {
  Site site;
  const std::string body = *site.get("/metric").body;
  for (const std::string_view path :
       {"/metrics", "/api/v1/kpis", "/api/v1/status/config", "/-/ready"}) {
    EXPECT_THAT(body, HasSubstr(std::string(path)));
  }
}

TEST(Web, MetricsComeInTheFormatAndEncodingAskedFor) {
  Site site;
  const HttpResponse text = site.get("/metrics");
  const HttpResponse open_metrics = site.get("/metrics", "application/openmetrics-text");
  EXPECT_EQ(open_metrics.content_type,
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(open_metrics.body->ends_with("# EOF\n"));
  EXPECT_THAT(*text.body, Not(HasSubstr("# EOF")));

  const HttpResponse packed = site.get("/metrics", "", "gzip");
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(text, "Content-Encoding"), "");
  EXPECT_EQ(gunzip(*packed.body), *text.body);
  EXPECT_EQ(header(text, "Vary"), "Accept, Accept-Encoding");
}

TEST(Web, MetricsHaveTheKpisAndTheDaemonsOwn) {
  Site site;
  site.probe.kafka_up(true);
  const std::string page = *site.get("/metrics").body;
  EXPECT_THAT(page, HasSubstr("\nkpi_orders_today{window=\"1d\"} 123456789\n"));
  EXPECT_THAT(page, HasSubstr("\nkpid_kafka_up 1\n"));
  EXPECT_THAT(page, HasSubstr("\nprocess_cpu_seconds_total "));
}

TEST(Web, TheDaemonsOwnMetricsAreThereBeforeAnythingWasPublished) {
  Site site;
  site.publication = std::make_shared<const Publication>();
  const std::string page = *site.get("/metrics").body;
  EXPECT_THAT(page, HasSubstr("kpid_build_info{version="));
  EXPECT_THAT(page, HasSubstr("\nkpid_kafka_up 0\n"));
  EXPECT_EQ(site.get("/").status, 200U);
  EXPECT_EQ(site.get("/api/v1/kpis").status, 200U);
  EXPECT_EQ(site.get("/api/v1/status/runtimeinfo").status, 200U);
}

TEST(Web, AScrapeIsTimedAndTheNextPageSaysSo) {
  Site site;
  site.get("/metrics");
  site.get("/metrics");
  site.now += MetricsPages::kLongestUse;
  EXPECT_THAT(*site.get("/metrics").body, HasSubstr("\nkpid_scrape_duration_seconds_count 2\n"));
}

TEST(MetricsPages, OnePageServesAllScrapersOfAPublicationForASecond) {
  Probe probe;
  MetricsPages pages(probe, "kpi_");
  const auto publication = std::make_shared<const Publication>(example_publication());
  const auto page = [&](EventTime now) {
    return pages.get(publication, PageFormat::kText, false, now);
  };
  const auto first = page(kPublishedAt);
  EXPECT_EQ(page(kPublishedAt + Duration{999}), first);
  EXPECT_NE(page(kPublishedAt + Duration{1000}), first);
}

TEST(MetricsPages, ANewPublicationIsANewPageAtOnce) {
  Probe probe;
  MetricsPages pages(probe, "kpi_");
  const auto page = [&] {
    return pages.get(std::make_shared<const Publication>(example_publication()), PageFormat::kText,
                     false, kPublishedAt);
  };
  const auto first = page();
  EXPECT_NE(page(), first);
}

TEST(MetricsPages, APageStaysAsItIsForAScraperThatStillReadsIt) {
  Probe probe;
  MetricsPages pages(probe, "kpi_");
  const auto page = [&](Duration after) {
    return pages.get(std::make_shared<const Publication>(example_publication()), PageFormat::kText,
                     false, kPublishedAt + after);
  };
  const auto read = page(Duration{0});
  const std::string text = *read;  // NOLINT(performance-unnecessary-copy-initialization): is kept
  for (const int turn : {1, 2, 3}) page(Duration{turn});
  EXPECT_EQ(*read, text);
}

TEST(MetricsPages, AClockSetBackMakesANewPage) {
  Probe probe;
  MetricsPages pages(probe, "kpi_");
  const auto publication = std::make_shared<const Publication>(example_publication());
  const auto first = pages.get(publication, PageFormat::kText, false, kPublishedAt);
  EXPECT_NE(pages.get(publication, PageFormat::kText, false, kPublishedAt - Duration{1}), first);
}

TEST(MetricsPages, IsPackedOnceForAllScrapers) {
  Probe probe;
  MetricsPages pages(probe, "kpi_");
  const auto publication = std::make_shared<const Publication>(example_publication());
  const auto first = pages.get(publication, PageFormat::kOpenMetrics, true, kPublishedAt);
  EXPECT_EQ(pages.get(publication, PageFormat::kOpenMetrics, true, kPublishedAt), first);
  EXPECT_NE(pages.get(publication, PageFormat::kText, true, kPublishedAt), first);
}

SourceReadiness source(SourceReadiness::Progress progress) {
  return {"sales", "shop.sales", progress, 25, 75, "why"};
}

TEST(Readiness, WaitsForTheStartAndForCatchingUpOnly) {
  using Progress = SourceReadiness::Progress;
  struct Case {
    Progress progress;
    bool ready;
    std::string_view said;
  };
  for (const Case& c : {
           Case{Progress::kStarting, false,
                "not ready\nsales: starting, the end of topic shop.sales is not known yet: why\n"},
           Case{Progress::kCatchingUp, false,
                "not ready\nsales: catching up, 25 of 100 records of topic shop.sales read (25 %): "
                "why\n"},
           Case{Progress::kCaughtUp, true, "ready\nsales: caught up with topic shop.sales: why\n"},
           Case{
               Progress::kMissingTopic, true,
               "ready\nsales: topic shop.sales does not exist yet, which nothing waits for: why\n"},
           Case{Progress::kFault, true,
                "ready\nsales: stopped by a fault, which holds up its own KPIs only: why\n"},
       }) {
    const Readiness readiness{{source(c.progress)}, {}};
    EXPECT_EQ(readiness.ready(), c.ready) << c.said;
    EXPECT_EQ(describe(readiness), c.said);
  }
}

TEST(Readiness, OneSourceCatchingUpIsEnoughToWait) {
  using Progress = SourceReadiness::Progress;
  EXPECT_FALSE(
      (Readiness{{source(Progress::kCaughtUp), source(Progress::kCatchingUp)}, {}}.ready()));
  EXPECT_TRUE((Readiness{{source(Progress::kCaughtUp), source(Progress::kFault)}, {}}.ready()));
}

TEST(Readiness, HowFarSurvivesATopicThatIsEmpty) {
  SourceReadiness empty = source(SourceReadiness::Progress::kCatchingUp);
  empty.records_read = 0;
  empty.records_left = 0;
  empty.detail.clear();
  EXPECT_EQ(describe(empty), "catching up, 0 of 0 records of topic shop.sales read (0 %)");
}

TEST(Web, ReadySaysWhoWaitsForWhatAndTheNotes) {
  Site site;
  EXPECT_EQ(*site.get("/-/ready").body,
            "not ready\nsales: caught up with topic shop.sales\n"
            "production: catching up, 7 of 10 records of topic production read (70 %)\n"
            "units_produced: no window is final yet\n");
}

TEST(Web, TheHtmlPageMayLoadAndRunNothing) {
  Site site;
  const HttpResponse response = site.get("/");
  EXPECT_THAT(header(response, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(header(response, "X-Frame-Options"), "DENY");
  EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
  EXPECT_THAT(*response.body, Not(HasSubstr("<script")));
  EXPECT_THAT(*response.body, Not(HasSubstr("http://")));
  EXPECT_THAT(*response.body, Not(HasSubstr("https://")));
}

TEST(Web, TheHtmlPageShowsValuesStatesAndReasons) {
  Site site;
  const std::string page = *site.get("/").body;
  for (const std::string_view text :
       {"<b>0.28</b> ratio", "<b>0.3333333333333333</b>", "<b>12345678901.23</b> eur", "25 samples",
        "1 sample<", ">final<", ">provisional<", ">live<", ">incomplete<", "75 % complete",
        "catching up with the log after the start", "2026-03-01 11:00:00 – 12:00:00",
        "count(sales where type == &#39;order&#39;)", ">not ready<",
        "units_produced: no window is final yet",
        "waits for partition 11 of production since 2026-03-01 11:50:00",
        "out of order by at most 120 s (half of the events 0 s, 99 % of them 12.031 s); disorder "
        "is 10s",
        "6 amending, 0 late"}) {
    EXPECT_THAT(page, HasSubstr(std::string(text)));
  }
}

TEST(Web, TheHtmlPageSaysOfProvisionalWindowsOnlyWhoTheyWaitFor) {
  Site site;
  const std::string page = *site.get("/").body;
  EXPECT_THAT(page, Not(HasSubstr("waits for partition 0"))) << "which holds back the next one";
}

TEST(Web, TheHtmlPageEscapesWhatComesFromOutside) {
  Site site;
  const std::string page = *site.get("/").body;
  EXPECT_THAT(page, HasSubstr("a&quot;b\\c\nd&lt;i&gt;"));
  EXPECT_THAT(page, HasSubstr("Turnover &quot;net&quot;"));
  EXPECT_THAT(page, Not(HasSubstr("<i>")));
  EXPECT_THAT(page, Not(HasSubstr("<b>tags")));
  EXPECT_THAT(page, Not(HasSubstr("\xFF")));
}

TEST(Web, TheApiTellsTheConfigurationAsItIsInForce) {
  Site site;
  EXPECT_EQ(*site.get("/api/v1/status/config").body,
            "{\"status\":\"success\",\"data\":{\"yaml\":\"kafka:\\n  properties: "
            "{sasl.password: <redacted>}\\n\"}}\n");
}

TEST(Web, TheApiTellsEachKpiWithItsWindowsAndValues) {
  Site site;
  const std::string body = *site.get("/api/v1/kpis").body;
  EXPECT_THAT(body, HasSubstr(R"({"status":"success","data":{"published_at":)"
                              R"("2026-03-01T12:00:00Z","ready":false,"kpis":[{)"
                              R"("kpi":"conversion_rate","help":"Share of visits that end in an )"
                              R"(order",)"));
  EXPECT_THAT(
      body,
      HasSubstr(
          R"({"window":"1h every 10s","show":"final","start":"2026-03-01T11:00:00Z",)"
          R"("end":"2026-03-01T12:00:00Z","final":true,"completeness":1,)"
          R"("held_back_by":{"source":"sales","topic":"shop.sales","partition":0,)"
          R"("watermark":"2026-03-01T12:00:02Z","since":"2026-03-01T11:59:59Z",)"
          R"("behind_seconds":8},"groups_cut":0,"values":[{"group":{"region":"","shop":"web"},)"
          R"("value":0.28,"samples":25,"numerator":7,"denominator":25})"));
  EXPECT_THAT(body, HasSubstr(R"({"group":{"region":"north","shop":"till"},"value":null,)"));
  EXPECT_THAT(body, HasSubstr(R"("final":false,"completeness":null,"held_back_by":null,)"
                              R"("groups_cut":17,)"));
  EXPECT_THAT(body, HasSubstr(R"("windows":[],"held":[{"window":"5m","show":"final",)"
                              R"("reason":"catching_up"}])"));
}

TEST(Web, TheApiKeepsALedgerBackThatMayNotBeShown) {
  Site site;
  const std::string body = *site.get("/api/v1/status/runtimeinfo").body;
  EXPECT_THAT(body, HasSubstr(R"("uptime_seconds":5400,"workers":2,)"));
  EXPECT_THAT(body, HasSubstr(R"({"source":"production","topic":"production",)"
                              R"("progress":"catching_up","records_read":7,"records_left":3,)"));
  EXPECT_THAT(body, HasSubstr(R"("partition":11,"next_offset":0,"newest_event_time":null,)"
                              R"("watermark":"2026-03-01T11:00:00Z","idle":true,"ledger":null})"));
  EXPECT_THAT(
      body, HasSubstr(R"("ledger":{"read":1000,"accepted":990,"rejected":{"too_large":1,)"
                      R"("malformed":2,"time_missing":3,"wrong_type":4},"lost":5,"amending":6}})"));
  EXPECT_THAT(body, HasSubstr(R"("records_read":7,"records_left":3,"detail":"","ledger":null,)"
                              R"("disorder":{"limit_seconds":0,"events":0,"p50_seconds":null,)"
                              R"("p99_seconds":null,"max_seconds":null}}],"notes")"));
}

TEST(Web, TheApiAddsUpTheLedgerOfEachSourceAndSaysHowFarItsEventsCameBehind) {
  Site site;
  EXPECT_THAT(
      *site.get("/api/v1/status/runtimeinfo").body,
      HasSubstr(R"("sources":[{"source":"sales","topic":"shop.sales","progress":"caught_up",)"
                R"("records_read":1000,"records_left":0,"detail":"","ledger":{"read":1000,)"
                R"("accepted":990,"rejected":{"too_large":1,"malformed":2,"time_missing":3,)"
                R"("wrong_type":4},"lost":5,"amending":6},"disorder":{"limit_seconds":10,)"
                R"("events":994,"p50_seconds":0,"p99_seconds":12.031,"max_seconds":120}})"));
}

}  // namespace
}  // namespace kpid
