#include "pipeline/decode/time_pattern.h"

#include <algorithm>
#include <array>

#include "pipeline/check.h"

namespace kpid {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 2> kHalves = {"am", "pm"};
// Names may be written with their first letters only, as %b and %a are.
constexpr size_t kShortName = 3;

// strptime's rule for years of two digits: 69 to 99 are 1969 to 1999.
constexpr int kFirstYearOf1900 = 69;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// The parts of a date and a time of day as they are read, before they are put together.
struct Parts {
  int year = 0;
  int month = 0;
  int day = 0;
  int day_of_year = 0;  ///< 0: not given
  int weekday = -1;     ///< from Sunday; -1: not given
  int hour = 0;
  int half = -1;  ///< 0: am, 1: pm; -1: a clock of 24 hours
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  std::optional<minutes> offset;

  std::optional<sys_days> date() const {
    sys_days found;
    if (day_of_year > 0) {
      found = sys_days{std::chrono::year{year} / 1 / 1} + days{day_of_year - 1};
      if (year_month_day{found}.year() != std::chrono::year{year}) return std::nullopt;
    } else {
      const year_month_day date{std::chrono::year{year},
                                std::chrono::month{static_cast<unsigned>(month)},
                                std::chrono::day{static_cast<unsigned>(day)}};
      if (!date.ok()) return std::nullopt;
      found = date;
    }
    const auto actual = std::chrono::weekday{found}.c_encoding();
    if (weekday >= 0 && actual != static_cast<unsigned>(weekday)) return std::nullopt;
    return found;
  }

  std::optional<ClockReading> reading() const {
    const std::optional<sys_days> date_read = date();
    if (!date_read) return std::nullopt;
    const int hour_read = half < 0 ? hour : hour % 12 + 12 * half;
    const Duration time_of_day =
        hours{hour_read} + minutes{minute} + seconds{second} + milliseconds{millisecond};
    return ClockReading{LocalTime{date_read->time_since_epoch() + time_of_day}, offset};
  }
};

/// Takes pieces off the front of a text. Each function says whether the piece was there.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool literal(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void blanks() {
    while (!rest_.empty() && is_blank(rest_[0])) rest_.remove_prefix(1);
  }

  /// A number of `fewest` to `most` digits between `low` and `high`.
  bool number(size_t fewest, size_t most, int low, int high, int& value) {
    size_t size = 0;
    value = 0;
    while (size < most && size < rest_.size() && is_digit(rest_[size])) {
      value = value * 10 + (rest_[size++] - '0');
    }
    rest_.remove_prefix(size);
    return size >= fewest && value >= low && value <= high;
  }

  /// One of the names, or its first letters, in any case; `index` from 0.
  template <size_t kCount>
  bool name(const std::array<std::string_view, kCount>& names, int& index) {
    for (size_t i = 0; i < kCount; ++i) {
      if (!starts_with(names[i].substr(0, kShortName))) continue;
      const bool whole = starts_with(names[i]);
      rest_.remove_prefix(whole ? names[i].size() : std::min(kShortName, names[i].size()));
      index = static_cast<int>(i);
      return true;
    }
    return false;
  }

  /// A fraction of a second behind the point, cut at milliseconds; at least one digit.
  bool fraction(int& millisecond) {
    size_t size = 0;
    millisecond = 0;
    for (; size < rest_.size() && is_digit(rest_[size]); ++size) {
      if (size < 3) millisecond = millisecond * 10 + (rest_[size] - '0');
    }
    for (size_t i = size; i < 3; ++i) millisecond *= 10;
    rest_.remove_prefix(size);
    return size > 0;
  }

  /// Seconds with the fraction behind them, if there is one.
  bool seconds_and_fraction(size_t fewest, Parts& parts) {
    if (!number(fewest, 2, 0, 60, parts.second)) return false;
    if (rest_.size() < 2 || rest_[0] != '.' || !is_digit(rest_[1])) return true;
    rest_.remove_prefix(1);
    return fraction(parts.millisecond);
  }

  /// `+hh:mm`; without the colon, and without the minutes, where `strict` is not asked for.
  bool numeric_offset(bool strict, std::optional<minutes>& offset) {
    const bool negative = !rest_.empty() && rest_[0] == '-';
    if (!literal('+') && !literal('-')) return false;
    int hour = 0;
    int minute = 0;
    if (!number(2, 2, 0, 23, hour)) return false;
    const bool colon = literal(':');
    const bool minutes_follow = colon || strict || (!rest_.empty() && is_digit(rest_[0]));
    if (strict && !colon) return false;
    if (minutes_follow && !number(2, 2, 0, 59, minute)) return false;
    const minutes distance = hours{hour} + minutes{minute};
    offset = negative ? -distance : distance;
    return true;
  }

  bool zulu(std::optional<minutes>& offset) {
    if (!literal('Z') && !literal('z')) return false;
    offset = minutes{0};
    return true;
  }

 private:
  bool starts_with(std::string_view name) const {
    return rest_.size() >= name.size() &&
           std::equal(name.begin(), name.end(), rest_.begin(),
                      [](char wanted, char c) { return wanted == lower(c); });
  }

  std::string_view rest_;
};

