#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/time.h"

namespace kpid {

/// The type of a field or of a row expression.
enum class Type : uint8_t {
  kString,
  kInt,      ///< 64 bit
  kDecimal,  ///< nine fractional digits
  kBool,
  kTime,      ///< an instant, milliseconds
  kDuration,  ///< seconds with nine fractional digits; never a field, only an expression
};

/// "string", "int", ...: as written in the configuration.
std::string_view name_of(Type type);

/// How text or a number is read as an instant.
struct TimeFormat {
  enum class Kind : uint8_t { kUnixMillis, kUnixSeconds, kRfc3339, kPattern };

  Kind kind = Kind::kRfc3339;
  std::string pattern;    ///< strftime pattern, for kPattern
  std::string time_zone;  ///< IANA name for a kPattern without an offset in it; empty is UTC

  bool operator==(const TimeFormat&) const = default;
};

/// A declared field of a source.
struct Field {
  std::string name;
  std::vector<std::string> path;  ///< keys from the outermost object in; csv: one column name
  Type type = Type::kString;
  TimeFormat time_format;  ///< for Type::kTime

  bool operator==(const Field&) const = default;
};

enum class RecordFormat : uint8_t { kJson, kCsv };

/// "json", "csv": as written in the configuration.
std::string_view name_of(RecordFormat format);

/// Where a source begins in a topic that the store does not know.
struct Start {
  enum class Kind : uint8_t { kEarliest, kLatest, kAgo };

  Kind kind = Kind::kEarliest;
  Duration ago{};  ///< for kAgo: `-6h` is 6 h

  bool operator==(const Start&) const = default;
};

/// One source of the configuration, checked.
struct SourceDefinition {
  std::string name;
  std::string topic;
  Start start;
  RecordFormat format = RecordFormat::kJson;
  std::vector<std::string> columns;  ///< csv: the names of the cells; empty: a file's line 1
  /// Path of the event time's field; empty: the record's own timestamp.
  std::vector<std::string> time_path;
  TimeFormat time_format;
  Duration disorder = std::chrono::seconds{10};
  Duration allowed_lateness{0};
  Duration max_ahead = std::chrono::minutes{5};
  Duration idle_timeout = std::chrono::minutes{1};
  Duration retention = std::chrono::hours{24};
  Duration keep_windows{0};   ///< how long final windows stay as fine as they were
  std::vector<Field> fields;  ///< in the order of the configuration; names are unique

  bool has_time_field() const { return !time_path.empty(); }
  /// How long windows that are shown no more stay as fine as they were: they may be amended still,
  /// or somebody wants to look at them.
  Duration fine_for() const { return std::max(allowed_lateness, keep_windows); }
};

/// Bounds on what one record may be, and on what is kept and shown. Per instance.
struct Limits {
  uint32_t max_groups = 100'000;    ///< per grouping
  uint32_t max_series = 1'000;      ///< groups shown per KPI
  uint32_t max_distinct = 16'384;   ///< values that `distinct` counts exactly, per group and window
  uint32_t max_keys = 100'000;      ///< values of `top_share`, `retained` and the like, likewise
  uint32_t string_bytes = 256;      ///< a longer text is cut at a whole code point
  uint64_t record_bytes = 1 << 20;  ///< a longer value is rejected as too_large
  Duration group_expiry = std::chrono::hours{24};
};

}  // namespace kpid
