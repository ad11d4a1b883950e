#include "daemon/exposition/page_writer.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "pipeline/check.h"
#include "pipeline/publish/escaping.h"

namespace kpid {

namespace {

constexpr std::string_view kCounterSuffix = "_total";
constexpr std::string_view kInfoSuffix = "_info";

// NUL is valid UTF-8, but the scanner of Prometheus takes it for the end of the page.
constexpr std::string_view kInsteadOfNul = "\xEF\xBF\xBD";

// What stands on the page for a character that may not stand there as it is; empty where it may.
// Lambdas, so that the loop over a text has them inside instead of a call per character.
constexpr auto kEscapedHelp = [](char c) -> std::string_view {
  if (c == '\\') return "\\\\";
  if (c == '\n') return "\\n";
  if (c == '\0') return kInsteadOfNul;
  return {};
};

constexpr auto kEscaped = [](char c) -> std::string_view {
  return c == '"' ? "\\\"" : kEscapedHelp(c);
};

std::string_view type_name(MetricType type, PageFormat format) {
  switch (type) {
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kCounter:
      return "counter";
    case MetricType::kSummary:
      return "summary";
    case MetricType::kInfo:
      return format == PageFormat::kOpenMetrics ? "info" : "gauge";
  }
  return "";
}

// The suffix of the samples' name that OpenMetrics does not count as the family's.
std::string_view sample_suffix(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return kCounterSuffix;
    case MetricType::kInfo:
      return kInfoSuffix;
    case MetricType::kGauge:
    case MetricType::kSummary:
      return "";
  }
  return "";
}

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void append_integer(std::string& out, auto value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

}  // namespace

void append_labels(std::string& out, std::span<const Label> labels) {
  char before = '{';
  for (const Label& label : labels) {
    if (label.value.empty()) continue;
    out += before;
    out += label.name;
    out += "=\"";
    append_escaped(out, label.value, kEscaped);
    out += '"';
    before = ',';
  }
  out += before == ',' ? "} " : " ";
}

void PageWriter::begin_family(MetricType type, std::string_view name, std::string_view help) {
  const std::string_view suffix = sample_suffix(type);
  KPID_ASSERT(name.ends_with(suffix));
  family_ = name;
  const std::string_view described =
      format_ == PageFormat::kOpenMetrics ? name.substr(0, name.size() - suffix.size()) : name;
  head_.clear();
  fmt::format_to(std::back_inserter(head_), "# HELP {} ", described);
  if (format_ == PageFormat::kOpenMetrics) {
    append_escaped(head_, help, kEscaped);
  } else {
    append_escaped(head_, help, kEscapedHelp);
  }
  fmt::format_to(std::back_inserter(head_), "\n# TYPE {} {}\n", described,
                 type_name(type, format_));
}

void PageWriter::sample(std::span<const Label> labels, const Number& value) {
  series("", labels);
  value.append_to(page_);
  page_ += '\n';
}

void PageWriter::prepared_sample(std::string_view label_text, const Number& value) {
  begin_series("");
  page_ += label_text;
  value.append_to(page_);
  page_ += '\n';
}

void PageWriter::prepared_sample(std::string_view label_text, int64_t value) {
  begin_series("");
  page_ += label_text;
  append_integer(page_, value);
  page_ += '\n';
}

void PageWriter::sample(std::span<const Label> labels, const Number& value, EventTime time) {
  KPID_ASSERT(format_ == PageFormat::kOpenMetrics);
  series("", labels);
  value.append_to(page_);
  const Decimal seconds{time.time_since_epoch().count() * Int128{kNanosPerUnit / 1000}};
  page_ += ' ';
  append_decimal(page_, seconds);
  page_ += '\n';
}

void PageWriter::sample(std::span<const Label> labels, double value) {
  series("", labels);
  append_double(page_, value);
  page_ += '\n';
}

void PageWriter::sample(std::span<const Label> labels, int64_t value) {
  series("", labels);
  append_integer(page_, value);
  page_ += '\n';
}

void PageWriter::sample(std::span<const Label> labels, uint64_t value) {
  series("", labels);
  append_integer(page_, value);
  page_ += '\n';
}

void PageWriter::summary(std::span<const Label> labels, double sum, uint64_t count) {
  series("_sum", labels);
  append_double(page_, sum);
  page_ += '\n';
  series("_count", labels);
  fmt::format_to(std::back_inserter(page_), "{}\n", count);
}

std::string PageWriter::finish() {
  if (format_ == PageFormat::kOpenMetrics) page_ += "# EOF\n";
  family_.clear();
  head_.clear();
  return std::exchange(page_, {});
}

void PageWriter::begin_series(std::string_view suffix) {
  page_ += head_;
  head_.clear();
  page_ += family_;
  page_ += suffix;
}

void PageWriter::series(std::string_view suffix, std::span<const Label> labels) {
  begin_series(suffix);
  append_labels(page_, labels);
}

}  // namespace kpid
