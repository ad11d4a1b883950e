// What one publication costs, stage by stage: the windows of a shard, the snapshot of them, the
// page. `--figures` prints the growth curves for the runner.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstring>
#include <memory>

#include "daemon/exposition/gzip.h"
#include "daemon/exposition/kpi_page.h"
#include "pipeline/publish/publisher.h"
#include "tests/bench/figure.h"
#include "tests/bench/meters.h"
#include "tests/bench/sales_events.h"

namespace kpid {
namespace {

/// A shard whose groups all have events in every slice of an hour, and its publications.
class Shop {
 public:
  Shop(int groups, std::vector<SmallKpi> kpis) : groups_(groups) {
    Definitions definitions = small_definitions({});
    for (SmallKpi& kpi : kpis) {
      kpi.name = fmt::format("kpi_{}", definitions.kpis.size());
      kpi.by = {"g"};
      add_kpi(definitions, kpi);
    }
    definitions.limits.max_groups = static_cast<uint32_t>(groups);
    definitions.limits.max_series = static_cast<uint32_t>(groups);
    plan_ = plan_of(std::move(definitions));
    engine_ = std::make_unique<Engine>(plan_, 0, admission_);
    publisher_ = std::make_unique<Publisher>(plan_);
    PartitionState state;
    state.source = "sales";
    engine_->add_partition(state);
  }

