#include "daemon/exposition/probe.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <vector>

#include "daemon/exposition/process_metrics.h"
#include "daemon/logging.h"
#include "daemon/version.h"

namespace kpid {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildSummary;
using prometheus::ClientMetric;
using prometheus::Registry;

using CounterFamily = prometheus::Family<prometheus::Counter>;
using GaugeFamily = prometheus::Family<prometheus::Gauge>;
using SummaryFamily = prometheus::Family<prometheus::Summary>;

// No checkpoint was saved by this process yet.
constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

CounterFamily& counter(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}

GaugeFamily& gauge(Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}

// A sum and a count; quantiles of a process' own timings are not worth their price.
prometheus::Summary& timing(Registry& registry, const char* name, const char* help) {
  return BuildSummary().Name(name).Help(help).Register(registry).Add(
      {}, prometheus::Summary::Quantiles{});
}

double in_seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

double in_unix_seconds(EventTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

prometheus::Labels labels_of(const PartitionName& partition) {
  return {{"source", std::string(partition.source)},
          {"topic", std::string(partition.topic)},
          {"partition", std::to_string(partition.partition)}};
}

void write_family(PageWriter& page, prometheus::MetricFamily& family) {
  // The library keeps series in a hash table: an order of their own makes pages comparable.
  std::sort(family.metric.begin(), family.metric.end(),
            [](const ClientMetric& a, const ClientMetric& b) { return a.label < b.label; });
  const bool is_counter = family.type == prometheus::MetricType::Counter;
  const bool is_summary = family.type == prometheus::MetricType::Summary;
  page.begin_family(is_counter   ? MetricType::kCounter
                    : is_summary ? MetricType::kSummary
                                 : MetricType::kGauge,
                    family.name, family.help);
  std::vector<Label> labels;
  for (const ClientMetric& metric : family.metric) {
    labels.clear();
    for (const ClientMetric::Label& label : metric.label) {
      labels.push_back({label.name, label.value});
    }
    if (is_summary) {
      page.summary(labels, metric.summary.sample_sum, metric.summary.sample_count);
    } else {
      page.sample(labels, is_counter ? metric.counter.value : metric.gauge.value);
    }
  }
}

}  // namespace

// NAMES AND HELP of the process' own metrics. What is state stands in kpi_page.cc.
struct Probe::Metrics {
  Registry registry;

  prometheus::Gauge& kafka_up =
      gauge(registry, "kpid_kafka_up", "Whether a Kafka broker answers.").Add({});
  GaugeFamily& lag = gauge(registry, "kpid_lag_records",
                           "Records between the next to read and the end of the partition.");
  GaugeFamily& paused =
      gauge(registry, "kpid_partition_paused",
            "Whether reading the partition waits for others that are behind in event time.");
  GaugeFamily& stopped = gauge(registry, "kpid_partition_stopped",
                               "Whether a lasting fault has stopped the partition; see the log.");

  GaugeFamily& checkpoint_time = gauge(registry, "kpid_checkpoint_timestamp_seconds",
                                       "When the last checkpoint of this process was saved.");
  GaugeFamily& checkpoint_size =
      gauge(registry, "kpid_checkpoint_size_bytes", "Bytes that the last checkpoint wrote.");
  prometheus::Summary& checkpoint_duration =
      timing(registry, "kpid_checkpoint_duration_seconds", "Time taken by saved checkpoints.");
  prometheus::Counter& checkpoint_failures =
      counter(registry, "kpid_checkpoint_failures_total", "Checkpoints that could not be saved.")
          .Add({});

  prometheus::Summary& publish_duration =
      timing(registry, "kpid_publish_duration_seconds",
             "Time taken to put the published values together.");
  prometheus::Summary& scrape_duration = timing(registry, "kpid_scrape_duration_seconds",
                                                "Time taken to answer requests for this page.");

  prometheus::Gauge& config_good =
      gauge(registry, "kpid_config_last_reload_successful",
            "Whether the configuration was accepted when it was last loaded.")
          .Add({});
  GaugeFamily& config_time = gauge(registry, "kpid_config_last_reload_success_timestamp_seconds",
                                   "When the configuration in force was loaded.");
  CounterFamily& log_lines =
      counter(registry, "kpid_log_lines_total", "Lines logged, suppressed ones not counted.");
  CounterFamily& arithmetic_nulls =
      counter(registry, "kpid_arithmetic_nulls_total",
              "Row operations of formulas that gave null: a division by zero, or a result beyond "
              "its type's range.");

  std::atomic<int64_t> checkpoint_saved_ms = kNever;
};

Probe::Probe() : metrics_(std::make_unique<Metrics>()) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    metrics_->log_lines.Add({{"level", std::string(name_of(level))}});
  }
}

Probe::~Probe() = default;

void Probe::kafka_up(bool up) { metrics_->kafka_up.Set(up ? 1 : 0); }

void Probe::lag(const PartitionName& partition, int64_t records) {
  metrics_->lag.Add(labels_of(partition)).Set(static_cast<double>(records));
}

void Probe::paused(const PartitionName& partition, bool paused) {
  metrics_->paused.Add(labels_of(partition)).Set(paused ? 1 : 0);
}

void Probe::stopped(const PartitionName& partition, bool stopped) {
  metrics_->stopped.Add(labels_of(partition)).Set(stopped ? 1 : 0);
}

void Probe::checkpoint_saved(EventTime clock, std::chrono::nanoseconds duration, uint64_t bytes) {
  metrics_->checkpoint_time.Add({}).Set(in_unix_seconds(clock));
  metrics_->checkpoint_size.Add({}).Set(static_cast<double>(bytes));
  metrics_->checkpoint_duration.Observe(in_seconds(duration));
  metrics_->checkpoint_saved_ms = clock.time_since_epoch().count();
}

void Probe::checkpoint_failed() { metrics_->checkpoint_failures.Increment(); }

void Probe::published(std::chrono::nanoseconds duration) {
  metrics_->publish_duration.Observe(in_seconds(duration));
}

void Probe::scraped(std::chrono::nanoseconds duration) {
  metrics_->scrape_duration.Observe(in_seconds(duration));
}

void Probe::config_loaded(EventTime clock) {
  metrics_->config_good.Set(1);
  metrics_->config_time.Add({}).Set(in_unix_seconds(clock));
}

void Probe::config_refused() { metrics_->config_good.Set(0); }

void Probe::log_lines(LogLevel level, uint64_t count) {
  metrics_->log_lines.Add({{"level", std::string(name_of(level))}})
      .Increment(static_cast<double>(count));
}

void Probe::arithmetic_nulls(std::string_view source, uint64_t count) {
  metrics_->arithmetic_nulls.Add({{"source", std::string(source)}})
      .Increment(static_cast<double>(count));
}

void Probe::write_to(PageWriter& page, EventTime clock) const {
  page.begin_family(MetricType::kInfo, "kpid_build_info", "The running program.");
  page.sample({{{"version", version()}, {"compiler", "g++ " __VERSION__}}}, int64_t{1});
  for (prometheus::MetricFamily& family : metrics_->registry.Collect()) write_family(page, family);
  const int64_t saved_ms = metrics_->checkpoint_saved_ms;
  if (saved_ms != kNever) {
    page.begin_family(MetricType::kGauge, "kpid_checkpoint_age_seconds",
                      "Time since the last checkpoint of this process was saved.");
    const Duration age = std::max(clock - EventTime{Duration{saved_ms}}, Duration::zero());
    page.sample({}, in_seconds(age));
  }
  write_process_metrics(page);
}

}  // namespace kpid
