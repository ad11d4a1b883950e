#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "pipeline/engine.h"
#include "pipeline/publish/window_report.h"
#include "tests/support/partition_log.h"

namespace kpid {

/// The plan of a configuration. One with mistakes fails the test, says them, and gives nothing.
inline std::shared_ptr<const Plan> plan_of_text(std::string_view configuration) {
  const Loaded loaded = load_settings_text("test.yml", configuration, NeedKafka::kNo);
  for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << render(error);
  if (!loaded.usable()) return nullptr;
  return make_plan(std::make_shared<const Definitions>(loaded.settings.definitions));
}

/// One engine that reads whole partitions, as `replay` would, and tells its windows.
class ConfiguredEngine {
 public:
  explicit ConfiguredEngine(std::shared_ptr<const Plan> plan)
      : plan_(std::move(plan)),
        admission_(plan_->definitions->limits.max_groups),
        engine_(plan_, 0, admission_) {}

  /// Reads a partition of `source`. Every record must be accepted.
  void read(const std::string& source, int32_t number, const PartitionLog& log) {
    PartitionState state;
    state.source = source;
    state.partition = number;
    const size_t partition = engine_.add_partition(std::move(state));
    engine_.consume(partition, log.all());
    EXPECT_EQ(engine_.partition(partition).ledger.accepted, log.size());
  }

  /// The windows of one KPI, by end.
  std::vector<WindowReport> windows_of(const std::string& kpi) {
    std::vector<bool> wanted;
    for (const KpiDefinition& known : plan_->definitions->kpis) wanted.push_back(known.name == kpi);
    std::vector<WindowReport> windows;
    Engine* const shards[] = {&engine_};
    report_windows(shards, wanted, {}, {}, Begins(wanted.size()),
                   [&](const WindowReport& report) { windows.push_back(report); });
    return windows;
  }

 private:
  const std::shared_ptr<const Plan> plan_;
  SingleShardAdmission admission_;
  Engine engine_;
};

}  // namespace kpid
