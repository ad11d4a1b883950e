#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "daemon/command_line.h"
#include "pipeline/event/time.h"

namespace kpid {

/// "debug", "info", "warn", "error".
std::string_view name_of(LogLevel level);

inline constexpr size_t kLogLevelCount = 4;

/// A named value of a log line. Lives as long as the call that it is passed to.
class LogField {
 public:
  LogField(std::string_view name, std::string_view text) : name_(name), value_(text) {}
  LogField(std::string_view name, const char* text) : name_(name), value_(text) {}
  LogField(std::string_view name, const std::string& text) : name_(name), value_(text) {}
  LogField(std::string_view name, bool value)
      : name_(name), value_(value ? "true" : "false"), bare_(true) {}
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
  LogField(std::string_view name, T value)
      : name_(name),
        number_(number_text(value)),
        bare_(std::isfinite(static_cast<double>(value))) {}
  /// In seconds.
  LogField(std::string_view name, std::chrono::nanoseconds duration)
      : LogField(name, std::chrono::duration<double>(duration).count()) {}

  std::string_view name() const { return name_; }
  std::string_view value() const { return number_.empty() ? value_ : number_; }
  /// Whether JSON has it without quotes: a finite number, or a bool.
  bool bare() const { return bare_; }

 private:
  static std::string number_text(int64_t value);
  static std::string number_text(uint64_t value);
  static std::string number_text(double value);
  template <class T>
  static std::string number_text(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      return number_text(static_cast<double>(value));
    } else if constexpr (std::is_signed_v<T>) {
      return number_text(static_cast<int64_t>(value));
    } else {
      return number_text(static_cast<uint64_t>(value));
    }
  }

  std::string_view name_;
  std::string_view value_;
  std::string number_;
  bool bare_ = false;
};

using LogFields = std::initializer_list<LogField>;

/// One line, without its end: `time=2026-03-29T01:30:00.250Z level=info msg="checkpoint saved"
/// bytes=65536`, or the same as a JSON object. Always one line and valid UTF-8, whatever is in the
/// values.
std::string format_log_line(LogFormat format, EventTime time, LogLevel level,
                            std::string_view message, LogFields fields);

/// Sets up where the log goes: lines to stderr from now on. Before, lines of level info and above
/// go there in logfmt. Not to be called while another thread logs.
void start_logging(const LogOptions& options);

/// Writes a line, if its level is logged at all: `log_info("checkpoint saved", {{"bytes", n}})`.
/// ERROR: data lost or an operator needed; WARN says what to do; nothing per record. Thread-safe.
void log_debug(std::string_view message, LogFields fields = {});
void log_info(std::string_view message, LogFields fields = {});
void log_warn(std::string_view message, LogFields fields = {});
void log_error(std::string_view message, LogFields fields = {});

/// Whether the log goes to a terminal, where a person is looking.
bool log_is_terminal();
/// Keeps `text` as one line below the log until it is replaced; empty: takes it away. Only on a
/// terminal, elsewhere nothing happens. For one thread; others may log meanwhile.
void show_status(std::string_view text);

/// Lines written since the process started, by LogLevel. Thread-safe.
std::array<uint64_t, kLogLevelCount> log_line_counts();

/// Lets one of many equal messages through per interval.
///
/// Use: `if (const auto n = limiter.admit("late", now)) log_warn(..., {{"suppressed", *n}})`.
/// Thread-safe. Remembers every key: keys come from a bounded set, such as reasons by source.
class LogLimiter {
 public:
  explicit LogLimiter(std::chrono::nanoseconds interval = std::chrono::seconds{10})
      : interval_(interval) {}

  /// Nothing if a message of this key was admitted less than the interval before `now`; else how
  /// many were held back since that one.
  std::optional<uint64_t> admit(std::string_view key, std::chrono::steady_clock::time_point now);

 private:
  struct Entry {
    std::chrono::steady_clock::time_point admitted;
    uint64_t held_back = 0;
  };

  const std::chrono::nanoseconds interval_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  ///< guarded by mutex_
};

}  // namespace kpid
