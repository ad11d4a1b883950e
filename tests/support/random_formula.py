"""Random well-typed formulas: aggregates of random sources, and what is made of them."""

from oracle_parser import Parser, is_aggregate
from random_rows import RowFormulas

FIXED_SPANS = [
    "1 window", "2 windows", "3 windows", "10s", "90s", "30m", "1h", "7d", "1 day", "2 days",
    "1 week",
]
EARLIER_SPANS = {
    "day": ["1 window", "3 windows", "7d", "1 day", "2 days", "1 week", "1 month", "1 quarter",
            "1 year"],
    "week": ["1 window", "2 windows", "7d", "14d", "1 week", "52 weeks"],
    "month": ["1 window", "2 windows", "1 month", "1 quarter", "1 year"],
    "quarter": ["1 window", "1 quarter", "6 months", "1 year"],
    "year": ["1 window", "1 year", "12 months", "8 quarters"],
}
MEMORY_SPANS = [
    "1 window", "2 windows", "7d", "1 day", "2 days", "1 week", "1 month", "2 months", "1 quarter",
    "1 year",
]
ALL_SPANS = {*FIXED_SPANS, *MEMORY_SPANS, *(s for spans in EARLIER_SPANS.values() for s in spans)}
QUANTILES = ["0", "1", "0.5", "25%", "95%", "100%", "0.999999999", "0.3"]
COST_MAX = 30
GROUPS = 4  # of a share of the total, more or less


def spans_of(windows, in_calendar):
    """The spans that fit all of the windows; `in_calendar` gives those of a calendar window."""
    kinds = [in_calendar(window) or FIXED_SPANS for window in windows]
    return [span for span in kinds[0] if all(span in spans for spans in kinds)]


def cost_of(tree, kpis):
    """How many aggregates a value takes, windows and groups counted."""
    if isinstance(tree, list):
        return sum(cost_of(part, kpis) for part in tree)
    if not isinstance(tree, tuple) or tree[0] in ("literal", "null", "span"):
        return 0
    if is_aggregate(tree):
        return 1
    if tree[0] == "name":
        return kpis[tree[1]]["cost"]
    cost = sum(cost_of(part, kpis) for part in tree)
    if tree[:2] == ("call", "moving_average"):
        return cost * tree[2][1][2]
    if tree[:2] == ("call", "share_of_total"):
        return cost * GROUPS
    return cost * 2 if tree[:2] == ("call", "growth") else cost


