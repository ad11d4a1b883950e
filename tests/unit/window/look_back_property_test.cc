#include <gtest/gtest.h>

#include <random>

#include "pipeline/window/look_back.h"

namespace kpid {
namespace {

using Unit = LookBack::Unit;

constexpr int64_t kDayMs = 86'400'000;

WindowSpec window(const char* text, const CalendarRules& rules) {
  return parse_window(text, rules).value();
}

/// The window of `spec` that ends first after `time`.
Window around(const WindowSpec& spec, EventTime time) {
  return spec.ending_at(spec.next_end(time));
}

/// A random window, instant and span that fit each other in most cases.
struct Scene {
  WindowSpec spec;
  EventTime time;
  LookBack span;
};

template <class T, size_t n>
const T& one_of(const T (&choices)[n], std::mt19937_64& random) {
  return choices[std::uniform_int_distribution<size_t>(0, n - 1)(random)];
}

Scene random_scene(std::mt19937_64& random) {
  constexpr const char* kZones[] = {"UTC",          "Europe/London",       "America/New_York",
                                    "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
                                    "Asia/Beirut",  "America/St_Johns",    "Antarctica/Troll"};
  constexpr const char* kWindows[] = {"day",  "week", "month",        "quarter",
                                      "year", "1h",   "1h every 10m", "7d every 1d"};
  constexpr Unit kUnits[] = {Unit::kWindow, Unit::kMillisecond, Unit::kDay, Unit::kWeek,
                             Unit::kMonth,  Unit::kQuarter,     Unit::kYear};
  const auto number = [&](int64_t from, int64_t to) {
    return std::uniform_int_distribution<int64_t>(from, to)(random);
  };
  const CalendarRules rules{
      .time_zone = one_of(kZones, random),
      .week_starts = std::chrono::weekday{static_cast<unsigned>(number(0, 6))},
      .year_starts = std::chrono::month{static_cast<unsigned>(number(1, 12))} /
                     std::chrono::day{static_cast<unsigned>(number(1, 28))}};
  LookBack span{one_of(kUnits, random), number(1, 24)};
  if (span.unit == Unit::kMillisecond) span.amount *= number(0, 1) == 0 ? kDayMs : 5 * 60'000;
  return {window(one_of(kWindows, random), rules),
          EventTime{Duration{number(0, (kEndOfEventTime - EventTime{}).count())}}, span};
}

bool is_boundary(const std::optional<WindowSpec>& spec, EventTime time) {
  return spec && spec->last_start(time) == time;
}

class LookBackAtRandom : public testing::TestWithParam<uint64_t> {
 protected:
  static constexpr int kScenes = 3'000;
  std::mt19937_64 random_{GetParam()};
};

TEST_P(LookBackAtRandom, LeadsToAWindowOfTheSpecThatIsOverBeforeItsOwnSpanIs) {
  for (int i = 0; i < kScenes; ++i) {
    const auto [spec, time, span] = random_scene(random_);
    if (check_earlier(spec, span)) continue;
    SCOPED_TRACE(spec.name() + " " + to_string(span) + " " + format_rfc3339(time));
    const Window here = around(spec, time);
    const Window back = earlier(spec, here, span);
    ASSERT_LT(back.start, here.start);
    ASSERT_LT(back.end, here.end);
    ASSERT_LE(here.start - back.start, longest_look_back(spec, span));
    ASSERT_EQ(spec.calendar() ? spec.ending_at(back.end) : back, back);
    const auto cuts = cuts_of_earlier(spec, span);
    ASSERT_TRUE(is_boundary(spec, back.start) || is_boundary(cuts, back.start));
    ASSERT_TRUE(is_boundary(spec, back.end) || is_boundary(cuts, back.end));
    if (span.unit == Unit::kWindow && span.amount == 1) {
      ASSERT_EQ(back.end, here.start);
    }
  }
}

TEST_P(LookBackAtRandom, RemembersAStretchBetweenBoundariesUpToTheWindow) {
  for (int i = 0; i < kScenes; ++i) {
    const auto [spec, time, span] = random_scene(random_);
    if (check_memory(spec, span)) continue;
    SCOPED_TRACE(spec.name() + " " + to_string(span) + " " + format_rfc3339(time));
    const Window here = around(spec, time);
    const Window memory = memory_before(spec, here, span);
    ASSERT_LT(memory.start, memory.end);
    ASSERT_EQ(memory.end, here.start);
    ASSERT_LE(here.start - memory.start, longest_look_back(spec, span));
    const auto cuts = cuts_of_memory(spec, span);
    ASSERT_TRUE(is_boundary(spec, memory.start) || is_boundary(cuts, memory.start));
    if (!check_earlier(spec, span)) {
      ASSERT_EQ(memory.start, earlier(spec, here, span).start);
    }
  }
}

TEST_P(LookBackAtRandom, CountsWindowsAsIfOneByOne) {
  for (int i = 0; i < kScenes / 30; ++i) {
    const auto [spec, time, span] = random_scene(random_);
    const LookBack windows{Unit::kWindow, span.unit == Unit::kWindow ? span.amount * 60 : 366};
    if (check_earlier(spec, windows)) continue;
    SCOPED_TRACE(spec.name() + " " + to_string(windows) + " " + format_rfc3339(time));
    Window one_by_one = around(spec, time);
    for (int64_t step = 0; step < windows.amount; ++step) {
      one_by_one = spec.calendar() ? spec.ending_at(one_by_one.start)
                                   : Window{one_by_one.start - spec.size(), one_by_one.start};
    }
    ASSERT_EQ(earlier(spec, around(spec, time), windows), one_by_one);
  }
}

TEST_P(LookBackAtRandom, IsTheSameInOneStepAsInTwoWhereNoDayIsLeftOut) {
  for (int i = 0; i < kScenes; ++i) {
    const auto [spec, time, span] = random_scene(random_);
    if (check_earlier(spec, span)) continue;
    // Days clamp at the ends of months, and Samoa has no 30th of December 2011.
    const bool of_days = spec.calendar() && spec.calendar()->unit() == CalendarUnit::kDay;
    if (of_days && span.unit != Unit::kWindow) continue;
    SCOPED_TRACE(spec.name() + " " + to_string(span) + " " + format_rfc3339(time));
    const Window here = around(spec, time);
    const LookBack twice{span.unit, 2 * span.amount};
    ASSERT_EQ(earlier(spec, here, twice), earlier(spec, earlier(spec, here, span), span));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LookBackAtRandom, testing::Range<uint64_t>(1, 4));

}  // namespace
}  // namespace kpid
