#include "tests/property/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <map>
#include <set>

namespace kpid {

namespace {

using Integer = boost::multiprecision::cpp_int;
using Fraction = boost::multiprecision::cpp_rational;

constexpr int64_t kBillion = 1'000'000'000;

Integer power_of_two(int exponent) { return Integer(1) << exponent; }

/// The double nearest to a fraction that is not 0, ties to even, by long division.
double nearest_double(const Fraction& value) {
  const bool negative = value < 0;
  Integer top = abs(numerator(value));
  Integer bottom = denominator(value);
  int exponent = static_cast<int>(msb(top)) - static_cast<int>(msb(bottom)) - 54;
  if (exponent > 0) bottom <<= exponent;
  if (exponent < 0) top <<= -exponent;
  Integer quotient = top / bottom;  // 54 or 55 bits
  bool rest = quotient * bottom != top;
  while (quotient >= power_of_two(53)) {
    const bool half = (quotient & 1) == 1;
    quotient >>= 1;
    ++exponent;
    if (quotient < power_of_two(53) && half && (rest || (quotient & 1) == 1)) ++quotient;
    rest = rest || half;
  }
  const double magnitude = std::ldexp(quotient.convert_to<double>(), exponent);
  return negative ? -magnitude : magnitude;
}

std::string text_of(const Fraction& value) {
  const Fraction scaled = value * kBillion;
  if (denominator(scaled) != 1) return fmt::format("{}", nearest_double(value));
  Integer nanos = abs(numerator(scaled));
  std::string digits = Integer(nanos % kBillion).str();
  digits = std::string(9 - digits.size(), '0') + digits;
  digits.erase(digits.find_last_not_of('0') + 1);
  std::string text = Integer(nanos / kBillion).str();
  if (!digits.empty()) text += "." + digits;
  return scaled < 0 ? "-" + text : text;
}

bool passes(Filter filter, const ShapedEvent& event) {
  switch (filter) {
    case Filter::kNone:
      return true;
    case Filter::kOrdersOnly:
      return event.kind == "order";
    case Filter::kManyItems:
      return event.items && *event.items > 5;
    case Filter::kExpensive:
      return event.nanos && *event.nanos >= Int128{2'500'000'000};
  }
  return false;
}

std::optional<Fraction> value_of(const TermShape& term, const ShapedEvent& event) {
  if (term.field == 'n') {
    return event.items ? std::optional<Fraction>(*event.items) : std::nullopt;
  }
  if (!event.nanos) return std::nullopt;
  return Fraction(static_cast<int64_t>(*event.nanos), kBillion);
}

/// What one aggregate sees of a bag of events.
struct Aggregated {
  int64_t count = 0;
  Fraction sum = 0;
  std::optional<Fraction> least;
  std::optional<Fraction> greatest;
};

Aggregated aggregate(const TermShape& term, const std::vector<const ShapedEvent*>& events) {
  Aggregated all;
  for (const ShapedEvent* event : events) {
    if (!passes(term.filter, *event)) continue;
    if (term.field == 0) {
      ++all.count;
      continue;
    }
    const auto value = value_of(term, *event);
    if (!value) continue;
    ++all.count;
    all.sum += *value;
    if (!all.least || *value < *all.least) all.least = value;
    if (!all.greatest || *value > *all.greatest) all.greatest = value;
  }
  return all;
}

std::optional<Fraction> result(const TermShape& term, const Aggregated& all) {
  switch (term.aggregate) {
    case Aggregate::kCount:
      return Fraction(all.count);
    case Aggregate::kSum:
      return all.sum;
    case Aggregate::kMin:
      return all.least;
    case Aggregate::kMax:
      return all.greatest;
    case Aggregate::kMoments:
    case Aggregate::kFirst:
    case Aggregate::kLast:
    case Aggregate::kValues:
    case Aggregate::kDistinct:
    case Aggregate::kKeys:
    case Aggregate::kKeySums:
      break;
  }
  return std::nullopt;
}

int64_t floor_to(int64_t value, int64_t step) {
  int64_t floor = value / step * step;
  if (floor > value) floor -= step;
  return floor;
}

/// The ends of all windows that contain `time`.
std::vector<int64_t> ends_around(const WindowSpec& spec, EventTime time) {
  std::vector<int64_t> ends;
  const int64_t millis = time.time_since_epoch().count();
  const int64_t slide = spec.slide().count();
  for (int64_t start = floor_to(millis, slide); start + spec.size().count() > millis;
       start -= slide) {
    ends.push_back(start + spec.size().count());
  }
  return ends;
}

std::string shown_label(const std::string& value) {
  std::string bare = value;
  while (!bare.empty() && bare.back() == '_') bare.pop_back();
  const bool taken = bare == "other" || (bare == "__other" && value.size() >= 9);
  return taken ? value + "_" : value;
}

}  // namespace

Oracle::Oracle(const Scenario& scenario) : scenario_(scenario), next_(scenario.partitions.size()) {
  for (const ShapedPartition& partition : scenario.partitions) {
    OraclePartition& own = partitions_.emplace_back();
    own.source = partition.source;
    own.number = partition.number;
  }
  for (const KpiDefinition& kpi : scenario.definitions().kpis) {
    amendments_.emplace_back(kpi.windows.size());
  }
}

void Oracle::read(size_t partition, int64_t next_offset) {
  const ShapedPartition& shaped = scenario_.partitions[partition];
  const SourceDefinition& source = scenario_.definitions().sources[shaped.source];
  OraclePartition& own = partitions_[partition];
  for (; next_[partition] < next_offset; ++next_[partition]) {
    const auto offset = static_cast<size_t>(next_[partition]);
    const auto& event = shaped.events[offset];
    const EventTime timestamp = *shaped.log.all()[offset].timestamp;
    ++own.ledger.read;
    std::optional<RejectReason> reason;
    if (!event) {
      reason = RejectReason::kMalformed;
    } else if (event->time - timestamp > source.max_ahead) {
      reason = RejectReason::kFuture;
    } else if (own.watermark && *own.watermark - event->time > source.allowed_lateness) {
      reason = RejectReason::kLate;
    }
    if (!reason || *reason == RejectReason::kLate) {
      const EventTime newest = own.newest_event_time.value_or(event->time);
      own.behind.push_back(newest > event->time ? newest - event->time : Duration{0});
    }
    if (reason) {
      ++own.ledger.rejected[static_cast<size_t>(*reason)];
    } else {
      accept(own, *event, timestamp);
    }
  }
}

void Oracle::accept(OraclePartition& partition, const ShapedEvent& event, EventTime timestamp) {
  ++partition.ledger.accepted;
  if (partition.watermark && *partition.watermark > event.time) ++partition.ledger.amending;
  for (size_t kpi = 0; kpi < amendments_.size(); ++kpi) {
    const auto sources = sources_of(kpi);
    if (std::find(sources.begin(), sources.end(), partition.source) == sources.end()) continue;
    const auto& windows = scenario_.definitions().kpis[kpi].windows;
    for (size_t spec = 0; spec < windows.size(); ++spec) {
      const auto ends = ends_around(windows[spec], event.time);
      const bool amends =
          partition.watermark && *std::min_element(ends.begin(), ends.end()) <=
                                     partition.watermark->time_since_epoch().count();
      if (amends) ++amendments_[kpi][spec];
    }
  }
  partition.accepted.push_back(event);
  const Duration disorder = scenario_.definitions().sources[partition.source].disorder;
  partition.newest_event_time =
      std::max(partition.newest_event_time.value_or(EventTime::min()), event.time);
  partition.watermark = *partition.newest_event_time - disorder;
  partition.newest_timestamp =
      std::max(partition.newest_timestamp.value_or(EventTime::min()), timestamp);
  if (!partition.lost.empty() && !partition.lost.back().before) {
    partition.lost.back().before = event.time;
  }
}

void Oracle::lose(size_t partition, int64_t next_offset) {
  OraclePartition& own = partitions_[partition];
  if (next_offset <= next_[partition]) return;
  own.ledger.lost += static_cast<uint64_t>(next_offset - next_[partition]);
  next_[partition] = next_offset;
  const bool open = !own.lost.empty() && !own.lost.back().before;
  if (!open) own.lost.push_back({.after = own.newest_event_time, .before = {}});
}

std::vector<size_t> Oracle::sources_of(size_t kpi) const {
  std::set<size_t> sources;
  for (const TermShape& term : scenario_.shapes[kpi].terms) sources.insert(term.source);
  return {sources.begin(), sources.end()};
}

std::vector<std::string> Oracle::labels_of(size_t kpi, size_t source,
                                           const ShapedEvent& event) const {
  const Definitions& definitions = scenario_.definitions();
  std::vector<std::string> labels;
  for (const auto& field : by_fields(definitions.kpis[kpi], definitions.sources[source].name)) {
    const auto& value = field == "g" ? event.group : event.kind;
    labels.push_back(shown_label(value.value_or("")));
  }
  return labels;
}

std::map<std::vector<std::string>, std::vector<Oracle::Events>> Oracle::groups_in(
    size_t kpi, const Window& window) const {
  std::map<std::vector<std::string>, std::vector<Events>> groups;
  const auto sources = sources_of(kpi);
  for (const OraclePartition& partition : partitions_) {
    if (std::find(sources.begin(), sources.end(), partition.source) == sources.end()) continue;
    for (const ShapedEvent& event : partition.accepted) {
      if (event.time < window.start || event.time >= window.end) continue;
      auto& events = groups[labels_of(kpi, partition.source, event)];
      events.resize(scenario_.definitions().sources.size());
      events[partition.source].push_back(&event);
    }
  }
  return groups;
}

std::string Oracle::sample_text(size_t kpi, const std::vector<std::string>& labels,
                                const std::vector<Events>& events) const {
  const KpiShape& shape = scenario_.shapes[kpi];
  std::vector<std::optional<Fraction>> values;
  std::vector<int64_t> counts;
  for (const TermShape& term : shape.terms) {
    const Aggregated all = aggregate(term, events[term.source]);
    values.push_back(result(term, all));
    counts.push_back(all.count);
    if (shape.form != KpiShape::Form::kAverage) continue;
    values.back().reset();
    if (all.count > 0) values.back() = all.sum / all.count;
  }
  std::optional<Fraction> value = values[0];
  int64_t samples = counts[0];
  if (shape.form == KpiShape::Form::kRatio) {
    samples = counts[1];
    if (!value || !values[1] || *values[1] == 0) {
      value.reset();
    } else {
      *value /= *values[1];
    }
  } else if (shape.form == KpiShape::Form::kDifference) {
    if (!value || !values[1]) {
      value.reset();
    } else {
      *value -= *values[1];
    }
  }
  return fmt::format("{}={} of {}", fmt::join(labels, ","), value ? text_of(*value) : "-", samples);
}

std::vector<std::string> Oracle::report() const {
  const auto& kpis = scenario_.definitions().kpis;
  std::set<std::tuple<int64_t, std::string, std::string, size_t, size_t>> windows;
  for (size_t kpi = 0; kpi < kpis.size(); ++kpi) {
    const auto sources = sources_of(kpi);
    for (const OraclePartition& partition : partitions_) {
      if (std::find(sources.begin(), sources.end(), partition.source) == sources.end()) continue;
      for (const ShapedEvent& event : partition.accepted) {
        for (size_t spec = 0; spec < kpis[kpi].windows.size(); ++spec) {
          const WindowSpec& window = kpis[kpi].windows[spec];
          for (const int64_t end : ends_around(window, event.time)) {
            windows.emplace(end, kpis[kpi].name, window.name(), kpi, spec);
          }
        }
      }
    }
  }
  std::vector<std::string> lines;
  for (const auto& [end_millis, name, window_name, kpi, spec] : windows) {
    const EventTime end{Duration{end_millis}};
    std::vector<std::string> samples;
    for (const auto& [labels, events] :
         groups_in(kpi, {end - kpis[kpi].windows[spec].size(), end})) {
      samples.push_back(sample_text(kpi, labels, events));
    }
    lines.push_back(fmt::format("{} {} {}: {}", name, window_name, format_rfc3339(end),
                                fmt::join(samples, " ")));
  }
  return lines;
}

std::string Oracle::shown_samples(size_t kpi, const Window& window) const {
  const Duration expiry = scenario_.definitions().limits.group_expiry;
  const bool expires = !scenario_.definitions().kpis[kpi].by.empty();
  const auto in_window = groups_in(kpi, window);
  const std::vector<Events> none(scenario_.definitions().sources.size());
  std::vector<std::string> samples;
  for (const auto& [labels, events] : groups_in(kpi, {EventTime::min(), EventTime::max()})) {
    EventTime first = EventTime::max();
    EventTime newest = EventTime::min();
    for (const Events& of_source : events) {
      for (const ShapedEvent* event : of_source) {
        first = std::min(first, event->time);
        newest = std::max(newest, event->time);
      }
    }
    if (first >= window.end || (expires && newest < window.start - expiry)) continue;
    const auto found = in_window.find(labels);
    samples.push_back(sample_text(kpi, labels, found == in_window.end() ? none : found->second));
  }
  return fmt::format("{}", fmt::join(samples, " "));
}

bool Oracle::has_losses(size_t kpi, const Window& window) const {
  const auto sources = sources_of(kpi);
  for (const OraclePartition& partition : partitions_) {
    if (std::find(sources.begin(), sources.end(), partition.source) == sources.end()) continue;
    for (const LostSpan& span : partition.lost) {
      const EventTime after = span.after.value_or(EventTime::min());
      const EventTime before = span.before.value_or(EventTime::max());
      const EventTime from = std::min(after, before);
      const EventTime to = std::max(after, before);
      if (window.end > from && window.start <= to) return true;
    }
  }
  return false;
}

std::string Oracle::total(size_t kpi, const Window& window) const {
  const TermShape& term = scenario_.shapes[kpi].terms[0];
  Fraction total = 0;
  for (const auto& [labels, events] : groups_in(kpi, window)) {
    total += *result(term, aggregate(term, events[term.source]));
  }
  return text_of(total);
}

std::string comparable(const std::string& line) {
  // A double has many texts; the engine's and the oracle's are read back to the same one.
  std::string out;
  size_t at = 0;
  while (at < line.size()) {
    const size_t sign = line.find('=', at);
    if (sign == std::string::npos) break;
    out += line.substr(at, sign + 1 - at);
    const size_t end = std::min(line.find(' ', sign), line.size());
    const std::string value = line.substr(sign + 1, end - sign - 1);
    const size_t point = value.find('.');
    const bool exact = value.find('e') == std::string::npos &&
                       (point == std::string::npos || value.size() - point <= 10);
    out += exact ? value : fmt::format("{:a}", std::stod(value));
    at = end;
  }
  return out + line.substr(at);
}

}  // namespace kpid
