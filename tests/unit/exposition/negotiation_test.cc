#include "daemon/exposition/negotiation.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

TEST(Negotiation, GivesTheFormatThatIsLikedBest) {
  struct Case {
    std::string_view accept;
    PageFormat format;
  };
  constexpr PageFormat kText = PageFormat::kText;
  constexpr PageFormat kOpenMetrics = PageFormat::kOpenMetrics;
  for (const Case& c : {
           Case{"", kText},
           Case{"*/*", kText},
           Case{"text/plain", kText},
           Case{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", kText},
           // Prometheus 2.42 and 3.x.
           Case{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version="
                "0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                kOpenMetrics},
           Case{"text/plain;version=0.0.4;q=1,*/*;q=0.1", kText},
           Case{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;"
                "escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1",
                kOpenMetrics},
           Case{"application/openmetrics-text", kOpenMetrics},
           Case{"APPLICATION/OpenMetrics-Text ; Version=1.0.0 ; Q=1", kOpenMetrics},
           Case{"application/openmetrics-text;q=0", kText},
           Case{"application/openmetrics-text;q=0.0,*/*", kText},
           Case{"application/openmetrics-text;q=0.4,text/plain;q=0.5", kText},
           Case{"application/openmetrics-text;q=0.5,text/plain;q=0.5", kOpenMetrics},
           Case{"text/plain;q=0.2,application/openmetrics-text;q=0.3,*/*;q=1", kOpenMetrics},
           Case{"application/openmetrics-text;q=0.3,text/*;q=0.4", kText},
           Case{"application/openmetrics-text;version=2.0.0", kText},
           Case{"application/openmetrics-text;q=rubbish", kText},
           Case{"application/openmetrics-text;q=0.5x,text/plain;q=0.1", kText},
           Case{";;,,=;q", kText},
           Case{"application/openmetrics-text,,", kOpenMetrics},
       }) {
    EXPECT_EQ(negotiate_format(c.accept), c.format) << c.accept;
  }
}

TEST(Negotiation, PacksOnlyForWhoAllowsIt) {
  struct Case {
    std::string_view accept_encoding;
    bool allowed;
  };
  for (const Case& c : {
           Case{"", false},
           Case{"gzip", true},
           Case{"gzip, deflate, br", true},
           Case{"deflate,GZIP;q=0.1", true},
           Case{"gzip;q=0", false},
           Case{"gzip;q=0.000", false},
           Case{"gzip;q=0.001", true},
           Case{"*", true},
           Case{"*;q=0", false},
           Case{"gzip;q=0, *", false},
           Case{"identity", false},
           Case{"br;q=1.0, *;q=0.5", true},
           Case{"x-gzip", true},
           Case{"notgzip", false},
       }) {
    EXPECT_EQ(accepts_gzip(c.accept_encoding), c.allowed) << c.accept_encoding;
  }
}

TEST(Negotiation, ContentTypesCarryTheirVersion) {
  EXPECT_EQ(content_type_of(PageFormat::kText), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(content_type_of(PageFormat::kOpenMetrics),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace kpid
