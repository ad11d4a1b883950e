"""Formulas as nested tuples, by the grammar and the precedence of the contract with users.

A call is ("call", function, arguments, condition, span): the span is how far `previous` and its
like look back, or how long the memory of `retained` and its like is.
"""

import re
from fractions import Fraction

NANOS = 10**9
DURATION_NANOS = {"ms": 10**6, "s": NANOS, "m": 60 * NANOS, "h": 3600 * NANOS, "d": 86400 * NANOS}
WORD_OPERATORS = ("starts_with", "ends_with", "contains", "matches")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
SPAN_UNITS = ("window", "day", "week", "month", "quarter", "year")
WITH_MEMORY = ("retained", "new", "returning")
WITH_SPAN = ("previous", "growth", *WITH_MEMORY)
AGGREGATES = (
    "count", "sum", "avg", "min", "max", "first", "last", "stddev", "median", "quantile",
    "distinct", "top_share", *WITH_MEMORY,
)

TOKEN = re.compile(
    r"""\s*(?:
      (?P<duration>\d+(?:\.\d+)?(?:ms|s|m|h|d)\b)
    | (?P<percent>\d+(?:\.\d+)?%)
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<symbol>==|!=|<=|>=|[-+*/()<>\[\],:])
    )""",
    re.VERBOSE,
)


def tokens_of(text):
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"no formula: {text!r} at {at}")
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return tokens + [("end", "")]


def is_aggregate(tree):
    """`min` and `max` of two values work on one event."""
    if tree[0] != "call" or tree[1] not in AGGREGATES:
        return False
    return tree[1] not in ("min", "max") or len(tree[2]) == 1


class Parser:
    def __init__(self, text):
        self.tokens = tokens_of(text)
        self.at = 0

    def parse(self):
        tree = self.disjunction()
        if self.tokens[self.at][0] != "end":
            raise ValueError(f"left over: {self.tokens[self.at:]}")
        return tree

    def peek(self):
        return self.tokens[self.at][1] if self.tokens[self.at][0] != "string" else None

    def take(self, *wanted):
        if self.peek() in wanted:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def need(self, wanted):
        if not self.take(wanted):
            raise ValueError(f"expected {wanted!r}, found {self.tokens[self.at]}")

    def disjunction(self):
        left = self.conjunction()
        while self.take("or"):
            left = ("or", left, self.conjunction())
        return left

    def conjunction(self):
        left = self.negation()
        while self.take("and"):
            left = ("and", left, self.negation())
        return left

    def negation(self):
        if self.take("not"):
            return ("not", self.negation())
        return self.comparison()

    def comparison(self):
        left = self.sum()
        operator = self.take(*COMPARISONS, *WORD_OPERATORS)
        if operator:
            return ("compare", operator, left, self.sum())
        negated = bool(self.take("not"))
        if self.take("in"):
            self.need("[")
            items = [self.sum()]
            while self.take(","):
                items.append(self.sum())
            self.need("]")
            found = ("in", left, items)
            return ("not", found) if negated else found
        return left

    def sum(self):
        left = self.product()
        while operator := self.take("+", "-"):
            left = (operator, left, self.product())
        return left

    def product(self):
        left = self.unary()
        while operator := self.take("*", "/"):
            left = (operator, left, self.unary())
        return left

    def unary(self):
        if self.take("-"):
            return ("negate", self.unary())
        return self.primary()

    def primary(self):
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "duration":
            amount, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()
            return ("literal", "duration", int(Fraction(amount) * DURATION_NANOS[unit]))
        if kind == "percent":
            return ("literal", "decimal", int(Fraction(text[:-1]) * NANOS / 100))
        if kind == "number":
            if "." in text:
                return ("literal", "decimal", int(Fraction(text) * NANOS))
            return ("literal", "int", int(text))
        if kind == "string":
            return ("literal", "string", text[1:-1].replace(text[0] * 2, text[0]))
        if text == "(":
            inner = self.disjunction()
            self.need(")")
            return inner
        if kind != "name":
            raise ValueError(f"unexpected {text!r}")
        if text in ("true", "false"):
            return ("literal", "bool", text == "true")
        if text == "null":
            return ("null",)
        if self.take("("):
            return self.call(text)
        return ("name", text)

    def call(self, function):
        arguments, condition, span = [self.disjunction()], None, None
        while self.take(","):
            if function in WITH_SPAN:
                span = self.span()
            else:
                arguments.append(self.argument())
        if self.take("where"):
            condition = self.disjunction()
        self.need(")")
        return ("call", function, arguments, condition, span)

    def argument(self):
        """`by: f` of top_share is its last argument."""
        if self.peek() == "by" and self.tokens[self.at + 1][1] == ":":
            self.at += 2
        return self.disjunction()

    def span(self):
        """`7d` or `3 months`, as ("span", amount, unit); milliseconds are a unit."""
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "duration":
            amount, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
            return ("span", int(amount) * DURATION_NANOS[unit] // 10**6, "millisecond")
        unit = self.tokens[self.at][1].removesuffix("s")
        self.at += 1
        if kind != "number" or unit not in SPAN_UNITS:
            raise ValueError(f"no span: {text!r} {unit!r}")
        return ("span", int(text), unit)