class Formulas:
    """Whole formulas over some sources and the KPIs that may be used by name. `kpis` says of each
    what it costs and whether it is `additive`: made of counts and sums alone."""

    def __init__(self, random, sources, kpis, windows, spans):
        """Looks back by numbers of windows, and by those of the spans that fit the windows."""
        self.random, self.sources, self.kpis = random, sources, kpis
        self.of_keys = False

        def fitting(in_calendar):
            fit = spans_of(windows, in_calendar)
            return [span for span in fit if "window" in span or span in spans]

        self.earlier = fitting(EARLIER_SPANS.get)
        self.memory = fitting(lambda window: MEMORY_SPANS if window in EARLIER_SPANS else None)

    def formula(self, of_keys=False):
        """Text, whether it is additive, and what it costs. `of_keys`: often made of what counts
        different values."""
        self.of_keys = of_keys
        while True:
            additive = self.random.random() < 0.15
            depth = self.random.choice([0, 1, 1, 2, 3])
            text = self.additive(1) if additive else self.between(depth)
            cost = cost_of(Parser(text).parse(), self.kpis)
            if cost <= COST_MAX:
                return text, additive, cost

    def between(self, depth):
        random = self.random
        if depth <= 0 or random.random() < 0.2:
            return self.name() or self.leaf()
        one, two = self.between(depth - 1), self.between(depth - 1)
        if random.random() < 0.4:
            return self.looking_back(one)
        return random.choice(
            [
                f"{one} / {two}",
                f"({one}) / ({two}) * 100",
                f"({one} {random.choice('+-*')} {two})",
                f"{one} - {random.choice(['1', '0.1', '3%'])} * {two}",
                f"coalesce({one}, {two}, 0)",
                f"abs({one})",
                f"-({one})",
                f"min({one}, {two})",
                f"max({one}, 2.5)",
                f"round({one})",
                f"round({one}, {random.randrange(10)})",
                f"if({self.condition(one, two)}, {one}, {two})",
                f"({one}) / 7",
            ]
        )

    def condition(self, one, two):
        random = self.random
        test = f"{one} {random.choice(['>', '<=', '=='])} {two}"
        return random.choice(
            [test, test, f"{one} == null", f"{test} or {two} != null", f"not {test} and {one} < 9"]
        )

    def looking_back(self, one):
        """A function of earlier windows, of the window's length, or of all groups."""
        random = self.random
        span = f", {random.choice(self.earlier)}" if random.random() < 0.6 else ""
        return random.choice(
            [
                f"previous({one}{span})",
                f"previous({one}{span})",
                f"growth({one}{span})",
                f"moving_average({one}, {random.randrange(2, 5)})",
                f"per_{random.choice(['second', 'minute', 'hour', 'day'])}({one})",
                f"share_of_total({self.additive(random.randrange(2))})",
            ]
        )

    def name(self):
        """The name of another KPI, where one may be used; now and then."""
        if not self.kpis or self.random.random() < 0.5:
            return None
        return self.random.choice(list(self.kpis))

    def additive(self, depth):
        """Counts and sums, joined by + and -, times or over constants."""
        random = self.random
        names = [name for name, kpi in self.kpis.items() if kpi["additive"]]
        if names and random.random() < 0.3:
            return random.choice(names)
        if depth <= 0:
            source, rows = self.rows()
            return random.choice([self.count, self.sum])(source, rows)
        one, two = self.additive(depth - 1), self.additive(depth - 1)
        return random.choice(
            [
                f"({one} {random.choice('+-')} {two})",
                f"{random.choice(['2', '-0.5', '3%'])} * {one}",
                f"{one} / {random.choice(['7', '0.25'])}",
            ]
        )

    def rows(self):
        source, fields = self.random.choice(list(self.sources.items()))
        return source, RowFormulas(self.random, source, fields)

    def leaf(self):
        source, rows = self.rows()
        if self.of_keys and self.random.random() < 0.6:
            return self.keys(source, rows)
        numbers = [self.count, self.sum, self.number, self.number, self.quantile]
        return self.random.choice([*numbers, self.keys, self.keys])(source, rows)

    def where(self, rows):
        return f" where {rows.condition(2)}" if self.random.random() < 0.5 else ""

    def count(self, source, rows):
        if self.random.random() < 0.6:
            return f"count({source}{self.where(rows)})"
        return f"count({source}.{self.random.choice(rows.fields)}{self.where(rows)})"

    def sum(self, source, rows):
        return f"sum({self.argument(source, rows)}{self.where(rows)})"

    def number(self, source, rows):
        function = self.random.choice(["avg", "min", "max", "stddev", *["first", "last"] * 2])
        argument = self.argument(source, rows)
        time = rows.field("time")
        if time and function not in ("avg", "stddev") and self.random.random() < 0.2:
            argument = f"{source}.{time.split('.')[-1]}"
        return f"{function}({argument}{self.where(rows)})"

    def quantile(self, source, rows):
        random = self.random
        head = "median(" if random.random() < 0.3 else f"quantile({random.choice(QUANTILES)}, "
        return f"{head}{self.argument(source, rows)}{self.where(rows)})"

    def keys(self, source, rows):
        """What counts different values."""
        random = self.random
        where = self.where(rows)
        if random.random() < 0.3:
            return f"distinct({rows.value()}{where})"
        if random.random() < 0.3:
            shared = self.argument(source, rows)
            return f"top_share({random.randrange(1, 5)}, {shared}, by: {rows.value()}{where})"
        memory = f", {random.choice(self.memory)}" if random.random() < 0.6 else ""
        return f"{random.choice(['retained', 'new', 'returning'])}({rows.value()}{memory}{where})"

    def argument(self, source, rows):
        """A number or a duration, by the source's qualified name."""
        duration = rows.duration() if self.random.random() < 0.1 else None
        argument = duration or rows.number(self.random.choice([0, 0, 1, 2]))
        if source + "." in argument:
            return argument
        return f"{source}.quantity" + self.random.choice(["", f" + {argument}"])
