#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"
#include "tests/unit/kafka/mock_kafka.h"
#include "tests/unit/runtime/program.h"

// What tests of the program's commands begin with: a directory, a configuration, a broker.

namespace kpid {

/// A configuration's `sources` and `kpis` over one topic, `sales`.
inline constexpr const char* kSales = R"(sources:
  sales:
    topic: sales
    format: json
    time: {field: ts, format: unix_ms}
    disorder: 0s
    fields: {region: string, amount: decimal}
)";

inline constexpr const char* kRevenue = R"(kpis:
  revenue:
    help: Value of all sales
    formula: sum(sales.amount)
    windows: [1m]
    by: [region]
)";

/// Commands of the program, and a directory for their files.
class Commands : public testing::Test {
 protected:
  std::string path(const std::string& name) const;

  /// Answers with the path of the file.
  std::string write(const std::string& name, const std::string& text) const;

  /// Runs the program to its end.
  Outcome run(std::vector<std::string> arguments) const;

  TemporaryDirectory directory_;
};

/// The daemon, with its store in the directory.
class RunCommand : public Commands {
 protected:
  /// A configuration for `run`; `sources` and `kpis` as they are there.
  std::string config(const std::string& name, const std::string& bootstrap, int workers = 1,
                     const std::string& sources = kSales, const std::string& kpis = kRevenue);

  std::vector<std::string> run_flags(const std::string& config_path,
                                     const std::string& store = "store") const;

  Outcome inspect(const std::string& config_path) const;

  /// Runs until it is ready, then stops it.
  Outcome run_until_ready(const std::string& config_path, std::vector<std::string> more = {});

  static constexpr const char* kNobody = "127.0.0.1:1";
};

/// With a broker: three sales in two partitions.
class RunOnKafka : public RunCommand {
 protected:
  void SetUp() override;

  std::string config_of(int workers = 1, const std::string& sources = kSales,
                        const std::string& kpis = kRevenue);

  MockKafka kafka_;

 private:
  void produce(int32_t partition, int64_t time, const char* region, const char* amount);
};

}  // namespace kpid
