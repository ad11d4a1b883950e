#include "daemon/logging.h"

#include <gtest/gtest.h>

#include <limits>

namespace kpid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr EventTime kTime{std::chrono::sys_days{std::chrono::year{2026} / 3 / 29} +
                          milliseconds{250}};

std::string logfmt(std::string_view message, LogFields fields) {
  const std::string line =
      format_log_line(LogFormat::kLogfmt, kTime, LogLevel::kInfo, message, fields);
  const std::string head = "time=2026-03-29T00:00:00.250Z level=info msg=";
  EXPECT_TRUE(line.starts_with(head)) << line;
  return line.substr(head.size());
}

std::string json(std::string_view message, LogFields fields) {
  const std::string line =
      format_log_line(LogFormat::kJson, kTime, LogLevel::kError, message, fields);
  const std::string head = R"({"time":"2026-03-29T00:00:00.250Z","level":"error","msg":)";
  EXPECT_TRUE(line.starts_with(head)) << line;
  return line.substr(head.size());
}

TEST(LogLine, HasItsFieldsInOrder) {
  EXPECT_EQ(logfmt("checkpoint saved", {{"bytes", 65'536}, {"topic", "shop.sales"}}),
            R"("checkpoint saved" bytes=65536 topic=shop.sales)");
  EXPECT_EQ(json("checkpoint saved", {{"bytes", 65'536}, {"topic", "shop.sales"}}),
            R"("checkpoint saved","bytes":65536,"topic":"shop.sales"})");
}

TEST(LogLine, QuotesAValueOnlyWhereItMust) {
  struct Case {
    std::string value, logfmt, json;
  };
  const std::vector<Case> cases = {
      {"plain", "plain", R"("plain")"},
      {"", R"("")", R"("")"},
      {"two words", R"("two words")", R"("two words")"},
      {"a=b", R"("a=b")", R"("a=b")"},
      {R"(say "hi")", R"("say \"hi\"")", R"("say \"hi\"")"},
      {R"(C:\kpid)", R"("C:\\kpid")", R"("C:\\kpid")"},
      {"line 1\nline 2", R"("line 1\nline 2")", R"("line 1\nline 2")"},
      {"\r\t", R"("\r\t")", R"("\r\t")"},
      {std::string("\0\x1b\x7f", 3), R"("\u0000\u001b\u007f")", R"("\u0000\u001b\u007f")"},
      {"{} %v", R"("{} %v")", R"("{} %v")"},
      {"Köln", R"("Köln")", R"("Köln")"},
      {"\xF0\x9F\x9B\x92", "\"\xF0\x9F\x9B\x92\"", "\"\xF0\x9F\x9B\x92\""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(logfmt("m", {{"value", c.value}}), "m value=" + c.logfmt);
    EXPECT_EQ(json("m", {{"value", c.value}}), R"("m","value":)" + c.json + "}");
  }
}

TEST(LogLine, IsValidUtf8WhateverIsInIt) {
  const std::vector<std::string> ill_formed = {
      "\x80",     "\xC0\xAF", "\xC2",     "\xE0\x80\x80",     "\xED\xA0\x80",
      "\xE2\x82", "\xF5",     "\xF4\x90", "\xF0\x8F\xBF\xBF", "\xFF"};
  for (const std::string& text : ill_formed) {
    std::string replaced;
    for (size_t i = 0; i < text.size(); ++i) replaced += "\xEF\xBF\xBD";
    EXPECT_EQ(logfmt("m", {{"value", text + "|"}}), "m value=\"" + replaced + "|\"");
  }
}

TEST(LogLine, HasNumbersAndClaimsWithoutQuotes) {
  EXPECT_EQ(json("m", {{"a", -1},
                       {"b", ~uint64_t{0}},
                       {"c", 0.25},
                       {"d", true},
                       {"e", milliseconds{1'500}},
                       {"f", std::numeric_limits<double>::infinity()}}),
            R"("m","a":-1,"b":18446744073709551615,"c":0.25,"d":true,"e":1.5,"f":"inf"})");
}

TEST(Log, CountsTheLinesOfEachLevelThatItWrites) {
  start_logging({.level = LogLevel::kWarn, .format = LogFormat::kJson});
  const auto before = log_line_counts();
  testing::internal::CaptureStderr();
  log_debug("debug");
  log_info("info");
  log_warn("warn {} %v", {{"n", 1}});
  log_error("error");
  log_error("error");
  const std::string written = testing::internal::GetCapturedStderr();
  const auto after = log_line_counts();
  const std::array<uint64_t, kLogLevelCount> expected = {0, 0, 1, 2};
  for (size_t level = 0; level < kLogLevelCount; ++level) {
    EXPECT_EQ(after[level] - before[level], expected[level]) << level;
  }
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 3);
  EXPECT_NE(written.find(R"("level":"warn","msg":"warn {} %v","n":1})"
                         "\n"),
            std::string::npos);
}

TEST(LogLimiter, LetsOneThroughPerKeyAndTenSeconds) {
  LogLimiter limiter;
  const std::chrono::steady_clock::time_point start{};
  EXPECT_EQ(limiter.admit("late", start), 0u);
  EXPECT_EQ(limiter.admit("late", start), std::nullopt);
  EXPECT_EQ(limiter.admit("malformed", start), 0u);
  EXPECT_EQ(limiter.admit("late", start + milliseconds{9'999}), std::nullopt);
  EXPECT_EQ(limiter.admit("late", start + seconds{10}), 2u);
  EXPECT_EQ(limiter.admit("late", start + milliseconds{19'999}), std::nullopt);
  EXPECT_EQ(limiter.admit("late", start + seconds{20}), 1u);
}

}  // namespace
}  // namespace kpid
