#include "daemon/exposition/kpi_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/metric_names.h"
#include "daemon/exposition/in_seconds.h"

namespace kpid {

namespace {

constexpr std::string_view kFinalName = "final";
constexpr std::string_view kLiveName = "live";

std::string_view show_name(bool live) { return live ? kLiveName : kFinalName; }

// An instant in Unix seconds, exactly.
Number unix_seconds(EventTime time) { return in_seconds(time.time_since_epoch()); }

int64_t flag(bool claim) { return claim ? 1 : 0; }

// Writes the parts of one snapshot. Lives for one page.
class SnapshotPage {
 public:
  SnapshotPage(PageWriter& page, const Snapshot& snapshot, std::string_view prefix,
               LabelTextCache& labels)
      : page_(page),
        snapshot_(snapshot),
        kpis_(snapshot.definitions->kpis),
        prefix_(prefix),
        labels_(labels) {}

  void write() {
    for (size_t kpi = 0; kpi < kpis_.size(); ++kpi) {
      write_kpi(kpi, false);
      write_kpi(kpi, true);
    }
    write_windows();
    write_held_back();
    write_held();
    write_amendments();
    write_ledger();
    write_progress();
    write_disorder();
    write_bounds();
  }

 private:
  struct LabelledWindow {
    const ShownWindow* window;
    const LabelTexts* labels;
  };

  // The shown windows of one KPI in one showing.
  std::vector<LabelledWindow> windows_of(size_t kpi, bool live) const {
    std::vector<LabelledWindow> found;
    for (const ShownWindow& window : snapshot_.windows) {
      if (window.kpi != kpi || window.live != live) continue;
      found.push_back({&window, &labels_.of(snapshot_, window)});
    }
    return found;
  }

  const std::string& window_name(size_t kpi, size_t window_spec) const {
    return kpis_[kpi].windows[window_spec].name();
  }

  // Calls `take` with each sample of the windows and the text of its labels.
  template <class Take>
  static void for_each_sample(const std::vector<LabelledWindow>& windows, Take take) {
    for (const auto& [window, labels] : windows) {
      auto texts = labels->chunks().begin();
      for (const auto& chunk : window->samples.chunks()) {
        size_t place = 0;
        for (const Sample& sample : chunk->samples) take((*texts)[place++], sample);
        ++texts;
      }
    }
  }

  void write_kpi(size_t index, bool live) {
    const std::vector<LabelledWindow> windows = windows_of(index, live);
    if (windows.empty()) return;
    const KpiFamilies families = kpi_families(kpis_[index], live, prefix_);

    page_.begin_family(MetricType::kGauge, families.value.name, families.value.help);
    for_each_sample(windows, [&](std::string_view labels, const Sample& sample) {
      if (sample.value) page_.prepared_sample(labels, *sample.value);
    });
    page_.begin_family(MetricType::kGauge, families.samples.name, families.samples.help);
    for_each_sample(windows, [&](std::string_view labels, const Sample& sample) {
      page_.prepared_sample(labels, static_cast<uint64_t>(sample.samples));
    });
    if (!kpis_[index].formula.is_quotient()) return;
    page_.begin_family(MetricType::kGauge, families.numerator.name, families.numerator.help);
    for_each_sample(windows, [&](std::string_view labels, const Sample& sample) {
      if (sample.numerator) page_.prepared_sample(labels, *sample.numerator);
    });
    page_.begin_family(MetricType::kGauge, families.denominator.name, families.denominator.help);
    for_each_sample(windows, [&](std::string_view labels, const Sample& sample) {
      if (sample.denominator) page_.prepared_sample(labels, *sample.denominator);
    });
  }

  std::array<Label, 3> window_labels(size_t kpi, size_t window_spec, bool live) const {
    return {{{"kpi", kpis_[kpi].name},
             {"window", window_name(kpi, window_spec)},
             {"show", show_name(live)}}};
  }

  template <class Take>
  void for_each_window(Take take) {
    for (const ShownWindow& window : snapshot_.windows) {
      take(window_labels(window.kpi, window.window_spec, window.live), window);
    }
  }

