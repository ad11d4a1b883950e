#include "daemon/exposition/status_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "daemon/exposition/html_writer.h"
#include "daemon/exposition/in_seconds.h"
#include "daemon/exposition/status_style.h"
#include "daemon/version.h"
#include "pipeline/window/window_spec.h"

namespace kpid {

namespace {

// More groups than this make a page that nobody reads and that takes long to draw; the API has all.
constexpr size_t kGroupsPerKpi = 100;

// "2026-11-23 21:00:00": RFC 3339 without what the reader knows.
std::string instant(EventTime time) {
  std::string text = format_rfc3339(time);
  std::replace(text.begin(), text.end(), 'T', ' ');
  if (text.ends_with('Z')) text.pop_back();
  return text;
}

// "2026-11-23 21:00:00 – 22:00:00": the day once where start and end share it.
std::string interval(const Window& window) {
  constexpr size_t kDayLength = std::string_view("2026-11-23 ").size();
  const std::string start = instant(window.start);
  std::string end = instant(window.end);
  if (start.substr(0, kDayLength) == end.substr(0, kDayLength)) end.erase(0, kDayLength);
  return fmt::format("{} – {}", start, end);
}

std::string_view in_words(std::string_view held_reason) {
  if (held_reason == kHeldCatchingUp) return "catching up with the log after the start";
  if (held_reason == kHeldFault) return "a source is stopped by a fault; see the log";
  if (held_reason == kHeldNoEvents) return "no event yet";
  if (held_reason == kHeldRecordBegins) return "no whole window has been recorded yet";
  if (held_reason == kHeldStale) return "its sources have been out of reach for too long";
  return held_reason;
}

// One KPI's windows side by side: the cells of a row belong to one group.
struct Table {
  std::vector<const ShownWindow*> columns;
  std::map<std::vector<std::string>, std::vector<const Sample*>> rows;
};

Table table_of(const Snapshot& snapshot, size_t kpi) {
  Table table;
  for (const ShownWindow& shown : snapshot.windows) {
    if (shown.kpi == kpi) table.columns.push_back(&shown);
  }
  for (size_t column = 0; column < table.columns.size(); ++column) {
    for (const Sample& sample : table.columns[column]->samples) {
      const auto& group = sample.group ? *sample.group : std::vector<std::string>();
      std::vector<const Sample*>& cells = table.rows[group];
      cells.resize(table.columns.size());
      cells[column] = &sample;
    }
  }
  return table;
}

// Writes one page. Lives for it.
class StatusPage {
 public:
  explicit StatusPage(const Publication& publication) : publication_(publication) {}

  std::string write(EventTime clock) {
    write_head(clock);
    if (publication_.snapshot != nullptr) {
      for (size_t kpi = 0; kpi < publication_.snapshot->definitions->kpis.size(); ++kpi) {
        write_kpi(*publication_.snapshot, kpi);
      }
    }
    write_sources();
    html_.raw("</body></html>\n");
    return html_.finish();
  }

 private:
  void badge(std::string_view kind, std::string_view text) {
    html_.raw("<span class=\"badge ").raw(kind).raw("\">").text(text).raw("</span>");
  }

  void write_head(EventTime clock) {
    html_.raw(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta http-equiv=\"refresh\" content=\"5\"><link rel=\"icon\" href=\"data:,\">"
        "<title>kpid</title><style>");
    html_.raw(kStatusStyle).raw("</style></head><body><header><h1>kpid <small>").text(version());
    html_.raw("</small></h1>");
    const bool ready = publication_.readiness.ready();
    badge(ready ? "good" : "wait", ready ? "ready" : "not ready");
    html_.raw(
        "<nav><a href=\"/metrics\">Metrics</a><a href=\"/api/v1/kpis\">API</a>"
        "<a href=\"/api/v1/status/config\">Configuration</a>"
        "<a href=\"/api/v1/status/runtimeinfo\">Runtime</a>"
        "<a href=\"/-/ready\">Readiness</a></nav></header>");
    const EventTime made = publication_.snapshot ? publication_.snapshot->published_at : clock;
    html_.element("p class=\"stamp\"",
                  fmt::format("{} UTC, renewed every 5 seconds",
                              instant(std::chrono::floor<std::chrono::seconds>(made))));
  }

  void write_kpi(const Snapshot& snapshot, size_t index) {
    const KpiDefinition& kpi = snapshot.definitions->kpis[index];
    html_.raw("<section>").element("h2", kpi.name).element("p", kpi.help);
    html_.element("code", kpi.formula_text);
    const Table table = table_of(snapshot, index);
    if (!table.columns.empty()) write_table(kpi, table);
    for (const HeldWindow& held : snapshot.held) {
      if (held.kpi != index) continue;
      html_.raw("<p>");
      badge("wait", "held");
      html_.raw(" ")
          .text(kpi.windows[held.window_spec].name())
          .text(held.live ? " (live): " : ": ");
      html_.text(in_words(held.reason)).raw("</p>");
    }
    html_.raw("</section>\n");
  }

