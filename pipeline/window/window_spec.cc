#include "pipeline/window/window_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

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

constexpr std::array<std::string_view, 5> kCalendarWindows = {"day", "week", "month", "quarter",
                                                              "year"};

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

bool is_calendar(std::string_view word) {
  return std::find(kCalendarWindows.begin(), kCalendarWindows.end(), word) !=
         kCalendarWindows.end();
}

int64_t floor_to(int64_t value, int64_t step) {
  const int64_t rest = value % step;
  return rest < 0 ? value - rest - step : value - rest;
}

}  // namespace

EventTime WindowSpec::last_start(EventTime time) const {
  return EventTime{Duration{floor_to(time.time_since_epoch().count(), slide.count())}};
}

EventTime WindowSpec::next_end(EventTime time) const {
  // Ends are multiples of the slide too, for the slide divides the size.
  return last_start(time) + slide;
}

EventTime WindowSpec::last_end(EventTime time) const { return last_start(time); }

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

TextResult<WindowSpec> parse_window(std::string_view text) {
  const std::vector<Word> words = split_words(text);
  if (words.empty()) return refused({0, 1, "the window is empty", "write 5m or 1h every 10s"});
  if (is_calendar(words[0].text)) {
    return refused(mistake(
        words[0], fmt::format("calendar windows such as '{}' are not supported yet", words[0].text),
        "use a fixed window, like 1d or 30d"));
  }
  const auto size = read_duration(words[0]);
  if (!size) return refused(size.error());
  if (*size <= Duration::zero()) return refused(mistake(words[0], "a window must have a length"));
  if (words.size() == 1) return WindowSpec{std::string(words[0].text), *size, *size};
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
  return WindowSpec{fmt::format("{} every {}", words[0].text, words[2].text), *size, *slide};
}

}  // namespace kpid