bool read_specifier(char specifier, Cursor& cursor, Parts& parts) {
  switch (specifier) {
    case 'Y':
      return cursor.number(4, 4, 0, 9999, parts.year);
    case 'y':
      if (!cursor.number(1, 2, 0, 99, parts.year)) return false;
      parts.year += parts.year < kFirstYearOf1900 ? 2000 : 1900;
      return true;
    case 'm':
      return cursor.number(1, 2, 1, 12, parts.month);
    case 'b':
      if (!cursor.name(kMonths, parts.month)) return false;
      ++parts.month;
      return true;
    case 'e':
      cursor.blanks();
      return cursor.number(1, 2, 1, 31, parts.day);
    case 'd':
      return cursor.number(1, 2, 1, 31, parts.day);
    case 'j':
      return cursor.number(1, 3, 1, 366, parts.day_of_year);
    case 'a':
      return cursor.name(kWeekdays, parts.weekday);
    case 'H':
      return cursor.number(1, 2, 0, 23, parts.hour);
    case 'I':
      return cursor.number(1, 2, 1, 12, parts.hour);
    case 'p':
      return cursor.name(kHalves, parts.half);
    case 'M':
      return cursor.number(1, 2, 0, 59, parts.minute);
    case 'S':
      return cursor.seconds_and_fraction(1, parts);
    case 'z':
      return cursor.zulu(parts.offset) || cursor.numeric_offset(false, parts.offset);
  }
  KPID_ASSERT(!"a specifier that compile lets through is not read");
  return false;
}

/// What a specifier that stands for others is short for; empty for all others.
std::string_view long_form(char specifier) {
  switch (specifier) {
    case 'D':
      return "%m/%d/%y";
    case 'F':
      return "%Y-%m-%d";
    case 'R':
      return "%H:%M";
    case 'T':
      return "%H:%M:%S";
    case 'B':
    case 'h':
      return "%b";
    case 'A':
      return "%a";
    default:
      return {};
  }
}

}  // namespace

bool TimePattern::has(char specifier) const {
  return std::ranges::any_of(items_, [&](const Item& item) {
    return item.kind == Item::Kind::kSpecifier && item.character == specifier;
  });
}

bool TimePattern::add_specifier(char specifier) {
  constexpr std::string_view kKnown = "YymbedjaHIpMSz";
  if (specifier == '%') {
    items_.push_back({Item::Kind::kLiteral, '%'});
  } else if (specifier == 'n' || specifier == 't') {
    items_.push_back({Item::Kind::kBlanks, ' '});
  } else if (kKnown.find(specifier) != std::string_view::npos) {
    items_.push_back({Item::Kind::kSpecifier, specifier});
  } else {
    return false;
  }
  return true;
}

Result<TimePattern> TimePattern::compile(std::string_view pattern) {
  TimePattern compiled;
  std::string expanded;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool specifier = pattern[i] == '%' && i + 1 < pattern.size();
    const std::string_view replacement = specifier ? long_form(pattern[i + 1]) : "";
    expanded += replacement.empty() ? pattern.substr(i, specifier ? 2 : 1) : replacement;
    if (specifier) ++i;
  }
  for (size_t i = 0; i < expanded.size(); ++i) {
    if (expanded[i] != '%') {
      const bool blank = is_blank(expanded[i]);
      compiled.items_.push_back({blank ? Item::Kind::kBlanks : Item::Kind::kLiteral, expanded[i]});
      continue;
    }
    if (++i == expanded.size()) return failure("the pattern ends in a single %");
    if (!compiled.add_specifier(expanded[i])) {
      return failure(std::string("%") + expanded[i] + " is not supported in a time pattern");
    }
  }
  const bool day_of_month = compiled.has('d') || compiled.has('e');
  if (!compiled.has('Y') && !compiled.has('y')) return failure("the pattern names no year (%Y)");
  if (!compiled.has('j') && !(compiled.has('m') || compiled.has('b'))) {
    return failure("the pattern names no month (%m)");
  }
  if (!compiled.has('j') && !day_of_month) return failure("the pattern names no day (%d)");
  if (compiled.has('I') != compiled.has('p')) {
    return failure("%I and %p stand together, or neither");
  }
  return compiled;
}

std::optional<ClockReading> TimePattern::read(std::string_view text) const {
  Cursor cursor(text);
  Parts parts;
  for (const Item& item : items_) {
    switch (item.kind) {
      case Item::Kind::kBlanks:
        cursor.blanks();
        break;
      case Item::Kind::kLiteral:
        if (!cursor.literal(item.character)) return std::nullopt;
        break;
      case Item::Kind::kSpecifier:
        if (!read_specifier(item.character, cursor, parts)) return std::nullopt;
        break;
    }
  }
  if (!cursor.at_end()) return std::nullopt;
  return parts.reading();
}

std::optional<ClockReading> read_rfc3339(std::string_view text) {
  Cursor cursor(text);
  Parts parts;
  const bool matches = cursor.number(4, 4, 0, 9999, parts.year) && cursor.literal('-') &&
                       cursor.number(2, 2, 1, 12, parts.month) && cursor.literal('-') &&
                       cursor.number(2, 2, 1, 31, parts.day) &&
                       (cursor.literal('T') || cursor.literal('t') || cursor.literal(' ')) &&
                       cursor.number(2, 2, 0, 23, parts.hour) && cursor.literal(':') &&
                       cursor.number(2, 2, 0, 59, parts.minute) && cursor.literal(':') &&
                       cursor.seconds_and_fraction(2, parts) &&
                       (cursor.zulu(parts.offset) || cursor.numeric_offset(true, parts.offset)) &&
                       cursor.at_end();
  return matches ? parts.reading() : std::nullopt;
}

}  // namespace kpid
