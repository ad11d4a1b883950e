#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "daemon/exposition/kpi_page.h"
#include "pipeline/engine.h"
#include "tests/bench/figure_reporter.h"
#include "tests/bench/sales_events.h"

namespace kpid {
namespace {

constexpr int kEvents = 100'000;
constexpr int kGroups = 10'000;

/// What one measurement reads over and over, each time with a new engine: to one that has read them
/// the same records are late.
class Reading {
 public:
  explicit Reading(std::vector<std::string> windows)
      : plan_(plan_of(sales_definitions(windows))), log_(sales_events(kEvents, kGroups)) {}

  void begin() {
    engine_ = std::make_unique<Engine>(plan_, 0, admission_);
    PartitionState state;
    state.source = "sales";
    engine_->add_partition(state);
  }
  const PartitionLog& log() const { return log_; }
  Engine& engine() { return *engine_; }
  const Definitions& definitions() const { return *plan_->definitions; }

 private:
  const std::shared_ptr<const Plan> plan_;
  const PartitionLog log_;
  SingleShardAdmission admission_{1'000'000};
  std::unique_ptr<Engine> engine_;
};

/// Only what callgrind counts: see instructions.py.
[[gnu::noinline]] void measured_parse(Decoder& decoder, const SourceDefinition& source,
                                      const PartitionLog& log, EventBatch& batch) {
  for (int64_t from = 0; from < kEvents; from += Engine::kBatchRows) {
    const RecordBatch records = log.from(from, Engine::kBatchRows);
    prepare_batch(source, records.size(), batch);
    for (const Record& record : records) benchmark::DoNotOptimize(decoder.decode(record, batch));
  }
}

[[gnu::noinline]] void measured_engine(Engine& engine, const PartitionLog& log) {
  engine.consume(0, log.all());
}

void parse_only(benchmark::State& state) {
  const Reading reading({"1m"});
  const SourceDefinition& source = reading.definitions().sources[0];
  const auto decoder = make_decoder(source, reading.definitions().limits, {});
  EventBatch batch;
  for (auto _ : state) measured_parse(*decoder, source, reading.log(), batch);
  state.SetItemsProcessed(state.iterations() * kEvents);
}

void whole_engine(benchmark::State& state, const std::vector<std::string>& windows) {
  Reading reading(windows);
  for (auto _ : state) {
    state.PauseTiming();
    reading.begin();
    state.ResumeTiming();
    measured_engine(reading.engine(), reading.log());
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
}

/// What one publication costs the worker: the newest window of every size, merged from its slices.
void view_windows(benchmark::State& state) {
  Reading reading({"5m every 10s", "1h every 1m"});
  reading.begin();
  reading.engine().consume(0, reading.log().all());
  int64_t turn = 0;
  for (auto _ : state) {
    const EventTime end = at(900) - std::chrono::seconds{10} * (++turn % 6);
    const std::vector<WindowQuery> queries = {
        {0, {end - std::chrono::minutes{5}, end}},
        {0,
         {at(960) - std::chrono::hours{1} - std::chrono::minutes{turn % 2},
          at(960) - std::chrono::minutes{turn % 2}}}};
    benchmark::DoNotOptimize(reading.engine().view(queries));
  }
}

/// The page of 100,000 series: ten KPIs, each with a value and its samples for 5,000 groups.
void page_of_100000_series(benchmark::State& state) {
  auto definitions = std::make_shared<Definitions>(sales_definitions({"1m"}));
  Snapshot snapshot;
  snapshot.definitions = definitions;
  for (size_t kpi = 0; kpi < definitions->kpis.size(); ++kpi) {
    ShownWindow window;
    window.kpi = kpi;
    window.window = {at(0), at(60)};
    window.completeness = 1;
    std::vector<Sample> samples;
    for (int group = 0; group < 5'000; ++group) {
      Sample& sample = samples.emplace_back();
      sample.group = std::make_shared<const std::vector<std::string>>(
          std::vector<std::string>{fmt::format("customer-{:06}", group)});
      sample.value = Number(Decimal{Int128{group} * kNanosPerUnit / 7});
      sample.samples = group;
    }
    window.samples = std::move(samples);
    snapshot.windows.push_back(std::move(window));
  }
  LabelTextCache labels;
  std::string text;
  for (auto _ : state) {
    PageWriter page(PageFormat::kText, std::move(text));  // as MetricsPages does
    write_snapshot(page, snapshot, "kpi_", labels);
    text = page.finish();
  }
}

// The name is that of the figure. What counts items is printed for each item, the rest for each
// turn.
BENCHMARK(parse_only)->Name("memory.parse");
BENCHMARK_CAPTURE(whole_engine, one_window, {"1m"})->Name("memory.one_window");
BENCHMARK_CAPTURE(whole_engine, two_families, {"5m every 10s", "1h every 1m"})
    ->Name("memory.two_families");
BENCHMARK(view_windows)->Name("memory.view");
BENCHMARK(page_of_100000_series)->Name("page.100k_series");

/// Reads everything once, for callgrind.
int run_once(const char* what) {
  Reading reading({"5m every 10s", "1h every 1m"});
  if (std::strcmp(what, "parse") == 0) {
    const SourceDefinition& source = reading.definitions().sources[0];
    EventBatch batch;
    measured_parse(*make_decoder(source, reading.definitions().limits, {}), source, reading.log(),
                   batch);
  } else {
    reading.begin();
    measured_engine(reading.engine(), reading.log());
  }
  std::printf("%d\n", kEvents);
  return 0;
}

}  // namespace
}  // namespace kpid

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--once") == 0) return kpid::run_once(argv[2]);
  if (argc >= 2 && std::strcmp(argv[1], "--figures") == 0) return kpid::print_figures(argv[0]);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
