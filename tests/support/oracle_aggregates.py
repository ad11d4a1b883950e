"""Aggregates over plain lists of what was taken: every value, one by one.

A value taken is (time, partition, offset, value, key), the lists are in that order; the key is that
of `top_share` alone.
"""

from fractions import Fraction
from math import ceil, floor

from oracle_numbers import Estimate, nearest_root
from oracle_parser import NANOS, WITH_MEMORY
from oracle_rows import RowCompiler

UNITS = {"int": 1, "decimal": NANOS, "duration": NANOS, "time": 1000}
EXACT_VALUES = 2048  # more different ones than these, and a quantile is estimated
QUANTILE_ERROR = Fraction(1, 128)
DISTINCT_ERROR = 5 * Fraction(81, 10_000)  # five standard errors of the HyperLogLog
DISTINCT_ERROR_LEAST = 2  # of a few dozens two may fall together by chance


class Notes:
    """What is to be said beside a value."""

    def __init__(self):
        self.estimated = False
        self.over_limit = False


class Limits:
    """How much is counted exactly, and kept at all."""

    def __init__(self, declared):
        self.max_distinct = declared.get("max_distinct", 16_384)
        self.max_keys = declared.get("max_keys", 100_000)


def names_in(tree):
    if isinstance(tree, tuple) and tree and tree[0] == "literal":
        return
    if isinstance(tree, tuple) and tree and tree[0] == "name":
        yield tree[1]
        return
    if isinstance(tree, (tuple, list)):
        for part in tree:
            yield from names_in(part)


class Aggregate:
    """One aggregate of a formula: what it takes from an event, and its value for a list of them."""

    def __init__(self, tree, sources, time_zone):
        _, self.function, arguments, condition, self.memory = tree
        argument, self.parameter, key = self.parts(arguments)
        self.source = self.find_source(argument, (condition, key), sources)
        compiler = RowCompiler(self.source, sources[self.source], time_zone)
        self.kind, self.argument = "int", None
        if argument != ("name", self.source):
            self.kind, self.argument = compiler.compile(argument)
        self.condition = compiler.compile(condition)[1] if condition else None
        self.key = compiler.compile(key)[1] if key else None

    def parts(self, arguments):
        """What is aggregated, the literal before it, and what `by:` names."""
        if self.function == "quantile":
            (_, kind, units), argument = arguments
            return argument, Fraction(units, UNITS[kind]), None
        if self.function == "top_share":
            (_, _, number), argument, key = arguments
            return argument, number, key
        (argument,) = arguments
        return argument, None, None

    @staticmethod
    def find_source(argument, others, sources):
        if argument[0] == "name" and argument[1] in sources:
            return argument[1]
        for name in names_in((argument, others)):
            if "." in name:
                return name.split(".")[0]
        raise ValueError("no source")

    def take(self, event):
        """The value and the key, or None where there is no value to take."""
        if self.condition is not None and self.condition(event) is not True:
            return None
        value = 1 if self.argument is None else self.argument(event)
        if value is None:
            return None
        return value, self.key(event) if self.key else None

    def value(self, taken, remembered, limits, notes):
        """Of what was taken in the window, and in the memory before it."""
        if self.function in WITH_MEMORY:
            return self.returned(taken, remembered, limits, notes)
        of_function = getattr(self, "of_" + self.function)
        if self.function in ("distinct", "top_share", "quantile", "median"):
            return of_function(taken, limits, notes)
        return of_function([entry[3] for entry in taken])

    def in_ones(self, units):
        return Fraction(units, UNITS[self.kind])

    def of_count(self, values):
        return Fraction(len(values))

    def of_sum(self, values):
        return self.in_ones(sum(values))

    def of_avg(self, values):
        return self.in_ones(sum(values)) / len(values) if values else None

    def of_min(self, values):
        return self.in_ones(min(values)) if values else None

    def of_max(self, values):
        return self.in_ones(max(values)) if values else None

    def of_first(self, values):
        return self.in_ones(values[0]) if values else None

    def of_last(self, values):
        return self.in_ones(values[-1]) if values else None

    def of_stddev(self, values):
        count = len(values)
        if count < 2:
            return None
        mean = Fraction(sum(values), count)
        variance = sum((value - mean) ** 2 for value in values) / (count - 1)
        return Fraction(nearest_root(variance / UNITS[self.kind] ** 2))

    def of_median(self, taken, limits, notes):
        return self.quantile(Fraction(1, 2), taken, notes)

    def of_quantile(self, taken, limits, notes):
        return self.quantile(self.parameter, taken, notes)

    def quantile(self, share, taken, notes):
        values = sorted(entry[3] for entry in taken)
        if not values:
            return None
        position = share * (len(values) - 1)
        below, above = values[floor(position)], values[ceil(position)]
        part = position % 1
        if len(set(values)) <= EXACT_VALUES:
            return (below + part * (above - below)) / UNITS[self.kind]
        notes.estimated = True
        low, high = (
            (1 - part) * (below + sign * abs(below) * QUANTILE_ERROR)
            + part * (above + sign * abs(above) * QUANTILE_ERROR)
            for sign in (-1, 1)
        )
        return Estimate(low / UNITS[self.kind], high / UNITS[self.kind])

    def of_distinct(self, taken, limits, notes):
        count = len({entry[3] for entry in taken})
        if count <= limits.max_distinct:
            return Fraction(count)
        notes.estimated = True
        error = max(count * DISTINCT_ERROR, DISTINCT_ERROR_LEAST)
        return Estimate(count - error, count + error)

    def of_top_share(self, taken, limits, notes):
        sums = {}
        for *_, value, key in taken:
            if key is not None:
                sums[key] = sums.get(key, 0) + value
        if len(sums) > limits.max_keys:
            notes.over_limit = True
            return None
        total = sum(sums.values())
        largest = sorted(sums.values(), reverse=True)[: self.parameter]
        return Fraction(sum(largest), total) if total else None

    def returned(self, taken, remembered, limits, notes):
        now = {entry[3] for entry in taken}
        before = {entry[3] for entry in remembered}
        if max(len(now), len(before)) > limits.max_keys:
            notes.over_limit = True
            return None
        if self.function == "new":
            return Fraction(len(now - before))
        if self.function == "returning":
            return Fraction(len(now & before))
        return Fraction(len(now & before), len(before)) if before else None