  void write_windows() {
    using Labels = std::array<Label, 3>;
    page_.begin_family(MetricType::kGauge, "kpid_kpi_window_end_timestamp_seconds",
                       "End of the window that is shown.");
    for_each_window([&](const Labels& labels, const ShownWindow& shown) {
      page_.sample(labels, unix_seconds(shown.window.end));
    });
    page_.begin_family(MetricType::kGauge, "kpid_kpi_final",
                       "Whether every event of the shown window is believed to be in (1) or not "
                       "(0); 0 too for a window that is incomplete.");
    for_each_window([&](const Labels& labels, const ShownWindow& shown) {
      page_.sample(labels, flag(shown.already_final && shown.completeness.has_value()));
    });
    page_.begin_family(MetricType::kGauge, "kpid_kpi_completeness_ratio",
                       "How much of the shown window's input has been seen; absent for a window "
                       "that lost records or whose groups were cut.");
    for_each_window([&](const Labels& labels, const ShownWindow& shown) {
      if (shown.completeness) page_.sample(labels, *shown.completeness);
    });
    page_.begin_family(MetricType::kGauge, "kpid_kpi_groups_cut",
                       "Events of the shown window that went to the group __other__ because the "
                       "table of groups was full.");
    for_each_window([&](const Labels& labels, const ShownWindow& shown) {
      page_.sample(labels, shown.groups_cut);
    });
    page_.begin_family(MetricType::kGauge, "kpid_kpi_groups_estimated",
                       "Groups of the shown window whose value rests on an estimate; for KPIs with "
                       "distinct, median or quantile.");
    write_group_counts({Aggregate::kDistinct, Aggregate::kValues}, &Sample::estimated);
    page_.begin_family(
        MetricType::kGauge, "kpid_kpi_groups_over_max_keys",
        "Groups of the shown window whose value is absent because they have more "
        "than limits.max_keys; for KPIs with top_share, retained, new or returning.");
    write_group_counts({Aggregate::kKeys, Aggregate::kKeySums}, &Sample::over_max_keys);
    page_.begin_family(MetricType::kGauge, "kpid_kpi_on_record",
                       "Whether all that the KPI looks back at is on record (1), or not (0), and "
                       "its values are absent; for KPIs that look back.");
    for_each_window([&](const Labels& labels, const ShownWindow& shown) {
      if (kpis_[shown.kpi].formula.looks_back()) page_.sample(labels, flag(shown.on_record));
    });
  }

  void write_held_back() {
    page_.begin_family(MetricType::kGauge, "kpid_kpi_held_back_since_timestamp_seconds",
                       "Since when this partition, which is furthest behind in event time, holds "
                       "the shown window back, or the next one where that is final already; by "
                       "the clock, in this process.");
    for_each_window([&](const std::array<Label, 3>& labels, const ShownWindow& shown) {
      if (!shown.held_back_by) return;
      const SourceDefinition& source = snapshot_.definitions->sources[shown.held_back_by->source];
      const std::string partition = fmt::format("{}", shown.held_back_by->partition);
      const std::array<Label, 6> all = {{labels[0],
                                         labels[1],
                                         labels[2],
                                         {"source", source.name},
                                         {"topic", source.topic},
                                         {"partition", partition}}};
      page_.sample(all, unix_seconds(shown.held_back_by->since));
    });
  }

  // How many samples of each window have `flag`, for KPIs with one of the aggregates.
  void write_group_counts(std::initializer_list<Aggregate> aggregates, bool Sample::*flag) {
    for_each_window([&](const std::array<Label, 3>& labels, const ShownWindow& shown) {
      const auto& terms = kpis_[shown.kpi].formula.terms();
      const bool uses = std::any_of(terms.begin(), terms.end(), [&](const Term& term) {
        return std::find(aggregates.begin(), aggregates.end(), term.aggregate) != aggregates.end();
      });
      if (!uses) return;
      const auto flagged = std::count_if(shown.samples.begin(), shown.samples.end(),
                                         [&](const Sample& sample) { return sample.*flag; });
      page_.sample(labels, static_cast<int64_t>(flagged));
    });
  }

  void write_held() {
    page_.begin_family(MetricType::kGauge, "kpid_kpi_held",
                       "A KPI that is away in at least one of its windows, and why.");
    std::set<std::pair<size_t, std::string_view>> written;
    for (const HeldWindow& held : snapshot_.held) {
      if (!written.emplace(held.kpi, held.reason).second) continue;
      page_.sample({{{"kpi", kpis_[held.kpi].name}, {"reason", held.reason}}}, flag(true));
    }
  }

  void write_amendments() {
    page_.begin_family(MetricType::kCounter, "kpid_kpi_amendments_total",
                       "Accepted events of windows whose end their partition had already passed.");
    for (const AmendmentView& view : snapshot_.amendments) {
      const KpiDefinition& kpi = kpis_[view.kpi];
      const bool live = show_of(kpi, kpi.windows[view.window_spec]) == Show::kLive;
      page_.sample(window_labels(view.kpi, view.window_spec, live), view.amendments);
    }
  }

  // Calls `take` with each partition and its labels, the last of which is free for a further one.
  template <class Take>
  void for_each_partition(Take take) {
    for (const PartitionView& view : snapshot_.partitions) {
      const std::string number = fmt::format("{}", view.state.partition);
      std::array<Label, 4> labels = {{{"source", view.state.source},
                                      {"topic", view.state.topic},
                                      {"partition", number},
                                      {"reason", ""}}};
      take(labels, view);
    }
  }

