#include "pipeline/window/window_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "pipeline/check.h"
#include "pipeline/formula/spelling.h"

namespace kpid {

namespace {

struct Unit {
  std::string_view name;
  Duration length;
};

constexpr std::array<Unit, 5> kUnits = {{{"ms", std::chrono::milliseconds{1}},
                                         {"s", std::chrono::seconds{1}},
                                         {"m", std::chrono::minutes{1}},
                                         {"h", std::chrono::hours{1}},
                                         {"d", std::chrono::hours{24}}}};

constexpr std::array<std::pair<std::string_view, CalendarUnit>, 5> kCalendarUnits = {
    {{"day", CalendarUnit::kDay},
     {"week", CalendarUnit::kWeek},
     {"month", CalendarUnit::kMonth},
     {"quarter", CalendarUnit::kQuarter},
     {"year", CalendarUnit::kYear}}};

// A century: longer than any window that can be meant, short enough that sums never overflow.
constexpr Duration kLongestDuration = std::chrono::hours{24} * 36525;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

struct Word {
  std::string_view text;
  size_t offset = 0;
};

std::vector<Word> split_words(std::string_view text) {
  std::vector<Word> words;
  size_t at = 0;
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    const size_t start = at;
    while (at < text.size() && !is_blank(text[at])) ++at;
    words.push_back({text.substr(start, at - start), start});
  }
  return words;
}

TextError mistake(const Word& word, std::string text, std::string hint = "") {
  return {word.offset, std::max<size_t>(word.text.size(), 1), std::move(text), std::move(hint)};
}

tl::unexpected<std::vector<TextError>> refused(TextError error) {
  return tl::unexpected<std::vector<TextError>>(std::vector<TextError>{std::move(error)});
}

tl::expected<Duration, TextError> read_duration(const Word& word) {
  const char* const begin = word.text.data();
  const char* const end = begin + word.text.size();
  int64_t amount = 0;
  const auto [rest, status] = std::from_chars(begin, end, amount);
  if (rest == begin || amount < 0 || *begin == '-') {
    return tl::unexpected(mistake(word, fmt::format("'{}' is not a duration", word.text),
                                  "write a number and a unit, like 30s, 10m, 1h or 7d"));
  }
  const std::string_view unit_text(rest, static_cast<size_t>(end - rest));
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                 [&](const Unit& u) { return u.name == unit_text; });
  if (unit == kUnits.end()) {
    return tl::unexpected(mistake(word,
                                  unit_text.empty()
                                      ? fmt::format("'{}' has no unit", word.text)
                                      : fmt::format("'{}' is not a unit of time", unit_text),
                                  "the units are ms, s, m, h and d"));
  }
  if (status == std::errc::result_out_of_range || amount > kLongestDuration / unit->length) {
    return tl::unexpected(
        mistake(word, fmt::format("'{}' is longer than a hundred years", word.text)));
  }
  return amount * unit->length;
}

std::optional<CalendarUnit> calendar_unit(std::string_view word) {
  const auto unit = std::find_if(kCalendarUnits.begin(), kCalendarUnits.end(),
                                 [&](const auto& known) { return known.first == word; });
  return unit == kCalendarUnits.end() ? std::nullopt : std::optional(unit->second);
}

/// What people call windows of the calendar elsewhere, too far from our words for a spelling hint.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kForeignWindows = {
    {{"daily", "day"},
     {"weekly", "week"},
     {"monthly", "month"},
     {"quarterly", "quarter"},
     {"yearly", "year"},
     {"annual", "year"},
     {"annually", "year"},
     {"hour", "1h"},
     {"hourly", "1h"}}};

/// What the word was most likely meant to be; empty where it is like nothing that can be written.
std::string_view meant_window(std::string_view word) {
  const auto foreign = std::find_if(kForeignWindows.begin(), kForeignWindows.end(),
                                    [&](const auto& known) { return known.first == word; });
  if (foreign != kForeignWindows.end()) return foreign->second;
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, unit] : kCalendarUnits) all.emplace_back(name);
    return all;
  }();
  return nearest_name(word, names);
}

/// All that can be written, behind what is wrong with the first word of a window as a length.
TextError with_windows(const Word& word, TextError wrong_length) {
  constexpr std::string_view kWindows =
      "a window is a length, like 5m or 1h every 10s, or one of day, week, month, quarter, year";
  if (word.text[0] >= '0' && word.text[0] <= '9') {
    if (!wrong_length.hint.empty()) wrong_length.hint += fmt::format("; {}", kWindows);
    return wrong_length;
  }
  const std::string_view meant = meant_window(word.text);
  return mistake(word, fmt::format("'{}' is not a window", word.text),
                 meant.empty() ? std::string(kWindows)
                               : fmt::format("did you mean '{}'? {}", meant, kWindows));
}

