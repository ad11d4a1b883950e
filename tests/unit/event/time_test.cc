#include "pipeline/event/time.h"

#include <gtest/gtest.h>

#include <limits>
#include <string_view>
#include <utility>

namespace kpid {
namespace {

TEST(Rfc3339, IsWrittenInUtcWithMillisecondsOnlyWhereTheyAreNotZero) {
  const std::pair<int64_t, std::string_view> cases[] = {
      {0, "1970-01-01T00:00:00Z"},
      {1, "1970-01-01T00:00:00.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {1'774'747'800'250, "2026-03-29T01:30:00.250Z"},
      {1'774'747'800'000, "2026-03-29T01:30:00Z"},
      {951'782'400'000, "2000-02-29T00:00:00Z"},
      {-62'167'219'200'000, "0000-01-01T00:00:00Z"},
      {-62'167'219'200'001, "-0001-12-31T23:59:59.999Z"},
      {253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
      {253'402'300'800'000, "10000-01-01T00:00:00Z"},
      {std::numeric_limits<int64_t>::max(), "292278994-08-17T07:12:55.807Z"},
      {std::numeric_limits<int64_t>::min(), "-292275055-05-16T16:47:04.192Z"},
  };
  for (const auto& [milliseconds, expected] : cases) {
    EXPECT_EQ(format_rfc3339(EventTime{Duration{milliseconds}}), expected);
  }
}

TEST(WriteDate, WritesTheDayOfTheCalendar) {
  const std::pair<int64_t, std::string_view> cases[] = {
      {0, "1970-01-01"},
      {-1, "1969-12-31"},
      {11'016, "2000-02-29"},
      {11'017, "2000-03-01"},
      {-25'508, "1900-03-01"},
      {-25'509, "1900-02-28"},
      {-719'528, "0000-01-01"},
      {-719'529, "-0001-12-31"},
      {2'932'896, "9999-12-31"},
      {2'932'897, "10000-01-01"},
      {106'751'991'167, "292278994-08-17"},
      {-106'751'991'168, "-292275055-05-16"},
  };
  for (const auto& [day, expected] : cases) {
    char text[kLongestDate];
    EXPECT_EQ(std::string_view(text, write_date(std::chrono::days{day}, text) - text), expected);
  }
}

TEST(EventTimes, BeginIn1971AndEndBefore2200) {
  EXPECT_EQ(format_rfc3339(kEarliestEventTime), "1971-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(kEndOfEventTime), "2200-01-01T00:00:00Z");
}

}  // namespace
}  // namespace kpid
