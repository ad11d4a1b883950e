#include "daemon/exposition/web.h"

#include <chrono>
#include <utility>

#include "daemon/exposition/api.h"
#include "daemon/exposition/metrics_pages.h"
#include "daemon/exposition/negotiation.h"
#include "daemon/exposition/status_page.h"

namespace kpid {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

constexpr std::string_view kNotFound =
    "There is nothing at this path. What there is:\n"
    "  /                           the KPIs with their current values\n"
    "  /metrics                    all metrics, for Prometheus\n"
    "  /api/v1/kpis                the KPIs as JSON\n"
    "  /api/v1/status/config       the configuration in force\n"
    "  /api/v1/status/buildinfo    the running program\n"
    "  /api/v1/status/runtimeinfo  sources, partitions and their progress\n"
    "  /-/healthy                  200 as long as the process answers\n"
    "  /-/ready                    200 when every source has caught up, else 503\n";

HttpResponse answer(uint32_t status, std::string_view content_type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = content_type;
  response.headers = {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}};
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

HttpResponse html(std::string body) {
  HttpResponse response = answer(200, kHtml, std::move(body));
  // The page has one style sheet inside, nothing else may run, load or frame it.
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  return response;
}

// Lives on the server's thread.
class Web {
 public:
  Web(WebSettings settings, Probe& probe, PublicationProvider publication, Clock clock)
      : settings_(std::move(settings)),
        probe_(probe),
        publication_(std::move(publication)),
        clock_(std::move(clock)),
        pages_(probe, settings_.prefix) {}

  HttpResponse answer_to(const HttpRequest& request) {
    if (request.path == "/metrics") return metrics(request);
    if (request.path == "/-/healthy") return answer(200, kPlainText, "kpid is healthy\n");
    if (request.path == "/api/v1/status/config") return json(config_json(settings_));
    if (request.path == "/api/v1/status/buildinfo") return json(build_info_json());

    const std::shared_ptr<const Publication> now = publication_();
    if (request.path == "/-/ready") {
      return answer(now->readiness.ready() ? 200 : 503, kPlainText, describe(now->readiness));
    }
    if (request.path == "/") return html(status_page(*now, clock_()));
    if (request.path == "/api/v1/kpis") return json(kpis_json(*now));
    if (request.path == "/api/v1/status/runtimeinfo") {
      return json(runtime_info_json(settings_, *now, clock_()));
    }
    return answer(404, kPlainText, std::string(kNotFound));
  }

 private:
  static HttpResponse json(std::string body) { return answer(200, kJson, std::move(body)); }

  HttpResponse metrics(const HttpRequest& request) {
    const auto began = std::chrono::steady_clock::now();
    const PageFormat format = negotiate_format(request.accept);
    const bool gzipped = accepts_gzip(request.accept_encoding);
    HttpResponse response;
    response.content_type = content_type_of(format);
    response.headers = {{"Vary", "Accept, Accept-Encoding"},
                        {"X-Content-Type-Options", "nosniff"},
                        {"Cache-Control", "no-store"}};
    if (gzipped) response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = pages_.get(publication_(), format, gzipped, clock_());
    probe_.scraped(std::chrono::steady_clock::now() - began);
    return response;
  }

  const WebSettings settings_;
  Probe& probe_;
  const PublicationProvider publication_;
  const Clock clock_;
  MetricsPages pages_;
};

}  // namespace

HttpHandler make_web_handler(WebSettings settings, Probe& probe, PublicationProvider publication,
                             Clock clock) {
  // Shared, for a std::function must be copyable.
  auto web =
      std::make_shared<Web>(std::move(settings), probe, std::move(publication), std::move(clock));
  return [web](const HttpRequest& request) { return web->answer_to(request); };
}

}  // namespace kpid