int64_t floor_to(int64_t value, int64_t step) {
  const int64_t rest = value % step;
  return rest < 0 ? value - rest - step : value - rest;
}

}  // namespace

WindowSpec WindowSpec::fixed(std::string name, Duration size, Duration slide) {
  KPID_ASSERT(Duration::zero() < slide && slide <= size && size.count() % slide.count() == 0);
  WindowSpec spec;
  spec.name_ = std::move(name);
  spec.size_ = size;
  spec.slide_ = slide;
  return spec;
}

WindowSpec WindowSpec::of_calendar(std::string name, Calendar calendar) {
  WindowSpec spec;
  spec.name_ = std::move(name);
  spec.calendar_ = std::move(calendar);
  return spec;
}

EventTime WindowSpec::last_start(EventTime time) const {
  if (calendar_) return calendar_->start_of(time);
  return EventTime{Duration{floor_to(time.time_since_epoch().count(), slide_.count())}};
}

EventTime WindowSpec::next_end(EventTime time) const {
  if (calendar_) return calendar_->next_start(time);
  // Ends are multiples of the slide too, for the slide divides the size.
  return last_start(time) + slide_;
}

EventTime WindowSpec::last_end(EventTime time) const { return last_start(time); }

EventTime WindowSpec::last_end_around(EventTime time) const {
  return calendar_ ? calendar_->next_start(time) : last_start(time) + size_;
}

EventTime WindowSpec::end_before(EventTime end) const {
  return calendar_ ? calendar_->start_of(end - Duration{1}) : end - slide_;
}

Window WindowSpec::ending_at(EventTime end) const {
  return {calendar_ ? calendar_->start_of(end - Duration{1}) : end - size_, end};
}

bool WindowSpec::same_windows(const WindowSpec& other) const {
  return size_ == other.size_ && slide_ == other.slide_ && calendar_ == other.calendar_;
}

TextResult<Duration> parse_duration(std::string_view text) {
  const std::vector<Word> words = split_words(text);
  if (words.size() != 1) {
    return refused({0, std::max<size_t>(text.size(), 1),
                    fmt::format("'{}' is not a duration", text),
                    "write a number and a unit, like 30s, 10m, 1h or 7d"});
  }
  auto duration = read_duration(words[0]);
  if (!duration) return refused(std::move(duration.error()));
  return *duration;
}

std::string format_duration(Duration duration) {
  const auto unit = std::find_if(kUnits.rbegin(), kUnits.rend(), [&](const Unit& u) {
    return duration >= u.length && duration % u.length == Duration::zero();
  });
  const Unit& exact = unit == kUnits.rend() ? kUnits.front() : *unit;
  return fmt::format("{}{}", duration / exact.length, exact.name);
}

TextResult<WindowSpec> parse_window(std::string_view text, const CalendarRules& rules) {
  const std::vector<Word> words = split_words(text);
  if (words.empty()) return refused({0, 1, "the window is empty", "write 5m, 1h every 10s or day"});
  if (const size_t at = text.find_first_of("()"); at != std::string_view::npos) {
    return refused({at, 1, fmt::format("'{}' is not a window", text),
                    "write windows without parentheses, like [5m, 1h every 10s]"});
  }
  if (const auto unit = calendar_unit(words[0].text)) {
    if (words.size() == 1) {
      return WindowSpec::of_calendar(std::string(words[0].text), Calendar(*unit, rules));
    }
    return refused(
        mistake(words[1], fmt::format("'{}' is not a window", text),
                fmt::format("calendar windows do not overlap; write {}", words[0].text)));
  }
  const auto size = read_duration(words[0]);
  if (!size) return refused(with_windows(words[0], size.error()));
  if (*size <= Duration::zero()) return refused(mistake(words[0], "a window must have a length"));
  if (words.size() == 1) return WindowSpec::fixed(std::string(words[0].text), *size, *size);
  if (words[1].text != "every" || words.size() != 3) {
    return refused(mistake(words[1].text == "every" ? words.back() : words[1],
                           fmt::format("'{}' is not a window", text),
                           "write 5m for tumbling windows or 1h every 10s for hopping ones"));
  }
  const auto slide = read_duration(words[2]);
  if (!slide) return refused(slide.error());
  if (*slide <= Duration::zero()) return refused(mistake(words[2], "a slide must have a length"));
  if (*slide > *size) {
    return refused(mistake(words[2], "the slide is longer than the window",
                           "events between two windows would count nowhere; make the slide at most "
                           "the size"));
  }
  if (size->count() % slide->count() != 0) {
    return refused(mistake(words[2], fmt::format("the slide {} does not divide the size {}",
                                                 words[2].text, words[0].text)));
  }
  return WindowSpec::fixed(fmt::format("{} every {}", words[0].text, words[2].text), *size, *slide);
}

}  // namespace kpid
