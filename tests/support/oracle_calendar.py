"""Windows the slow and obvious way: fixed ones by arithmetic, calendar ones by the standard
library's dates and zones."""

import calendar
import datetime
import functools
from zoneinfo import ZoneInfo

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)
WEEK_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": 1, "week": 7}
DAY_MS = 86_400_000
UNIT_MS = {"millisecond": 1, "day": DAY_MS, "week": 7 * DAY_MS}


class FixedWindows:
    def __init__(self, name, size, slide):
        self.name, self.size, self.slide = name, size, slide

    def ends_around(self, event_time):
        """The ends of all windows that the instant falls into."""
        first = event_time // self.slide * self.slide + self.slide
        return range(first, first + self.size, self.slide)

    def start(self, end):
        return end - self.size

    def earlier(self, start, end, span):
        """The window that lies `span` before [start, end)."""
        length = self.length(span)
        return start - length, end - length

    def memory(self, start, span):
        """The stretch of `span` that ends at `start`, the start of a window."""
        return start - self.length(span), start

    def length(self, span):
        _, amount, unit = span
        return amount * (self.size if unit == "window" else UNIT_MS[unit])


def moved(date, months, days):
    """The date so many months and then days before: a day that its month lacks is the last."""
    year, month = divmod(date.year * 12 + date.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(date.day, last)) - datetime.timedelta(days=days)


def date_step(span):
    """A span in months and days; nothing for windows and parts of a day."""
    _, amount, unit = span
    if unit in MONTHS:
        return amount * MONTHS[unit], 0
    if unit in DAYS:
        return 0, amount * DAYS[unit]
    return (0, amount // DAY_MS) if unit == "millisecond" and amount % DAY_MS == 0 else None


class CalendarWindows:
    """Each window is a day of the zone, or several."""

    def __init__(self, name, rules):
        self.name, self.rules = name, rules
        self.zone = ZoneInfo(rules.get("time_zone", "UTC"))
        self.week_starts = WEEK_DAYS.index(rules.get("week_starts", "monday"))
        self.year_starts = [int(part) for part in rules.get("year_starts", "01-01").split("-")]
        self.starts_near = functools.cache(self.starts_near)

    def midnight(self, date):
        local = datetime.datetime(date.year, date.month, date.day, tzinfo=self.zone)
        return (local.astimezone(datetime.timezone.utc) - EPOCH) // MILLISECOND

    def first_days(self, date):
        """First days of units from well before `date` on, ascending."""
        if self.name == "day":
            return (date + datetime.timedelta(days=n) for n in range(-3, 4))
        if self.name == "week":
            monday = date - datetime.timedelta(days=date.weekday())
            first = monday + datetime.timedelta(days=self.week_starts - 14)
            return (first + datetime.timedelta(days=7 * n) for n in range(5))
        month, day = (1, 1) if self.name == "month" else self.year_starts
        months = range(month - 1, month + 59, MONTHS[self.name])
        return (datetime.date(date.year - 2 + m // 12, m % 12 + 1, day) for m in months)

    def starts_near(self, date):
        """Starts of units from well before `date` on, ascending."""
        return [self.midnight(first) for first in self.first_days(date)]

    def date_at(self, event_time):
        return (EPOCH + event_time * MILLISECOND).astimezone(self.zone).date()

    def bounds(self, event_time):
        starts = self.starts_near(self.date_at(event_time))
        start = max(start for start in starts if start <= event_time)
        return start, min(end for end in starts if end > event_time)

    def ends_around(self, event_time):
        return [self.bounds(event_time)[1]]

    def start(self, end):
        return self.bounds(end - 1)[0]

    def unit_of(self, date):
        """The window with that day in it; a day that the zone left out counts as the one before."""
        after = min(first for first in self.first_days(date) if first > date)
        return self.bounds(self.midnight(after) - 1)

    def earlier(self, start, end, span):
        """The window that lies `span` before [start, end), by the date or by counting windows."""
        if span[2] == "window":
            for _ in range(span[1]):
                start, end = self.start(start), start
            return start, end
        return self.unit_of(moved(self.date_at(start), *date_step(span)))

    def memory(self, start, span):
        """The stretch of `span` that ends at `start`, the start of a window: it begins with a
        window where the span is a whole number of them, else with a day."""
        if span[2] == "window" or self.moves_by(span):
            return self.earlier(start, None, span)[0], start
        days = CalendarWindows("day", self.rules)
        return days.unit_of(moved(self.date_at(start), *date_step(span)))[0], start

    def moves_by(self, span):
        """Whether the span leads from the first day of a window to that of another."""
        step = date_step(span)
        if step is None:
            return False
        months, days = step
        if self.name in DAYS:
            return self.name == "day" or months == 0 and days % 7 == 0
        return days == 0 and months % MONTHS[self.name] == 0
