#include "daemon/exposition/page_writer.h"

#include <fmt/format.h>

#include <algorithm>
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
  write_line("", labels, [&](std::string& line) { value.append_to(line); });
}

void PageWriter::sample(std::span<const Label> labels, const Number& value, EventTime time) {
  KPID_ASSERT(format_ == PageFormat::kOpenMetrics);
  write_line("", labels, [&](std::string& line) {
    value.append_to(line);
    line += ' ';
    append_decimal(line, {time.time_since_epoch().count() * Int128{kNanosPerUnit / 1000}});
  });
}

void PageWriter::sample(std::span<const Label> labels, double value) {
  write_line("", labels, [&](std::string& line) { append_double(line, value); });
}

void PageWriter::sample(std::span<const Label> labels, int64_t value) {
  write_line("", labels, [&](std::string& line) { append_integer(line, value); });
}

void PageWriter::sample(std::span<const Label> labels, uint64_t value) {
  write_line("", labels, [&](std::string& line) { append_integer(line, value); });
}

void PageWriter::summary(std::span<const Label> labels, double sum, uint64_t count) {
  write_line("_sum", labels, [&](std::string& line) { append_double(line, sum); });
  write_line("_count", labels, [&](std::string& line) { append_integer(line, count); });
}

void PageWriter::prepared_sample(std::string_view label_text, const Number& value) {
  char* const at = begin_prepared(label_text);
  if (const auto decimal = value.decimal()) {
    end_prepared(write_decimal(at, *decimal));
    return;
  }
  line_.clear();
  value.append_to(line_);
  line_ += '\n';
  size_ = static_cast<size_t>(at - page_.data());
  append(line_);
}

void PageWriter::prepared_sample(std::string_view label_text, uint64_t value) {
  end_prepared(write_integer(begin_prepared(label_text), value));
}

std::string PageWriter::finish() {
  if (format_ == PageFormat::kOpenMetrics) append("# EOF\n");
  family_.clear();
  head_.clear();
  page_.resize(std::exchange(size_, 0));
  return std::exchange(page_, {});
}

template <class AppendValue>
void PageWriter::write_line(std::string_view suffix, std::span<const Label> labels,
                            const AppendValue& append_value) {
  line_ = suffix;
  append_labels(line_, labels);
  append_value(line_);
  line_ += '\n';
  append_head();
  append(family_);
  append(line_);
}

/// Writes the line up to the value, for which there is room where it returns, if it is a decimal.
char* PageWriter::begin_prepared(std::string_view label_text) {
  append_head();
  constexpr size_t kRoom = kDecimalTextMax + 1;
  char* const at = make_room(family_.size() + label_text.size() + kRoom);
  char* const behind_name = std::copy(family_.begin(), family_.end(), at);
  return std::copy(label_text.begin(), label_text.end(), behind_name);
}

/// The line's value ends there.
void PageWriter::end_prepared(char* end) {
  *end++ = '\n';
  size_ = static_cast<size_t>(end - page_.data());
}

void PageWriter::append_head() {
  if (head_.empty()) return;
  append(head_);
  head_.clear();
}

void PageWriter::append(std::string_view text) {
  std::copy(text.begin(), text.end(), make_room(text.size()));
  size_ += text.size();
}

char* PageWriter::make_room(size_t bytes) {
  // By half, as all of it becomes memory in use.
  if (page_.size() - size_ < bytes) page_.resize(page_.size() + page_.size() / 2 + bytes);
  return page_.data() + size_;
}

}  // namespace kpid