  /// An event at that second of each `every`th group.
  void events(double second, int every = 1) {
    PartitionLog log;
    for (int group = 0; group < groups_; group += every) {
      log.add_event(at(second), fmt::format(R"("g":"customer-{:06}","v":{}.5,"n":{})", group,
                                            (group + turn_) % 1'000, group % 9));
    }
    ++turn_;
    std::vector<Record> records(log.all().begin(), log.all().end());
    for (Record& record : records) record.offset += engine_->partition(0).next_offset;
    engine_->consume(0, records);
  }
  std::shared_ptr<const ShardView> view(std::span<const WindowQuery> queries) {
    return engine_->view(queries);
  }
  /// Chooses windows, and answers.
  std::shared_ptr<const ShardView> choose(double now) {
    const PartitionState& state = engine_->partition(0);
    PartitionProgress progress;
    progress.watermark = state.watermark;
    progress.newest_event_time = state.newest_event_time;
    progress.newest_timestamp = state.newest_timestamp;
    progress.at_end = true;
    progress.connected = true;
    partitions_ = {progress};
    tracker_ = std::make_unique<ProgressTracker>(*plan_);
    tracker_->update(partitions_, at(now));
    input_ = {.now = at(now),
              .progress = tracker_.get(),
              .partitions = partitions_,
              .access = std::vector<SourceAccess>(1)};
    return engine_->view(publisher_->choose(input_));
  }
  std::shared_ptr<const Snapshot> combine(const std::shared_ptr<const ShardView>& view) {
    return publisher_->combine(input_, {&view, 1});
  }

 private:
  const int groups_;
  int turn_ = 0;
  std::shared_ptr<const Plan> plan_;
  SingleShardAdmission admission_{10'000'000};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Publisher> publisher_;
  std::vector<PartitionProgress> partitions_;
  std::unique_ptr<ProgressTracker> tracker_;
  PublishInput input_;
};

std::vector<SmallKpi> sums(const std::vector<std::string>& windows, Show show = Show::kFinal) {
  return {{.formula = "sum(sales.v)", .windows = windows, .show = show},
          {.formula = "count(sales where n > 2)", .windows = windows, .show = show},
          {.formula = "avg(sales.v)", .windows = windows, .show = show}};
}

std::vector<SmallKpi> with_maxima(const std::vector<std::string>& windows) {
  auto kpis = sums(windows);
  kpis.push_back({.formula = "max(sales.v)", .windows = windows});
  return kpis;
}

/// What a slide costs the thread that reads events: a window of `overlapping` slides moves on by
/// one, with events of all 10,000 groups in each.
struct Slides {
  Slides(int seconds, int slides, bool maxima)
      : slide(seconds), size(seconds * slides), shop(10'000, kpis(seconds, slides, maxima)) {
    for (int i = 0; i < slides; ++i) shop.events(i * slide);
    next();
  }
  static std::vector<SmallKpi> kpis(int seconds, int slides, bool maxima) {
    const std::vector<std::string> windows = {
        slides == 1 ? fmt::format("{}s", seconds)
                    : fmt::format("{}s every {}s", seconds * slides, seconds)};
    return maxima ? with_maxima(windows) : sums(windows);
  }
  void prepare() { shop.events(end); }
  void next() {
    const WindowQuery query{0, {at(end - size), at(end)}};
    benchmark::DoNotOptimize(shop.view({&query, 1}));
    end += slide;
  }

  double slide;
  double size;
  double end = size;
  Shop shop;
};

/// Only one group in a hundred has an event between two publications, of one live window.
struct Changes {
  explicit Changes(int groups, int changed_every = 100)
      : every(changed_every),
        shop(groups, {{.formula = "avg(sales.v)", .windows = {"1h"}, .show = Show::kLive}}) {
    shop.events(0);
    prepare();
    next();
  }
  void prepare() {
    shop.events(second, every);
    second += 0.01;
    view = shop.choose(second);
  }
  void next() { snapshot = shop.combine(view); }

  double second = 1;
  const int every;
  Shop shop;
  std::shared_ptr<const ShardView> view;
  std::shared_ptr<const Snapshot> snapshot;
};

/// A page of so many series: a value and its samples for half as many groups.
struct Pages {
  explicit Pages(int series) : changes(series / 2, 1) {}
  void prepare() {
    changes.prepare();
    changes.next();
  }
  void next() {
    PageWriter page(PageFormat::kText, std::move(text));  // as MetricsPages does
    write_snapshot(page, *changes.snapshot, "kpi_", labels);
    text = page.finish();
  }

  Changes changes;
  LabelTextCache labels;
  std::string text;
};

template <class Stage>
void measure(benchmark::State& state, Stage&& stage) {
  stage.prepare();
  stage.next();
  for (auto _ : state) {
    state.PauseTiming();
    stage.prepare();
    state.ResumeTiming();
    stage.next();
  }
}

void one_view(benchmark::State& state, int seconds, int slides, bool maxima) {
  measure(state, Slides(seconds, slides, maxima));
}
void one_combine(benchmark::State& state, int groups, int changed_every) {
  measure(state, Changes(groups, changed_every));
}
void one_page(benchmark::State& state, int series) { measure(state, Pages(series)); }
void one_gzip(benchmark::State& state) {
  Pages pages(100'000);
  pages.next();
  for (auto _ : state) benchmark::DoNotOptimize(gzip(pages.text));
}

BENCHMARK_CAPTURE(one_view, 5m_every_10s, 10, 30, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_view, 1h_every_1m, 60, 60, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_view, 1h_every_1m_with_max, 60, 60, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_combine, 100000_groups_1_percent_changed, 100'000, 100)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_combine, 100000_groups_all_changed, 100'000, 1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_page, 100000_series, 100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(one_gzip)->Unit(benchmark::kMillisecond);

/// CPU time of one step, several times, as one point.
template <class Stage>
void print_stage(const char* name, const char* along, int x, Stage&& stage, bool changes = true) {
  constexpr int kRepetitions = 7;
  Values values;
  stage.prepare();
  stage.next();
  for (int i = 0; i < kRepetitions; ++i) {
    if (changes) stage.prepare();
    const double began = thread_cpu_seconds();
    stage.next();
    values.push_back((thread_cpu_seconds() - began) * 1e3);
  }
  print_point(name, along, x, "ms", values);
}

int print_figures() {
  for (const int windows : {1, 10, 100}) {
    print_stage("publish.view", "windows", windows, Slides(10, windows, false));
    print_stage("publish.view_with_max", "windows", windows, Slides(10, windows, true));
  }
  for (const int groups : {10'000, 100'000}) {
    print_stage("publish.combine", "groups", groups, Changes(groups));
    print_stage("publish.combine_all_changed", "groups", groups, Changes(groups, 1));
  }
  for (const int series : {10'000, 100'000, 1'000'000}) {
    Pages pages(series);
    print_stage("publish.page", "series", series, pages);
    print_stage("publish.page_unchanged", "series", series, pages, false);
  }
  return 0;
}

}  // namespace
}  // namespace kpid

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--figures") == 0) return kpid::print_figures();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
