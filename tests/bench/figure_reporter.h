#pragma once

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <string>
#include <vector>

namespace kpid {

/// Prints a figure as a line of JSON once its repetitions are done, and nothing else: nanoseconds
/// where a benchmark counts items, which are events, else milliseconds a turn. One with a named
/// argument is a point along that.
class FigureReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<double> values;
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
    fmt::print(R"({{"figure":"{}",{}"unit":"{}","values":[{:.3f}]}})"
               "\n",
               runs.front().run_name.function_name, place_of(runs.front().run_name.args),
               each_item ? "ns/event" : "ms", fmt::join(values, ","));
    std::fflush(stdout);
  }

 private:
  /// Of "groups:1000".
  static std::string place_of(const std::string& argument) {
    const size_t colon = argument.find(':');
    if (colon == std::string::npos) return "";
    return fmt::format(R"("along":"{}","x":{},)", argument.substr(0, colon),
                       argument.substr(colon + 1));
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
