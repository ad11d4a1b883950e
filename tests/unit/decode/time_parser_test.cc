#include "pipeline/decode/time_parser.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

TimeFormat pattern(std::string text, std::string zone = "") {
  return {.kind = TimeFormat::Kind::kPattern, .pattern = std::move(text), .time_zone = zone};
}

/// The same by way of a number, if the text is a plain one; nothing where that way gives up.
std::optional<std::string> read_as_number(const TimeParser& parser, std::string_view text) {
  PlainNumber number;
  EventTime time;
  const char* const end = text.data() + text.size();
  if (number.read(text.data(), end) != end || !parser.read(number, time)) return std::nullopt;
  return format_rfc3339(time);
}

/// The instant as RFC 3339, "unreadable" or "out of range".
std::string read(const TimeFormat& format, std::string_view text) {
  const TimeParser parser(format);
  EventTime time;
  switch (parser.parse(text, time)) {
    case TimeStatus::kOk:
      EXPECT_EQ(read_as_number(parser, text).value_or(format_rfc3339(time)), format_rfc3339(time));
      return format_rfc3339(time);
    case TimeStatus::kUnreadable:
      EXPECT_EQ(read_as_number(parser, text), std::nullopt) << text;
      return "unreadable";
    case TimeStatus::kOutOfRange:
      EXPECT_EQ(read_as_number(parser, text), std::nullopt) << text;
      return "out of range";
  }
  return {};
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

void check(const TimeFormat& format, std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(read(format, c.text), c.expected) << "'" << c.text << "'";
}

TEST(UnixTimes, AreReadFromPlainNumbers) {
  const TimeParser millis({.kind = TimeFormat::Kind::kUnixMillis, .pattern = {}, .time_zone = {}});
  const TimeParser seconds(
      {.kind = TimeFormat::Kind::kUnixSeconds, .pattern = {}, .time_zone = {}});
  EXPECT_EQ(read_as_number(millis, "1700000000000"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(read_as_number(seconds, "1700000000.25"), "2023-11-14T22:13:20.250Z");
  EXPECT_EQ(read_as_number(seconds, "-1.001"), "1969-12-31T23:59:58.999Z");
  EXPECT_EQ(read_as_number(TimeParser(TimeFormat{}), "2023"), std::nullopt);
}

TEST(UnixTimes, AreFlooredAtTheMillisecond) {
  check({.kind = TimeFormat::Kind::kUnixMillis, .pattern = {}, .time_zone = {}},
        {{"0", "1970-01-01T00:00:00Z"},
         {"1.999", "1970-01-01T00:00:00.001Z"},
         {"0.99999999999999999999", "1970-01-01T00:00:00Z"},
         {"-0.00000000000000000001", "1969-12-31T23:59:59.999Z"},
         {"-1", "1969-12-31T23:59:59.999Z"},
         {"-1.5", "1969-12-31T23:59:59.998Z"},
         {"1.7e12", "2023-11-14T22:13:20Z"},
         {"1700000000000e0", "2023-11-14T22:13:20Z"},
         {"-62167219200000", "0000-01-01T00:00:00Z"},
         {"-62167219200001", "out of range"},
         {"-62167219200000.5", "out of range"},
         {"253402300799999", "9999-12-31T23:59:59.999Z"},
         {"253402300799999.9", "9999-12-31T23:59:59.999Z"},
         {"253402300800000", "out of range"},
         {"1e30", "out of range"},
         {"-1e400", "out of range"},
         {"1e-400", "1970-01-01T00:00:00Z"},
         {"-1e-400", "1969-12-31T23:59:59.999Z"},
         {"", "unreadable"},
         {"now", "unreadable"},
         {" 1", "unreadable"},
         {"+1", "unreadable"},
         {"true", "unreadable"}});
  check({.kind = TimeFormat::Kind::kUnixSeconds, .pattern = {}, .time_zone = {}},
        {{"1700000000", "2023-11-14T22:13:20Z"},
         {"1700000000.9999", "2023-11-14T22:13:20.999Z"},
         {"-0.0001", "1969-12-31T23:59:59.999Z"},
         {"253402300799.9999", "9999-12-31T23:59:59.999Z"},
         {"253402300800", "out of range"}});
}

TEST(Rfc3339, IsReadToTheLetter) {
  check({.kind = TimeFormat::Kind::kRfc3339, .pattern = {}, .time_zone = {}},
        {{"2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"},
         {"2026-03-29t01:30:00z", "2026-03-29T01:30:00Z"},
         {"2026-03-29 01:30:00Z", "2026-03-29T01:30:00Z"},
         {"2026-03-29T01:30:00+02:30", "2026-03-28T23:00:00Z"},
         {"2026-03-29T01:30:00-23:59", "2026-03-30T01:29:00Z"},
         {"2026-03-29T01:30:00-00:00", "2026-03-29T01:30:00Z"},
         {"2026-03-29T01:30:00.1Z", "2026-03-29T01:30:00.100Z"},
         {"2026-03-29T01:30:00.123999999999999999999Z", "2026-03-29T01:30:00.123Z"},
         {"1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"},
         {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
         {"2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500Z"},
         {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
         {"2023-02-29T00:00:00Z", "unreadable"},
         {"1900-02-29T00:00:00Z", "unreadable"},
         {"2026-04-31T00:00:00Z", "unreadable"},
         {"2026-00-01T00:00:00Z", "unreadable"},
         {"2026-13-01T00:00:00Z", "unreadable"},
         {"2026-01-00T00:00:00Z", "unreadable"},
         {"2026-01-01T24:00:00Z", "unreadable"},
         {"2026-01-01T23:60:00Z", "unreadable"},
         {"2026-01-01T23:59:61Z", "unreadable"},
         {"2026-01-01T23:59:59", "unreadable"},
         {"2026-01-01T23:59Z", "unreadable"},
         {"2026-01-01", "unreadable"},
         {"2026-1-01T23:59:59Z", "unreadable"},
         {"2026-01-01T23:59:9Z", "unreadable"},
         {"2026-01-01T23:59:59.Z", "unreadable"},
         {"2026-01-01T23:59:59,5Z", "unreadable"},
         {"2026-01-01T23:59:59+0200", "unreadable"},
         {"2026-01-01T23:59:59+02", "unreadable"},
         {"2026-01-01T23:59:59+24:00", "unreadable"},
         {"2026-01-01T23:59:59+02:60", "unreadable"},
         {"2026-01-01T23:59:59Z ", "unreadable"},
         {" 2026-01-01T23:59:59Z", "unreadable"},
         {"2026-01-01  23:59:59Z", "unreadable"},
         {"-026-01-01T23:59:59Z", "unreadable"},
         {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"},
         {"0000-01-01T00:00:00+00:01", "out of range"},
         {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
         {"9999-12-31T23:59:59-00:01", "out of range"},
         {"", "unreadable"}});
}

TEST(TimePatterns, AreReadAsStrptimeReadsThem) {
  check(pattern("%m/%d/%Y %H:%M"), {{"12/1/2010 8:26", "2010-12-01T08:26:00Z"},
                                    {"12/01/2010 08:26", "2010-12-01T08:26:00Z"},
                                    {"12/1/2010   8:26", "2010-12-01T08:26:00Z"},
                                    {"12/1/10 8:26", "unreadable"},
                                    {"13/1/2010 8:26", "unreadable"},
                                    {"12/1/2010 8:26 ", "unreadable"},
                                    {"12/1/2010", "unreadable"},
                                    {"2/30/2010 8:26", "unreadable"}});
  check(pattern("%Y%m%d"),
        {{"20260329", "2026-03-29T00:00:00Z"}, {"2026032", "2026-03-02T00:00:00Z"}});
  check(pattern("%F %T"), {{"2026-03-29 01:02:03.4567", "2026-03-29T01:02:03.456Z"},
                           {"2026-03-29 01:02:60", "2026-03-29T01:03:00Z"}});
  check(pattern("%d %b %Y %I:%M %p"), {{"29 mar 2026 12:00 AM", "2026-03-29T00:00:00Z"},
                                       {"29 March 2026 12:00 pm", "2026-03-29T12:00:00Z"},
                                       {"29 May 2026 1:05 PM", "2026-05-29T13:05:00Z"},
                                       {"29 Mai 2026 1:05 PM", "unreadable"},
                                       {"29 May 2026 13:05 PM", "unreadable"},
                                       {"29 May 2026 0:05 PM", "unreadable"}});
  check(pattern("%a %b %e %T %Y"), {{"Sun Mar  1 01:02:03 2026", "2026-03-01T01:02:03Z"},
                                    {"Monday Mar 2 01:02:03 2026", "2026-03-02T01:02:03Z"},
                                    {"Mon Mar 1 01:02:03 2026", "unreadable"}});
  check(pattern("%y-%j"), {{"68-366", "2068-12-31T00:00:00Z"},
                           {"69-001", "1969-01-01T00:00:00Z"},
                           {"69-366", "unreadable"},
                           {"69-0", "unreadable"}});
  check(pattern("%Y-%m-%d %H:%M %z"), {{"2026-03-29 01:30 +0200", "2026-03-28T23:30:00Z"},
                                       {"2026-03-29 01:30 -02:30", "2026-03-29T04:00:00Z"},
                                       {"2026-03-29 01:30 +02", "2026-03-28T23:30:00Z"},
                                       {"2026-03-29 01:30 Z", "2026-03-29T01:30:00Z"},
                                       {"2026-03-29 01:30", "unreadable"}});
  check(pattern("100%% %D%n%R"), {{"100% 03/29/26\n01:30", "2026-03-29T01:30:00Z"}});
}

TEST(LocalTimes, ThatCameTwiceAreTheFirstAndSkippedOnesTakeTheOffsetBefore) {
  check(pattern("%F %T", "Europe/London"), {{"2026-01-01 12:00:00", "2026-01-01T12:00:00Z"},
                                            {"2026-07-01 12:00:00", "2026-07-01T11:00:00Z"},
                                            {"2026-03-29 00:59:59", "2026-03-29T00:59:59Z"},
                                            {"2026-03-29 01:00:00", "2026-03-29T01:00:00Z"},
                                            {"2026-03-29 01:30:00", "2026-03-29T01:30:00Z"},
                                            {"2026-03-29 02:00:00", "2026-03-29T01:00:00Z"},
                                            {"2026-10-25 00:59:59.5", "2026-10-24T23:59:59.500Z"},
                                            {"2026-10-25 01:00:00", "2026-10-25T00:00:00Z"},
                                            {"2026-10-25 01:59:59", "2026-10-25T00:59:59Z"},
                                            {"2026-10-25 02:00:00", "2026-10-25T02:00:00Z"}});
  check(pattern("%F %T", "America/New_York"), {{"2026-03-08 02:30:00", "2026-03-08T07:30:00Z"},
                                               {"2026-11-01 01:30:00", "2026-11-01T05:30:00Z"}});
  check(pattern("%F %T %z", "America/New_York"),
        {{"2026-03-08 02:30:00 +0000", "2026-03-08T02:30:00Z"}});
}

TEST(LocalTimes, KeepSummerTimeInTheFarFuture) {
  check(pattern("%F", "Europe/London"), {{"2037-07-01", "2037-06-30T23:00:00Z"},
                                         {"2038-07-01", "2038-06-30T23:00:00Z"},
                                         {"2040-02-29", "2040-02-29T00:00:00Z"},
                                         {"2199-01-01", "2199-01-01T00:00:00Z"},
                                         {"2199-03-31", "2199-03-31T00:00:00Z"},
                                         {"2199-04-01", "2199-03-31T23:00:00Z"},
                                         {"2199-07-01", "2199-06-30T23:00:00Z"}});
}

TEST(TimeFormats, AreCheckedInWords) {
  const std::pair<TimeFormat, std::string> cases[] = {
      {pattern("%H:%M"), "the pattern names no year (%Y)"},
      {pattern(""), "the pattern names no year (%Y)"},
      {pattern("%Y %d"), "the pattern names no month (%m)"},
      {pattern("%Y %m"), "the pattern names no day (%d)"},
      {pattern("%F %I"), "%I and %p stand together, or neither"},
      {pattern("%F %p"), "%I and %p stand together, or neither"},
      {pattern("%F %Z"), "%Z is not supported in a time pattern"},
      {pattern("%F %s"), "%s is not supported in a time pattern"},
      {pattern("%F %"), "the pattern ends in a single %"},
      {pattern("%F", "Mars/Olympus"), "no time zone 'Mars/Olympus' is known on this machine"},
  };
  for (const auto& [format, text] : cases) {
    const Result<void> result = check_time_format(format);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().text, text);
  }
  EXPECT_TRUE(check_time_format(pattern("%Y-%j", "Asia/Tokyo")).has_value());
  EXPECT_TRUE(
      check_time_format({.kind = TimeFormat::Kind::kRfc3339, .pattern = {}, .time_zone = {}})
          .has_value());
}

TEST(TimeZones, AreKnownByTheirIanaName) {
  EXPECT_TRUE(known_time_zone(""));
  EXPECT_TRUE(known_time_zone("UTC"));
  EXPECT_TRUE(known_time_zone("Europe/Zurich"));
  EXPECT_FALSE(known_time_zone("europe/zurich "));
  EXPECT_FALSE(known_time_zone("../../etc/passwd"));
}

}  // namespace
}  // namespace kpid
