"""Whole formulas of kpid, between aggregates, evaluated the slow and obvious way.

Everything is a fraction of integers of any size, but for what the program only estimates.
"""

import functools
from fractions import Fraction

from oracle_aggregates import UNITS, Aggregate
from oracle_numbers import ANYTHING, absolute, changed, compare, extreme, negated, operate
from oracle_parser import DURATION_NANOS, Parser, is_aggregate

ONE_WINDOW = ("span", 1, "window")
PER_UNIT_MS = {
    "per_second": DURATION_NANOS["s"] // 10**6,
    "per_minute": DURATION_NANOS["m"] // 10**6,
    "per_hour": DURATION_NANOS["h"] // 10**6,
    "per_day": DURATION_NANOS["d"] // 10**6,
}


def is_tree(part):
    return isinstance(part, tuple) and part[0] not in ("span", "literal", "null")


class Formula:
    """A whole formula: its aggregates in order, its value, and which aggregate counts samples.

    `kpis` holds the other KPIs by name, each with its `formula` and `time_zone`: a name stands for
    that formula, whose clocks keep to their own zone.
    """

    def __init__(self, text, sources, time_zone="UTC", kpis=None):
        self.source_types, self.kpis = sources, kpis or {}
        self.aggregates = []
        self.tree = self.resolve(Parser(text).parse(), time_zone)
        self.sources = list(dict.fromkeys(one.source for one in self.aggregates))
        self.samples_index = self.find_samples()

    def resolve(self, tree, time_zone):
        """The tree with its aggregates made, each by its place in `aggregates`, and no names."""
        if is_aggregate(tree):
            self.aggregates.append(Aggregate(tree, self.source_types, time_zone))
            return ("aggregate", len(self.aggregates) - 1)
        if tree[0] == "name":
            used = self.kpis[tree[1]]
            return self.resolve(Parser(used["formula"]).parse(), used["time_zone"])
        return tuple(self.resolve_part(part, time_zone) for part in tree)

    def resolve_part(self, part, time_zone):
        if isinstance(part, list):
            return [self.resolve_part(item, time_zone) for item in part]
        return self.resolve(part, time_zone) if is_tree(part) else part

    def find_samples(self):
        in_order = list(aggregates_in(self.tree))
        if self.tree[0] == "/":
            in_order = list(aggregates_in(self.tree[2])) or in_order
        return in_order[0]

    def value(self, place, notes):
        """A number, a truth value, or None where absent. All parts are looked at, needed or not."""
        value = self.evaluate(self.tree, place, notes)
        return None if notes.over_limit else value

    def evaluate(self, tree, place, notes):
        kind = tree[0]
        if kind == "aggregate":
            aggregate = self.aggregates[tree[1]]
            remembered = ()
            if aggregate.memory or aggregate.function in ("retained", "new", "returning"):
                start, end = place.memory(aggregate.memory or ONE_WINDOW)
                remembered = place.taken(tree[1], start, end)
            taken = place.taken(tree[1], place.start, place.end)
            return aggregate.value(taken, remembered, place.limits, notes)
        if kind == "literal":
            return tree[2] if tree[1] == "bool" else Fraction(tree[2], UNITS[tree[1]])
        if kind == "null":
            return None
        if kind == "call":
            return self.call(tree, place, notes)
        if kind == "compare":
            return self.comparison(tree, place, notes)
        if kind == "in":
            value, *items = (self.evaluate(part, place, notes) for part in (tree[1], *tree[2]))
            return any_of([compare("==", value, item) for item in items])
        operands = [self.evaluate(part, place, notes) for part in tree[1:]]
        if kind in ("and", "or", "not"):
            return {"and": all_of, "or": any_of, "not": not_of}[kind](operands)
        return negated(*operands) if kind == "negate" else operate(kind, *operands)

    def comparison(self, tree, place, notes):
        _, operator, left, right = tree
        a, b = self.evaluate(left, place, notes), self.evaluate(right, place, notes)
        if ("null",) in (left, right) and operator in ("==", "!="):
            tested = b if left == ("null",) else a
            return ANYTHING if tested is ANYTHING else (tested is None) == (operator == "==")
        return compare(operator, a, b)

    def call(self, tree, place, notes):
        _, function, arguments, _, span = tree
        if function in ("previous", "growth", "moving_average", "share_of_total"):
            return getattr(self, function)(arguments, span, place, notes)
        values = [self.evaluate(argument, place, notes) for argument in arguments]
        if function in PER_UNIT_MS:
            length = Fraction(place.end - place.start, PER_UNIT_MS[function])
            return operate("/", values[0], length)
        if function == "coalesce":
            return next((value for value in values if value is not None), None)
        if function == "if":
            if values[0] is None or values[0] is ANYTHING:
                return values[0]
            return values[1] if values[0] else values[2]
        if function == "abs":
            return absolute(values[0])
        if function == "round":
            scale = 10 ** int(values[1]) if len(values) == 2 else 1
            return changed(lambda value: Fraction(round(value * scale), scale), values[0])
        return extreme(min if function == "min" else max, *values)

    def previous(self, arguments, span, place, notes):
        return self.evaluate(arguments[0], place.earlier(span or ONE_WINDOW), notes)

    def growth(self, arguments, span, place, notes):
        now = self.evaluate(arguments[0], place, notes)
        ratio = operate("/", now, self.previous(arguments, span, place, notes))
        return operate("-", ratio, Fraction(1))

    def moving_average(self, arguments, _span, place, notes):
        values = []
        for _ in range(arguments[1][2]):
            values.append(self.evaluate(arguments[0], place, notes))
            place = place.earlier(ONE_WINDOW)
        if ANYTHING in values:
            return ANYTHING
        total, present = Fraction(0), [value for value in values if value is not None]
        for value in present:
            total = operate("+", total, value)
        return operate("/", total, len(present)) if present else None

    def share_of_total(self, arguments, _span, place, notes):
        def total():
            values = [self.evaluate(arguments[0], other, notes) for other in place.of_all_groups()]
            return functools.reduce(functools.partial(operate, "+"), values, Fraction(0))

        total = place.once_per_window(id(arguments), total)
        return operate("/", self.evaluate(arguments[0], place, notes), total)


def aggregates_in(tree):
    """The places of the aggregates, as written from left to right."""
    if isinstance(tree, tuple) and tree[0] == "aggregate":
        yield tree[1]
    elif isinstance(tree, (tuple, list)):
        for part in tree:
            yield from aggregates_in(part) if isinstance(part, (tuple, list)) else ()


def not_of(values):
    (value,) = values
    return value if value is None or value is ANYTHING else not value


def all_of(values):
    return not_of([any_of([not_of([value]) for value in values])])


def any_of(values):
    """True where one is, else what is open: three-valued."""
    if True in values:
        return True
    if ANYTHING in values:
        return ANYTHING
    return None if None in values else False
