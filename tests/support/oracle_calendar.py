"""Windows the slow and obvious way: fixed ones by arithmetic, calendar ones by the standard
library's dates and zones."""

import datetime
from zoneinfo import ZoneInfo

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)
WEEK_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class FixedWindows:
    def __init__(self, name, size, slide):
        self.name, self.size, self.slide = name, size, slide

    def slice_start(self, event_time):
        return event_time // self.slide * self.slide

    def ends(self, slice_start):
        return (slice_start + self.slide + at for at in range(0, self.size, self.slide))

    def start(self, end):
        return end - self.size

    def slice_starts(self, end):
        return range(end - self.size, end, self.slide)


class CalendarWindows:
    """Each window is one slice."""

    def __init__(self, name, rules):
        self.name = name
        self.zone = ZoneInfo(rules.get("time_zone", "UTC"))
        self.week_starts = WEEK_DAYS.index(rules.get("week_starts", "monday"))
        self.year_starts = [int(part) for part in rules.get("year_starts", "01-01").split("-")]

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
        months = [month - 1 + MONTHS[self.name] * n for n in range(60)]
        return (datetime.date(date.year - 2 + m // 12, m % 12 + 1, day) for m in months)

    def bounds(self, event_time):
        date = (EPOCH + event_time * MILLISECOND).astimezone(self.zone).date()
        starts = [self.midnight(first) for first in self.first_days(date)]
        start = max(start for start in starts if start <= event_time)
        return start, min(end for end in starts if end > event_time)

    def slice_start(self, event_time):
        return self.bounds(event_time)[0]

    def ends(self, slice_start):
        return [self.bounds(slice_start)[1]]

    def start(self, end):
        return self.bounds(end - 1)[0]

    def slice_starts(self, end):
        return [self.start(end)]
