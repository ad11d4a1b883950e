#include "pipeline/window/window_spec.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace kpid {
namespace {

EventTime millis(int64_t count) { return EventTime{Duration{count}}; }

/// `name size slide` in milliseconds, or `offset+length text` of each mistake.
std::string read_window(std::string_view text) {
  const auto window = parse_window(text);
  if (window) {
    return fmt::format("{} {} {}", window->name(), window->size().count(), window->slide().count());
  }
  std::string mistakes;
  for (const TextError& error : window.error()) {
    mistakes += fmt::format("{}+{} {}", error.offset, error.length, error.text);
  }
  return mistakes;
}

std::string read_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (duration) return std::to_string(duration->count());
  return fmt::format("{}+{} {}", duration.error()[0].offset, duration.error()[0].length,
                     duration.error()[0].text);
}

TEST(ParseDuration, NeedsAUnitAndTakesNoSign) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"200ms", "200"},
      {"0s", "0"},
      {"30s", "30000"},
      {"10m", "600000"},
      {"1h", "3600000"},
      {"7d", "604800000"},
      {" 5m ", "300000"},
      {"36525d", "3155760000000"},
      {"36526d", "0+6 '36526d' is longer than a hundred years"},
      {"99999999999999999999s", "0+21 '99999999999999999999s' is longer than a hundred years"},
      {"5", "0+1 '5' has no unit"},
      {"m", "0+1 'm' is not a duration"},
      {"-5m", "0+3 '-5m' is not a duration"},
      {"+5m", "0+3 '+5m' is not a duration"},
      {"1.5h", "0+4 '.5h' is not a unit of time"},
      {"5M", "0+2 'M' is not a unit of time"},
      {"  5x", "2+2 'x' is not a unit of time"},
      {"5 m", "0+3 '5 m' is not a duration"},
      {"", "0+1 '' is not a duration"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read_duration(text), expected) << text;
}

TEST(ParseWindow, ReadsTumblingAndHoppingWindowsAndFoldsBlanksInTheirName) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"5m", "5m 300000 300000"},
      {" 5m\t", "5m 300000 300000"},
      {"1h every 10s", "1h every 10s 3600000 10000"},
      {"  1h \t every   10s ", "1h every 10s 3600000 10000"},
      {"1m every 60s", "1m every 60s 60000 60000"},
      {"1ms", "1ms 1 1"},
      {"7d", "7d 604800000 604800000"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read_window(text), expected) << text;
}

TEST(ParseWindow, PointsAtTheWordThatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "0+1 the window is empty"},
      {"   ", "0+1 the window is empty"},
      {"0s", "0+2 a window must have a length"},
      {"1h every 0s", "9+2 a slide must have a length"},
      {"1m every 2m", "9+2 the slide is longer than the window"},
      {"1m every 7s", "9+2 the slide 7s does not divide the size 1m"},
      {"  1h every 7x", "11+2 'x' is not a unit of time"},
      {"1h evry 10s", "3+4 '1h evry 10s' is not a window"},
      {"1h every", "3+5 '1h every' is not a window"},
      {"1h every 10s more", "13+4 '1h every 10s more' is not a window"},
      {"day every 1h", "4+5 'day every 1h' is not a window"},
      {"month year", "6+4 'month year' is not a window"},
      {"Day", "0+3 'Day' is not a window"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read_window(text), expected) << text;
}

TEST(ParseWindow, NamesTheWindowThatAWrongWordMeansAndAllThatThereAre) {
  constexpr std::string_view kWindows =
      "a window is a length, like 5m or 1h every 10s, or one of day, week, month, quarter, year";
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"mnth", "did you mean 'month'? "},
      {"Month", "did you mean 'month'? "},
      {"weeks", "did you mean 'week'? "},
      {"yaer", "did you mean 'year'? "},
      {"daily", "did you mean 'day'? "},
      {"weekly", "did you mean 'week'? "},
      {"monthly", "did you mean 'month'? "},
      {"quarterly", "did you mean 'quarter'? "},
      {"yearly", "did you mean 'year'? "},
      {"annually", "did you mean 'year'? "},
      {"hourly", "did you mean '1h'? "},
      {"fortnight", ""},
      {"-5m", ""},
      {"1w", "the units are ms, s, m, h and d; "},
      {"1 month", "the units are ms, s, m, h and d; "},
  };
  for (const auto& [text, before] : cases) {
    const auto window = parse_window(text);
    ASSERT_FALSE(window) << text;
    EXPECT_EQ(window.error()[0].hint, fmt::format("{}{}", before, kWindows));
  }
  EXPECT_EQ(parse_window("200000d").error()[0].hint, "");
}

TEST(WindowSpec, StartsAtMultiplesOfTheSlideSince1970AndBefore) {
  const WindowSpec spec = windows_of({"1m every 10s"})[0];
  struct Case {
    int64_t time, last_start, next_end, last_end;
  };
  const Case cases[] = {
      {0, 0, 10'000, 0},
      {1, 0, 10'000, 0},
      {9'999, 0, 10'000, 0},
      {10'000, 10'000, 20'000, 10'000},
      {-1, -10'000, 0, -10'000},
      {-9'999, -10'000, 0, -10'000},
      {-10'000, -10'000, 0, -10'000},
      {-10'001, -20'000, -10'000, -20'000},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(spec.last_start(millis(c.time)), millis(c.last_start)) << c.time;
    EXPECT_EQ(spec.next_end(millis(c.time)), millis(c.next_end)) << c.time;
    EXPECT_EQ(spec.last_end(millis(c.time)), millis(c.last_end)) << c.time;
  }
  EXPECT_EQ(spec.ending_at(millis(70'000)), (Window{millis(10'000), millis(70'000)}));
}

TEST(WindowSpec, StartsAWeekOfSevenDaysOnAThursday) {
  const WindowSpec week = windows_of({"7d"})[0];
  // kStart is a Monday.
  EXPECT_EQ(week.last_start(kStart), kStart - std::chrono::days{4});
}

TEST(FormatDuration, TakesTheLargestUnitThatIsExact) {
  struct Case {
    Duration duration;
    std::string text;
  };
  for (const Case& c :
       {Case{Duration{0}, "0ms"}, Case{Duration{1}, "1ms"}, Case{Duration{999}, "999ms"},
        Case{Duration{1'000}, "1s"}, Case{Duration{1'001}, "1001ms"},
        Case{std::chrono::seconds{90}, "90s"}, Case{std::chrono::minutes{60}, "1h"},
        Case{std::chrono::hours{24}, "1d"}, Case{std::chrono::hours{25}, "25h"}}) {
    EXPECT_EQ(format_duration(c.duration), c.text);
    EXPECT_EQ(parse_duration(c.text).value(), c.duration);
  }
}

}  // namespace
}  // namespace kpid
