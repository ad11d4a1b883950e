#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/load/sales_generator.h"
#include "pipeline/result.h"

namespace kpid {

/// Exit codes of every command.
inline constexpr int kExitGood = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;  ///< wrong usage or configuration

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : uint8_t { kLogfmt, kJson };

/// What `run` and `demo` log, and how: `--log.level`, `--log.format`.
struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kLogfmt;
};

/// `--web.listen-address`, `--web.max-connections`.
struct WebOptions {
  std::string listen_address = ":8437";  ///< "HOST:PORT", "[IPv6]:PORT" or ":PORT"; port 0: any
  unsigned max_connections = 512;
};

/// What happens when a source was changed so that its state would mean nothing.
enum class OnChange : uint8_t { kRefuse, kReset };

struct RunOptions {
  std::string config_file;  ///< a file, or a directory of *.yml
  std::string storage_path;
  OnChange on_change = OnChange::kRefuse;
  WebOptions web;
  LogOptions log;
};

struct DemoOptions {
  WebOptions web;
  LogOptions log;
};

struct CheckOptions {
  std::vector<std::string> files;  ///< files or directories that form one configuration; not empty
};

/// Output of `replay` and `inspect`; `inspect` has no OpenMetrics.
enum class OutputFormat : uint8_t { kTable, kJson, kOpenMetrics };

struct ReplayOptions {
  /// `--input SOURCE=PATH`: one partition of the source.
  struct Input {
    std::string source;
    std::string path;

    bool operator==(const Input&) const = default;
  };

  std::string config_file;
  std::vector<Input> inputs;  ///< as given; not empty
  OutputFormat output = OutputFormat::kTable;
};

struct InspectOptions {
  std::string config_file;
  std::string storage_path;
  OutputFormat output = OutputFormat::kTable;
};

/// Where a topic that was reset is read from next.
enum class ResetTo : uint8_t { kBeginning, kEnd };

struct ResetOptions {
  std::string config_file;
  std::string storage_path;
  std::string topic;
  ResetTo to = ResetTo::kBeginning;
};

/// What a record of `generate-load` is keyed by.
enum class RecordKey : uint8_t {
  kCustomer,  ///< a customer's events stay in one partition
  kNone,      ///< the partitions take turns
};

/// `--kafka...` of `generate-load`.
struct LoadKafkaOptions {
  std::string bootstrap_servers;  ///< comma-separated; empty: the load does not go to Kafka
  std::string topic = "sales";
  int32_t partitions = 0;  ///< with which the topic is created; 0: it exists
  RecordKey key = RecordKey::kCustomer;
  std::map<std::string, std::string> properties = {};  ///< of librdkafka
};

/// What the event times of `generate-load` begin with.
enum class LoadStart : uint8_t {
  kOfThePresent,  ///< as late as the last event is not ahead of the clock; see start_of_load
  kNow,           ///< when the command starts
  kGiven,         ///< the shape's
};

struct GenerateLoadOptions {
  SalesShape shape;
  LoadStart start = LoadStart::kOfThePresent;
  uint64_t events = 1'000'000;  ///< 0: until a signal
  double rate = 0;              ///< events a second; 0: as fast as it goes
  double event_rate = 0;        ///< as given; what holds is the shape's
  LoadKafkaOptions kafka;
  std::string output;  ///< a file, or "-": stdout; empty: Kafka
  bool print_config = false;
};

/// Text for stdout, and nothing else to do: `--help`, `--version`.
struct PrintOptions {
  std::string text;
};

using Command = std::variant<RunOptions, DemoOptions, CheckOptions, ReplayOptions, InspectOptions,
                             ResetOptions, GenerateLoadOptions, PrintOptions>;

/// Environment variables by name.
using Environment = std::map<std::string, std::string>;

/// Reads the arguments behind the program's name. A flag that is not given takes the value of its
/// environment variable, if that is not empty: `--config.file` that of KPID_CONFIG_FILE. Wrong
/// usage is an error that says what to do; it ends with exit code 2.
Result<Command> parse_command_line(const std::vector<std::string>& arguments,
                                   const Environment& environment);

}  // namespace kpid
