#include "daemon/report/report_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "config/metric_names.h"
#include "daemon/exposition/page_writer.h"
#include "pipeline/publish/json_writer.h"

namespace kpid {

namespace {

/// One object a line; see REFERENCE.
class JsonReport : public ReportWriter {
 public:
  explicit JsonReport(std::shared_ptr<const Definitions> definitions)
      : definitions_(std::move(definitions)) {}

  void write(const WindowReport& report, std::string& out) override {
    const KpiDefinition& kpi = definitions_->kpis[report.kpi];
    for (const Sample& sample : report.samples) {
      JsonWriter json(out);
      json.begin_object();
      json.key("kpi").string(kpi.name);
      json.key("window").string(kpi.windows[report.window_spec].name());
      json.key("start").string(format_rfc3339(report.window.start));
      json.key("end").string(format_rfc3339(report.window.end));
      json.key("group").begin_object();
      for (size_t i = 0; i < kpi.by.size(); ++i) json.key(kpi.by[i]).string((*sample.group)[i]);
      json.end_object();
      json.key("value");
      if (sample.value) {
        json.number(*sample.value);
      } else {
        json.null();
      }
      json.key("samples").integer(sample.samples);
      if (sample.estimated) json.key("estimated").boolean(true);
      json.end_object();
      out += '\n';
    }
  }

  void finish(std::string&) override {}

 private:
  const std::shared_ptr<const Definitions> definitions_;
};

/// Aligned columns for people. Widths are known at the end only, so it waits for it.
class TableReport : public ReportWriter {
 public:
  explicit TableReport(std::shared_ptr<const Definitions> definitions)
      : definitions_(std::move(definitions)) {
    rows_.push_back({"END", "KPI", "WINDOW", "GROUP", "VALUE", "SAMPLES"});
  }

  void write(const WindowReport& report, std::string&) override {
    const KpiDefinition& kpi = definitions_->kpis[report.kpi];
    for (const Sample& sample : report.samples) {
      std::string group;
      for (size_t i = 0; i < kpi.by.size(); ++i) {
        group += fmt::format("{}{}={}", i == 0 ? "" : " ", kpi.by[i], one_line((*sample.group)[i]));
      }
      rows_.push_back({format_rfc3339(report.window.end), kpi.name,
                       kpi.windows[report.window_spec].name(), std::move(group),
                       sample.value ? sample.value->to_string() : "absent",
                       fmt::format("{}", sample.samples)});
    }
  }

  void finish(std::string& out) override {
    std::vector<size_t> widths(rows_[0].size());
    for (const auto& row : rows_) {
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows_) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i) {
        if (i > 0) line += "  ";
        line += i < kFirstNumber ? fmt::format("{:<{}}", row[i], widths[i])
                                 : fmt::format("{:>{}}", row[i], widths[i]);
      }
      out += line;
      out += '\n';
    }
  }

 private:
  static constexpr size_t kFirstNumber = 4;

  static std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return text;
  }

  const std::shared_ptr<const Definitions> definitions_;
  std::vector<std::vector<std::string>> rows_;
};

/// OpenMetrics with timestamps: the points of a series must stand together, so it waits for the
/// end. Nothing else of kpid writes timestamps: Prometheus would not let such series go stale.
class OpenMetricsReport : public ReportWriter {
 public:
  OpenMetricsReport(std::shared_ptr<const Definitions> definitions, std::string prefix)
      : definitions_(std::move(definitions)), prefix_(std::move(prefix)) {}

  void write(const WindowReport& report, std::string&) override {
    const KpiDefinition& kpi = definitions_->kpis[report.kpi];
    const EventTime end = report.window.end;
    for (const Sample& sample : report.samples) {
      std::vector<std::string> labels = *sample.group;
      labels.push_back(kpi.windows[report.window_spec].name());
      Points& points = families_[report.kpi][std::move(labels)];
      if (sample.value) points.values.emplace_back(end, *sample.value);
      points.samples.emplace_back(end, Number(Decimal{sample.samples * Int128{kNanosPerUnit}}));
      if (sample.numerator) points.numerators.emplace_back(end, *sample.numerator);
      if (sample.denominator) points.denominators.emplace_back(end, *sample.denominator);
    }
  }

  void finish(std::string& out) override {
    PageWriter page(PageFormat::kOpenMetrics);
    for (const auto& [index, series] : families_) {
      const KpiDefinition& kpi = definitions_->kpis[index];
      const KpiFamilies families = kpi_families(kpi, false, prefix_);
      write_family(page, families.value, kpi, series, &Points::values);
      write_family(page, families.samples, kpi, series, &Points::samples);
      if (!kpi.formula.is_quotient()) continue;
      write_family(page, families.numerator, kpi, series, &Points::numerators);
      write_family(page, families.denominator, kpi, series, &Points::denominators);
    }
    out += page.finish();
  }

 private:
  using Series = std::vector<std::pair<EventTime, Number>>;  ///< ascending by time
  struct Points {
    Series values;
    Series samples;
    Series numerators;
    Series denominators;
  };
  using SeriesByLabels = std::map<std::vector<std::string>, Points>;

  static void write_family(PageWriter& page, const KpiFamily& family, const KpiDefinition& kpi,
                           const SeriesByLabels& series, Series Points::*which) {
    page.begin_family(MetricType::kGauge, family.name, family.help);
    std::vector<Label> labels(kpi.by.size() + 1);
    for (const auto& [values, points] : series) {
      for (size_t i = 0; i < kpi.by.size(); ++i) labels[i] = {kpi.by[i], values[i]};
      labels.back() = {"window", values.back()};
      for (const auto& [time, value] : points.*which) page.sample(labels, value, time);
    }
  }

  const std::shared_ptr<const Definitions> definitions_;
  const std::string prefix_;
  std::map<size_t, SeriesByLabels> families_;  ///< by KPI
};

}  // namespace

std::unique_ptr<ReportWriter> make_report_writer(OutputFormat format,
                                                 std::shared_ptr<const Definitions> definitions,
                                                 std::string prefix) {
  switch (format) {
    case OutputFormat::kTable:
      return std::make_unique<TableReport>(std::move(definitions));
    case OutputFormat::kJson:
      return std::make_unique<JsonReport>(std::move(definitions));
    case OutputFormat::kOpenMetrics:
      return std::make_unique<OpenMetricsReport>(std::move(definitions), std::move(prefix));
  }
  __builtin_unreachable();
}

}  // namespace kpid
