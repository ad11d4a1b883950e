#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/event/time.h"
#include "pipeline/formula/number.h"

namespace kpid {

/// The two formats of a metrics page: Prometheus' text 0.0.4, and OpenMetrics 1.0.
enum class PageFormat : uint8_t { kText, kOpenMetrics };

/// What Prometheus is told that a family is.
enum class MetricType : uint8_t { kGauge, kCounter, kSummary, kInfo };

/// A label as given; the writer escapes and repairs. Borrowed.
struct Label {
  std::string_view name;   ///< a valid label name
  std::string_view value;  ///< any bytes; an empty one is left out, which means the same
};

/// Appends labels as they stand between the name and the value of a sample: `{g="a"} `.
void append_labels(std::string& out, std::span<const Label> labels);

/// Writes a metrics page, family by family, in either format. The only place that knows how a page
/// looks: escaping, type names, `_total` and `# EOF` are decided here.
///
/// A family is begun once, then all of its samples follow. A counter's name ends in `_total` and an
/// info's in `_info`, as in the text format.
class PageWriter {
 public:
  /// A `buffer`, such as an earlier page that nobody needs any more, is written over, so that a
  /// page about as large needs no memory of its own.
  explicit PageWriter(PageFormat format, std::string buffer = {})
      : format_(format), page_(std::move(buffer)) {
    page_.resize(page_.size() + page_.size() / 16);
  }

  /// Begins a family. Without samples behind it, it is not on the page.
  void begin_family(MetricType type, std::string_view name, std::string_view help);

  void sample(std::span<const Label> labels, const Number& value);
  void sample(std::span<const Label> labels, double value);
  void sample(std::span<const Label> labels, int64_t value);
  void sample(std::span<const Label> labels, uint64_t value);
  void sample(std::span<const Label> labels, bool) = delete;
  /// The same with labels by `append_labels`.
  void prepared_sample(std::string_view label_text, const Number& value);
  void prepared_sample(std::string_view label_text, uint64_t value);
  /// With a timestamp: for a report of past windows, never for a page that is scraped.
  /// REQUIRES: OpenMetrics.
  void sample(std::span<const Label> labels, const Number& value, EventTime time);

  /// `name_sum` and `name_count` of a summary without quantiles.
  void summary(std::span<const Label> labels, double sum, uint64_t count);

  /// The finished page. The writer is empty afterwards.
  std::string finish();

 private:
  template <class AppendValue>
  void write_line(std::string_view suffix, std::span<const Label> labels,
                  const AppendValue& append_value);
  char* begin_prepared(std::string_view label_text);
  void end_prepared(char* end);
  void append(std::string_view text);
  void append_head();
  char* make_room(size_t bytes);

  const PageFormat format_;
  std::string page_;    ///< the page, and behind it room that is written to without asking
  size_t size_ = 0;     ///< of the page
  std::string line_;    ///< the one at hand, if it is not written to the page at once
  std::string family_;  ///< the name of the family begun last
  std::string head_;    ///< its HELP and TYPE, until its first sample is written
};

}  // namespace kpid
