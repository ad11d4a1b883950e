#include "daemon/logging.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <utility>

namespace kpid {

namespace {

struct Log {
  std::shared_ptr<spdlog::logger> logger;
  LogOptions options;
};

/// What lines go through. Made at the first line or by start_logging; never taken down, for the
/// last words of a process may come late.
Log& the_log() {
  static Log log{[] {
                   auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
                   // Our own lines are complete; the sink adds the end of the line.
                   sink->set_pattern("%v");
                   auto logger = std::make_shared<spdlog::logger>("kpid", std::move(sink));
                   logger->set_level(spdlog::level::trace);
                   logger->flush_on(spdlog::level::trace);
                   return logger;
                 }(),
                 LogOptions{}};
  return log;
}

std::array<std::atomic<uint64_t>, kLogLevelCount> line_counts{};

/// Whether the last line of the terminal is a status, to be wiped before anything else is written.
std::atomic<bool> status_shown = false;

constexpr std::string_view kWipeLine = "\r\x1b[K";

/// The length of the well-formed UTF-8 sequence at the start of `text`; 0 if there is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](size_t i, unsigned char low = 0x80, unsigned char high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned char low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned char low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// A JSON string; logfmt's quoted values are the same.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char letter = text[0];
    size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      length = 1;
    } else if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (letter == '\n') {
      out += "\\n";
    } else if (letter == '\r') {
      out += "\\r";
    } else if (letter == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(letter));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

/// Whether a text stands in logfmt without quotes.
bool plain(std::string_view text) {
  for (const char letter : text) {
    if (letter <= ' ' || letter > '~' || letter == '"' || letter == '=' || letter == '\\') {
      return false;
    }
  }
  return !text.empty();
}

void append_logfmt(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += ' ';
  out += name;
  out += '=';
  if (plain(value)) {
    out += value;
  } else {
    append_quoted(out, value);
  }
}

void append_json(std::string& out, std::string_view name, std::string_view value, bool bare) {
  out += out.empty() ? '{' : ',';
  append_quoted(out, name);
  out += ':';
  if (bare) {
    out += value;
  } else {
    append_quoted(out, value);
  }
}

void log(LogLevel level, std::string_view message, LogFields fields) {
  Log& log = the_log();
  if (level < log.options.level) return;
  line_counts[static_cast<size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  std::string line = format_log_line(log.options.format, now, level, message, fields);
  if (status_shown.exchange(false)) line.insert(0, kWipeLine);
  log.logger->log(spdlog::level::info, line);
}

}  // namespace

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

std::string LogField::number_text(int64_t value) { return fmt::to_string(value); }
std::string LogField::number_text(uint64_t value) { return fmt::to_string(value); }
std::string LogField::number_text(double value) { return fmt::to_string(value); }

std::string format_log_line(LogFormat format, EventTime time, LogLevel level,
                            std::string_view message, LogFields fields) {
  std::string line;
  const auto append = [&](std::string_view name, std::string_view value, bool bare) {
    switch (format) {
      case LogFormat::kLogfmt:
        return append_logfmt(line, name, value);
      case LogFormat::kJson:
        return append_json(line, name, value, bare);
    }
  };
  append("time", format_rfc3339(time), false);
  append("level", name_of(level), false);
  append("msg", message, false);
  for (const LogField& field : fields) append(field.name(), field.value(), field.bare());
  if (format == LogFormat::kJson) line += '}';
  return line;
}

void start_logging(const LogOptions& options) { the_log().options = options; }

void log_debug(std::string_view message, LogFields fields) {
  log(LogLevel::kDebug, message, fields);
}
void log_info(std::string_view message, LogFields fields) { log(LogLevel::kInfo, message, fields); }
void log_warn(std::string_view message, LogFields fields) { log(LogLevel::kWarn, message, fields); }
void log_error(std::string_view message, LogFields fields) {
  log(LogLevel::kError, message, fields);
}

bool log_is_terminal() {
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  return terminal;
}

void show_status(std::string_view text) {
  if (!log_is_terminal() || (text.empty() && !status_shown)) return;
  fmt::print(stderr, "{}{}", kWipeLine, text);
  std::fflush(stderr);
  status_shown = !text.empty();
}

std::array<uint64_t, kLogLevelCount> log_line_counts() {
  std::array<uint64_t, kLogLevelCount> counts{};
  for (size_t level = 0; level < kLogLevelCount; ++level) {
    counts[level] = line_counts[level].load(std::memory_order_relaxed);
  }
  return counts;
}

std::optional<uint64_t> LogLimiter::admit(std::string_view key,
                                          std::chrono::steady_clock::time_point now) {
  const std::lock_guard guard(mutex_);
  const auto [entry, is_new] = entries_.try_emplace(std::string(key), Entry{now, 0});
  if (is_new) return 0;
  if (now - entry->second.admitted < interval_) {
    ++entry->second.held_back;
    return std::nullopt;
  }
  entry->second.admitted = now;
  return std::exchange(entry->second.held_back, 0);
}

}  // namespace kpid