  std::string waits_for(const HeldBackBy& partition) const {
    const auto& sources = publication_.snapshot->definitions->sources;
    return fmt::format("waits for partition {} of {} since {}", partition.partition,
                       sources[partition.source].name,
                       instant(std::chrono::floor<std::chrono::seconds>(partition.since)));
  }

  void write_column_head(const KpiDefinition& kpi, const ShownWindow& shown) {
    html_.raw("<th class=\"number\">").text(kpi.windows[shown.window_spec].name()).raw(" ");
    if (!shown.completeness) {
      badge("bad", "incomplete");
    } else if (shown.live) {
      badge("live", "live");
    } else if (shown.already_final) {
      badge("good", "final");
    } else {
      badge("wait", "provisional");
    }
    html_.element("span class=\"minor\"", interval(shown.window));
    if (shown.completeness && !shown.already_final) {
      // Downwards, so that 100 % is never said of a window that still waits for something.
      html_.element("span class=\"minor\"",
                    fmt::format("{} % complete", static_cast<int>(*shown.completeness * 100)));
      if (shown.held_back_by) html_.element("span class=\"minor\"", waits_for(*shown.held_back_by));
    }
    if (!shown.on_record) {
      html_.element("span class=\"minor\"", "looks back at what is not on record");
    }
    html_.raw("</th>");
  }

  void write_cell(const KpiDefinition& kpi, const Sample* sample) {
    html_.raw("<td class=\"number\">");
    if (sample == nullptr) {
      html_.raw("</td>");
      return;
    }
    if (sample->value) {
      html_.element("b", sample->value->to_string());
      if (!kpi.unit.empty()) html_.raw(" ").text(kpi.unit);
    } else {
      html_.raw("–");
    }
    std::string samples =
        fmt::format("{} {}", sample->samples, sample->samples == 1 ? "sample" : "samples");
    if (sample->estimated) samples += ", estimated";
    if (sample->over_max_keys) samples += ", above max_keys";
    html_.element("span class=\"minor\"", samples);
    html_.raw("</td>");
  }

  void write_table(const KpiDefinition& kpi, const Table& table) {
    // Without groups there is nothing to compare downwards: the values stand at the left.
    html_.raw(kpi.by.empty() ? "<div class=\"table\"><table class=\"single\"><thead><tr>"
                             : "<div class=\"table\"><table><thead><tr>");
    for (const std::string& field : kpi.by) html_.element("th", field);
    for (const ShownWindow* shown : table.columns) write_column_head(kpi, *shown);
    html_.raw("</tr></thead><tbody>");
    size_t written = 0;
    for (const auto& [group, cells] : table.rows) {
      if (written++ == kGroupsPerKpi) break;
      html_.raw("<tr>");
      for (const std::string& value : group) html_.element("td", value.empty() ? "–" : value);
      for (const Sample* sample : cells) write_cell(kpi, sample);
      html_.raw("</tr>");
    }
    html_.raw("</tbody></table></div>");
    if (table.rows.size() > kGroupsPerKpi) {
      html_.raw("<p>").text(
          fmt::format("{} more groups are in ", table.rows.size() - kGroupsPerKpi));
      html_.raw("<a href=\"/api/v1/kpis\">the API</a>.</p>");
    }
  }

  void write_sources() {
    const Readiness& readiness = publication_.readiness;
    html_.raw("<section><h2>Sources</h2><div class=\"table\"><table><tbody>");
    for (const SourceReadiness& source : readiness.sources) {
      html_.raw("<tr>").element("td", source.source).raw("<td>");
      const bool good = source.progress == SourceReadiness::Progress::kCaughtUp;
      const bool bad = source.progress == SourceReadiness::Progress::kFault;
      badge(good ? "good" : bad ? "bad" : "wait", readable(name_of(source.progress)));
      html_.raw("</td><td>").text(describe(source));
      if (publication_.snapshot != nullptr) write_order(*publication_.snapshot, source.source);
      html_.raw("</td></tr>");
    }
    html_.raw("</tbody></table></div>");
    for (const std::string& note : readiness.notes) html_.element("p", note);
    html_.raw("</section>\n");
  }

  // In what order the events of a source come, and what that costs.
  void write_order(const Snapshot& snapshot, const std::string& source) {
    const DisorderView* const seen = snapshot.disorder_of(source);
    if (seen != nullptr && seen->events > 0) {
      html_.element(
          "span class=\"minor\"",
          fmt::format("out of order by at most {} s (half of the events {} s, 99 % of them {} s); "
                      "disorder is {}",
                      in_seconds(seen->maximum).to_string(), in_seconds(seen->p50).to_string(),
                      in_seconds(seen->p99).to_string(), format_duration(seen->limit)));
    }
    if (const auto ledger = snapshot.ledger_of(source)) {
      html_.element("span class=\"minor\"",
                    fmt::format("{} amending, {} late", ledger->amending,
                                ledger->rejected[static_cast<size_t>(RejectReason::kLate)]));
    }
  }

  static std::string readable(std::string_view name) {
    std::string words(name);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
  }

  const Publication& publication_;
  HtmlWriter html_;
};

}  // namespace

std::string status_page(const Publication& publication, EventTime clock) {
  return StatusPage(publication).write(clock);
}

}  // namespace kpid
