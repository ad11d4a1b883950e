#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "tests/bench/figure.h"

namespace kpid {

/// Prints a figure as a line of JSON once its repetitions are done, and nothing else: nanoseconds
/// where a benchmark counts items, which are events, else milliseconds a turn. One with a named
/// argument is a point along that.
class FigureReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    Values values;
    bool each_item = false;
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const auto items = run.counters.find("items_per_second");
      each_item = items != run.counters.end();
      values.push_back(each_item
                           ? 1e9 / items->second.value
                           : run.cpu_accumulated_time / static_cast<double>(run.iterations) * 1e3);
    }
    if (values.empty()) return;
    const std::string& figure = runs.front().run_name.function_name;
    const std::string& argument = runs.front().run_name.args;  // of "groups:1000"
    const char* const unit = each_item ? "ns/event" : "ms";
    const size_t colon = argument.find(':');
    if (colon == std::string::npos) {
      print_figure(figure, unit, values);
    } else {
      print_point(figure, argument.substr(0, colon), std::stod(argument.substr(colon + 1)), unit,
                  values);
    }
  }
};

/// Every benchmark, its repetitions among those of the others, so that a noisy moment hits all.
inline int print_figures(char* program) {
  std::string repetitions = "--benchmark_repetitions=5";
  std::string interleaving = "--benchmark_enable_random_interleaving=true";
  std::string time = "--benchmark_min_time=0.3";
  std::vector<char*> arguments = {program, repetitions.data(), interleaving.data(), time.data()};
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  FigureReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

}  // namespace kpid
