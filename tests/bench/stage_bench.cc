#include <benchmark/benchmark.h>

#include <cstring>
#include <numeric>
#include <random>

#include "pipeline/engine.h"
#include "tests/bench/figure_reporter.h"
#include "tests/bench/sales_events.h"

// What each stage of an event's way costs by itself: they are those of ARCHITECTURE.md, over
// columns, a batch at a time.

namespace kpid {
namespace {

/// A decoded batch of the benchmark's events, each of a group at random.
class DecodedBatch {
 public:
  explicit DecodedBatch(int groups, unsigned seed = 0) {
    std::mt19937 random(seed);
    for (size_t i = 0; i < Engine::kBatchRows; ++i) {
      log_.add(sales_event(static_cast<int64_t>(random() % 1'000'000), groups, at(5)));
    }
    const SourceDefinition& source = definitions_.sources[0];
    prepare_batch(source, Engine::kBatchRows, batch_);
    const auto decoder = make_decoder(source, definitions_.limits, {});
    const RecordBatch records = log_.all();
    for (const Record& record : records) KPID_ASSERT(!decoder->decode(record, batch_));
    all_rows_.resize(batch_.rows);
    std::iota(all_rows_.begin(), all_rows_.end(), 0U);
  }

  const EventBatch& batch() const { return batch_; }
  const Selection& all_rows() const { return all_rows_; }

 private:
  const Definitions definitions_ = sales_definitions({"1m"});
  PartitionLog log_;
  EventBatch batch_;
  Selection all_rows_;
};

/// The row expression of the first term that has one of that kind.
RowExpressionPtr expression_of(const char* formula, RowExpressionPtr Term::*which) {
  const Formula compiled = formula_of(formula, std::vector<SourceDefinition>{small_source()});
  for (const Term& term : compiled.terms()) {
    if (term.*which) return term.*which;
  }
  KPID_ASSERT(!"no such expression");
  return nullptr;
}

void count_events(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(Engine::kBatchRows));
}

void predicate(benchmark::State& state) {
  const DecodedBatch decoded(10'000);
  RowEvaluator evaluator(expression_of("count(sales where s == 'order')", &Term::predicate));
  Selection kept;
  for (auto _ : state) {
    kept.clear();
    evaluator.filter(decoded.batch(), decoded.all_rows(), kept);
    benchmark::DoNotOptimize(kept.data());
  }
  count_events(state);
}

void argument(benchmark::State& state) {
  const DecodedBatch decoded(10'000);
  RowEvaluator evaluator(expression_of("sum(sales.v * 3%)", &Term::argument));
  for (auto _ : state) {
    benchmark::DoNotOptimize(&evaluator.evaluate(decoded.batch(), decoded.all_rows()));
  }
  count_events(state);
}

KeyList keys_of(const EventBatch& batch) {
  KeyList keys;
  for (size_t row = 0; row < batch.rows; ++row) {
    keys.append([&](std::string& text) { text += batch.fields[0].strings[row]; });
    keys.end_key();
  }
  return keys;
}

/// Batches of events of `state.range(0)` groups, which the table knows.
struct KnownGroups {
  explicit KnownGroups(const benchmark::State& state) : groups(static_cast<int>(state.range(0))) {
    KeyList all;
    for (int group = 0; group < groups; ++group) {
      all.append([&](std::string& text) { text += fmt::format("customer-{:06}", group); });
      all.end_key();
    }
    std::vector<GroupId> ids;
    table.find_or_add(all, ids);
    for (unsigned batch = 0; batch < 64; ++batch) {
      keys.push_back(keys_of(DecodedBatch(groups, batch).batch()));
    }
  }

  int groups;
  SingleShardAdmission admission{2'000'000};
  GroupTable table{0, admission};
  std::vector<KeyList> keys;
};

void find_groups(benchmark::State& state) {
  KnownGroups known(state);
  std::vector<GroupId> ids;
  size_t turn = 0;
  for (auto _ : state) {
    known.table.find_or_add(known.keys[turn++ % known.keys.size()], ids);
    benchmark::DoNotOptimize(ids.data());
  }
  count_events(state);
}

/// A slice in which every group has a row, and the rows that batches touch.
void touch_slices(benchmark::State& state) {
  KnownGroups known(state);
  const auto plan = plan_of(sales_definitions({"5m every 10s", "1h every 1m"}));
  const GroupingPlan& grouping = plan->groupings[0];
  SliceStore slices(Slicing(grouping.windows, grouping.retention), grouping.layout);
  const GroupSteps steps{.enters = [](GroupId) {}, .leaves = [](GroupId) {}};
  TouchedRows rows;
  std::vector<std::vector<GroupId>> ids(known.keys.size());
  for (size_t i = 0; i < ids.size(); ++i) known.table.find_or_add(known.keys[i], ids[i]);
  const std::vector<EventTime> times(Engine::kBatchRows, at(5));
  for (const auto& batch : ids) slices.touch(times, batch, steps, rows);
  size_t turn = 0;
  for (auto _ : state) {
    slices.touch(times, ids[turn++ % ids.size()], steps, rows);
    benchmark::DoNotOptimize(&rows);
  }
  count_events(state);
}

/// One sum in the rows of a batch, of ten thousand groups.
void change_accumulator(benchmark::State& state) {
  const auto plan = plan_of(sales_definitions({"1m"}));
  const RowLayout& layout = plan->groupings[0].layout;
  size_t sum = 0;
  while (layout.terms()[sum].aggregate != Aggregate::kSum) ++sum;
  std::vector<SliceChunk> chunks(10'000 / kChunkGroups, SliceChunk(layout));
  for (SliceChunk& chunk : chunks) {
    for (uint32_t place = 0; place < kChunkGroups; ++place) chunk.add(place);
  }
  std::mt19937 random(1);
  TouchedRows rows;
  rows.assign(Engine::kBatchRows, [&](size_t) {
    return std::pair(&chunks[random() % chunks.size()],
                     static_cast<uint32_t>(random() % kChunkGroups));
  });
  const TouchedRows::TermPlace place(layout, sum);
  for (auto _ : state) {
    for (uint32_t event = 0; event < Engine::kBatchRows; ++event) {
      rows.change<Sum>(event, place, [](Sum& kept) { kept.add(1); });
    }
  }
  count_events(state);
}

void few_to_many_groups(benchmark::internal::Benchmark* stage) {
  stage->ArgName("groups")->Arg(10)->Arg(10'000)->Arg(1'000'000);
}

BENCHMARK(predicate)->Name("stage.predicate");
BENCHMARK(argument)->Name("stage.argument");
BENCHMARK(find_groups)->Name("stage.find_groups")->Apply(few_to_many_groups);
BENCHMARK(touch_slices)->Name("stage.touch_slices")->Apply(few_to_many_groups);
BENCHMARK(change_accumulator)->Name("stage.change_accumulator");

}  // namespace
}  // namespace kpid

int main(int argc, char** argv) {
  if (argc >= 2 && std::strcmp(argv[1], "--figures") == 0) return kpid::print_figures(argv[0]);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
