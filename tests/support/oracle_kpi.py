"""One KPI from the plain lists of its events: each window is counted anew from them."""

import bisect
import itertools
import re

from oracle_aggregates import Limits, Notes
from oracle_calendar import CalendarWindows, FixedWindows
from oracle_formula import Formula
from oracle_output import group_text, published, rfc3339

DURATION_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
CALENDAR = {"day", "week", "month", "quarter", "year"}


def duration_ms(text):
    amount, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(amount) * DURATION_MS[unit]


def windows_of(text, rules):
    window = " ".join(text.split())
    if window in CALENDAR:
        return CalendarWindows(window, rules)
    size, _, slide = window.partition(" every ")
    return FixedWindows(window, duration_ms(size), duration_ms(slide or size))


class Group:
    """The times of a group's events, and what each aggregate took of them, in order of event time,
    partition and offset once it is sorted."""

    def __init__(self, aggregates):
        self.times = []
        self.taken = [[] for _ in range(aggregates)]

    def sort(self):
        self.times.sort()
        for taken in self.taken:
            taken.sort(key=lambda entry: entry[:3])


class Place:
    """A group and a window [start, end): where a formula is evaluated."""

    def __init__(self, kpi, windows, group, start, end):
        self.kpi, self.windows, self.group = kpi, windows, group
        self.start, self.end = start, end
        self.limits = kpi.limits

    def earlier(self, span):
        earlier = self.windows.earlier(self.start, self.end, span)
        return Place(self.kpi, self.windows, self.group, *earlier)

    def memory(self, span):
        return self.windows.memory(self.start, span)

    def taken(self, aggregate, start, end):
        """What the aggregate took from the group's events in [start, end)."""
        taken = self.group.taken[aggregate]
        first = bisect.bisect_left(taken, (start,))
        return taken[first : bisect.bisect_left(taken, (end,))]

    def of_all_groups(self):
        """The same window of every group with an event in it."""
        for group in self.kpi.groups.values():
            first = bisect.bisect_left(group.times, self.start)
            if first < len(group.times) and group.times[first] < self.end:
                yield Place(self.kpi, self.windows, group, self.start, self.end)

    def once_per_window(self, what, compute):
        """What is the same for all groups of a window need not be computed for each."""
        key = what, self.start, self.end
        if key not in self.kpi.known_totals:
            self.kpi.known_totals[key] = compute()
        return self.kpi.known_totals[key]


class Kpi:
    """`all_kpis` are those that the formula may use by name; `rules` those of the calendar."""

    def __init__(self, name, all_kpis, field_types, rules, limits):
        declared = all_kpis[name]
        self.name, self.limits = name, Limits(limits)
        self.formula = Formula(declared["formula"], field_types, declared["time_zone"], all_kpis)
        self.by = declared.get("by", [])
        self.windows = [windows_of(text, {**rules, **declared}) for text in declared["windows"]]
        self.groups, self.known_totals = {}, {}
        self.kinds = field_types
        self.takers = {
            source: [
                (index, aggregate)
                for index, aggregate in enumerate(self.formula.aggregates)
                if aggregate.source == source
            ]
            for source in self.formula.sources
        }

    def field_of(self, label, source):
        """The field of the source that a label of `by` shows."""
        field = self.by[label] if isinstance(self.by, dict) else label
        return field.get(source, label) if isinstance(field, dict) else field

    def add(self, source, occasion, fields):
        """`occasion` is (event time, partition, offset)."""
        by = [self.field_of(label, source) for label in self.by]
        key = tuple(group_text(self.kinds[source][field], fields[field]) for field in by)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(len(self.formula.aggregates))
        group.times.append(occasion[0])
        for index, aggregate in self.takers[source]:
            taken = aggregate.take(fields)
            if taken is not None:
                group.taken[index].append((*occasion, *taken))

    def results(self):
        """(end, kpi, window, group values) and what is printed, for every window with an event."""
        self.known_totals.clear()
        for group in self.groups.values():
            group.sort()
        for windows, (key, group) in itertools.product(self.windows, self.groups.items()):
            for end in {end for time in group.times for end in windows.ends_around(time)}:
                place = Place(self, windows, group, windows.start(end), end)
                yield (end, self.name, windows.name, key), self.line(place, key)

    def line(self, place, key):
        notes = Notes()
        value = published(self.formula.value(place, notes))
        samples = place.taken(self.formula.samples_index, place.start, place.end)
        line = {
            "kpi": self.name,
            "window": place.windows.name,
            "start": rfc3339(place.start),
            "end": rfc3339(place.end),
            "group": dict(zip(self.by, key)),
            "value": value,
            "samples": str(len(samples)),
        }
        if notes.estimated and value is not None:
            line["estimated"] = True
        return line