  void write_ledger() {
    using Labels = std::array<Label, 4>;
    const auto write_count = [&](std::string_view name, std::string_view help, auto count) {
      page_.begin_family(MetricType::kCounter, name, help);
      for_each_partition([&](const Labels& labels, const PartitionView& view) {
        if (view.shown) page_.sample(labels, count(view.state.ledger));
      });
    };
    write_count("kpid_records_read_total", "Records read: accepted plus rejected.",
                [](const Ledger& ledger) { return ledger.read; });
    write_count("kpid_events_accepted_total", "Records that became events.",
                [](const Ledger& ledger) { return ledger.accepted; });
    page_.begin_family(MetricType::kCounter, "kpid_events_rejected_total",
                       "Records that were not accepted, each under one reason.");
    for_each_partition([&](Labels& labels, const PartitionView& view) {
      if (!view.shown) return;
      for (size_t reason = 0; reason < kRejectReasonCount; ++reason) {
        labels.back().value = kRejectReasonNames[reason];
        page_.sample(labels, view.state.ledger.rejected[reason]);
      }
    });
    write_count("kpid_records_lost_total",
                "Offsets that the log no longer had when they were due, so never read.",
                [](const Ledger& ledger) { return ledger.lost; });
    write_count("kpid_events_amending_total",
                "Accepted events that came behind the watermark of their partition, so that they "
                "may have amended what was final.",
                [](const Ledger& ledger) { return ledger.amending; });
  }

  void write_progress() {
    using Labels = std::array<Label, 4>;
    page_.begin_family(MetricType::kGauge, "kpid_watermark_timestamp_seconds",
                       "Event time before which no event of the partition is expected any more.");
    for_each_partition([&](const Labels& labels, const PartitionView& view) {
      if (view.state.watermark) page_.sample(labels, unix_seconds(*view.state.watermark));
    });
    page_.begin_family(MetricType::kGauge, "kpid_watermark_ahead_seconds",
                       "How far the watermark is ahead of the clock: above 0 a producer's clock is "
                       "wrong.");
    for_each_partition([&](const Labels& labels, const PartitionView& view) {
      if (!view.state.watermark) return;
      const Duration ahead = *view.state.watermark - snapshot_.published_at;
      page_.sample(labels, in_seconds(std::max(ahead, Duration::zero())));
    });
    page_.begin_family(MetricType::kGauge, "kpid_partition_idle",
                       "Whether the partition is silent, so that it holds no window back.");
    for_each_partition([&](const Labels& labels, const PartitionView& view) {
      page_.sample(labels, flag(view.idle));
    });
  }

  // Every source has its limit; what was seen is absent until there was an event.
  void write_disorder() {
    page_.begin_family(MetricType::kSummary, "kpid_disorder_seconds",
                       "How far events came behind the newest of their own partition, of those "
                       "accepted and those rejected as late; since the process started.");
    for (const DisorderView& view : snapshot_.disorder) {
      if (view.events == 0) continue;
      std::array<Label, 2> labels = {{{"source", view.source}, {"quantile", "0.5"}}};
      page_.sample(labels, in_seconds(view.p50));
      labels[1].value = "0.99";
      page_.sample(labels, in_seconds(view.p99));
      page_.summary(std::span(labels).first(1), std::chrono::duration<double>(view.total).count(),
                    view.events);
    }
    page_.begin_family(MetricType::kGauge, "kpid_disorder_max_seconds",
                       "The furthest that an event came behind the newest of its own partition; "
                       "since the process started.");
    for (const DisorderView& view : snapshot_.disorder) {
      if (view.events > 0) page_.sample({{{"source", view.source}}}, in_seconds(view.maximum));
    }
    page_.begin_family(MetricType::kGauge, "kpid_disorder_limit_seconds",
                       "How far behind an event may come and still be on time (disorder).");
    for (const DisorderView& view : snapshot_.disorder) {
      page_.sample({{{"source", view.source}}}, in_seconds(view.limit));
    }
  }

  void write_bounds() {
    const Limits& limits = snapshot_.definitions->limits;
    page_.begin_family(MetricType::kGauge, "kpid_groups", "Groups kept in the state of the KPI.");
    for (const GroupsView& view : snapshot_.groups) {
      page_.sample({{{"kpi", kpis_[view.kpi].name}}}, view.groups);
    }
    page_.begin_family(MetricType::kGauge, "kpid_groups_limit",
                       "Groups that may be kept (limits.max_groups).");
    page_.sample({}, uint64_t{limits.max_groups});
    page_.begin_family(MetricType::kGauge, "kpid_groups_shown",
                       "Groups of the KPI that have series of their own.");
    for (const GroupsView& view : snapshot_.groups) {
      page_.sample({{{"kpi", kpis_[view.kpi].name}}}, view.groups_shown);
    }
    page_.begin_family(MetricType::kGauge, "kpid_groups_shown_limit",
                       "Groups of one KPI that may have series of their own (limits.max_series).");
    page_.sample({}, uint64_t{limits.max_series});
    page_.begin_family(MetricType::kGauge, "kpid_publish_timestamp_seconds",
                       "When the values on this page were put together.");
    page_.sample({}, unix_seconds(snapshot_.published_at));
  }

  PageWriter& page_;
  const Snapshot& snapshot_;
  const std::vector<KpiDefinition>& kpis_;
  const std::string_view prefix_;
  LabelTextCache& labels_;
};

}  // namespace

void write_snapshot(PageWriter& page, const Snapshot& snapshot, std::string_view prefix,
                    LabelTextCache& labels) {
  SnapshotPage(page, snapshot, prefix, labels).write();
}

}  // namespace kpid
