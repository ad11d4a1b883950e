"""The values of one event: expressions over its fields, the slow and obvious way.

Written from the contract with users alone, and on purpose by other means than the program: no
columns, no plan, no shared terms. Integers and fractions have any size here; where the contract
says that a type has a range, the range is checked by hand.
"""

import datetime
import re
import zoneinfo
from fractions import Fraction

from oracle_parser import DURATION_NANOS, NANOS

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
DECIMAL_LIMIT = 10**18 * NANOS


def divide_half_even(dividend, divisor):
    """dividend / divisor as an integer, half to even."""
    return round(Fraction(dividend, divisor))


def ranged(type_name, value):
    """The value, or null where it has passed its type's range."""
    if value is None:
        return None
    if type_name == "int":
        return value if INT_MIN <= value <= INT_MAX else None
    if type_name in ("decimal", "duration"):
        return value if abs(value) < DECIMAL_LIMIT else None
    return value


def strict(function):
    """An operation on null is null."""

    def apply(*values):
        return None if any(value is None for value in values) else function(*values)

    return apply


def in_nanos(type_name, value):
    return value * NANOS if type_name == "int" else value


NUMBERS = ("int", "decimal")


def arithmetic(operator, left, right):
    """The type of `left operator right` and a function of the two values."""
    if operator in "+-":
        sign = 1 if operator == "+" else -1
        if (left, right) == ("int", "int"):
            return "int", lambda a, b: a + sign * b
        if left in NUMBERS and right in NUMBERS:
            return "decimal", lambda a, b: in_nanos(left, a) + sign * in_nanos(right, b)
        if (left, right) == ("duration", "duration"):
            return "duration", lambda a, b: a + sign * b
        if (left, right, operator) == ("time", "time", "-"):
            return "duration", lambda a, b: (a - b) * 10**6
        if (left, right) == ("time", "duration"):
            return "time", lambda a, b: (a * 10**6 + sign * b) // 10**6
        if (left, right, operator) == ("duration", "time", "+"):
            return "time", lambda a, b: (b * 10**6 + a) // 10**6
    if operator == "*":
        if (left, right) == ("int", "int"):
            return "int", lambda a, b: a * b
        if left in (*NUMBERS, "duration") and right in (*NUMBERS, "duration"):
            result = "duration" if "duration" in (left, right) else "decimal"
            return result, lambda a, b: divide_half_even(
                in_nanos(left, a) * in_nanos(right, b), NANOS
            )
    if operator == "/" and left in (*NUMBERS, "duration") and right in (*NUMBERS, "duration"):
        result = "duration" if left == "duration" and right in NUMBERS else "decimal"

        def quotient(a, b):
            if b == 0:
                return None
            return divide_half_even(in_nanos(left, a) * NANOS, in_nanos(right, b))

        return result, quotient
    raise TypeError(f"{left} {operator} {right}")


def and_(a, b):
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def or_(a, b):
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


def comparison(operator, left, right):
    def operands(a, b):
        if left in NUMBERS and right in NUMBERS:
            return in_nanos(left, a), in_nanos(right, b)
        if left == "string":
            return a.encode(), b.encode()
        return a, b

    def compare(a, b):
        a, b = operands(a, b)
        return {
            "==": lambda: a == b,
            "!=": lambda: a != b,
            "<": lambda: a < b,
            "<=": lambda: a <= b,
            ">": lambda: a > b,
            ">=": lambda: a >= b,
            "starts_with": lambda: a.startswith(b),
            "ends_with": lambda: a.endswith(b),
            "contains": lambda: b in a,
            "matches": lambda: re.search(b.decode(), a.decode()) is not None,
        }[operator]()

    return strict(compare)


class RowCompiler:
    """Trees over the fields of one source, as (type, function of an event's fields)."""

    def __init__(self, source_name, field_types, time_zone):
        self.source_name = source_name
        self.field_types = field_types
        self.time_zone = time_zone

    def compile(self, tree):
        return getattr(self, "of_" + NODE_NAMES.get(tree[0], tree[0]))(tree)

    def of_literal(self, tree):
        value = tree[2]
        return tree[1], lambda event: value

    def of_null(self, tree):
        return "null", lambda event: None

    def of_name(self, tree):
        field = tree[1].removeprefix(self.source_name + ".")
        return self.field_types[field], lambda event: event[field]

    def of_negate(self, tree):
        kind, inner = self.compile(tree[1])
        negate = strict(lambda a: ranged(kind, -a))
        return kind, lambda event: negate(inner(event))

    def of_arithmetic(self, tree):
        (left, a), (right, b) = self.compile(tree[1]), self.compile(tree[2])
        kind, operation = arithmetic(tree[0], left, right)
        apply = strict(operation)
        return kind, lambda event: ranged(kind, apply(a(event), b(event)))

    def of_not(self, tree):
        _, inner = self.compile(tree[1])
        negate = strict(lambda a: not a)
        return "bool", lambda event: negate(inner(event))

    def of_and(self, tree):
        (_, a), (_, b) = self.compile(tree[1]), self.compile(tree[2])
        return "bool", lambda event: and_(a(event), b(event))

    def of_or(self, tree):
        (_, a), (_, b) = self.compile(tree[1]), self.compile(tree[2])
        return "bool", lambda event: or_(a(event), b(event))

    def of_compare(self, tree):
        operator = tree[1]
        (left, a), (right, b) = self.compile(tree[2]), self.compile(tree[3])
        if "null" in (left, right) and operator in ("==", "!="):
            tested, wanted = (a if right == "null" else b), operator == "=="
            return "bool", lambda event: (tested(event) is None) == wanted
        compare = comparison(operator, left, right)
        return "bool", lambda event: compare(a(event), b(event))

    def of_in(self, tree):
        tests = [self.of_compare(("compare", "==", tree[1], item))[1] for item in tree[2]]

        def found(event):
            answer = False
            for test in tests:
                answer = or_(answer, test(event))
            return answer

        return "bool", found

    def of_call(self, tree):
        _, function, arguments, _, _ = tree
        compiled = [self.compile(argument) for argument in arguments]
        return getattr(self, "call_" + function)(compiled)

    def call_if(self, compiled):
        (_, condition), *branches = compiled
        kind, (then, otherwise) = common_type(branches)
        return kind, lambda event: (then if condition(event) is True else otherwise)(event)

    def call_coalesce(self, compiled):
        kind, choices = common_type(compiled)

        def first_present(event):
            for choice in choices:
                value = choice(event)
                if value is not None:
                    return value
            return None

        return kind, first_present

    def call_abs(self, compiled):
        ((kind, inner),) = compiled
        absolute = strict(lambda a: ranged(kind, abs(a)))
        return kind, lambda event: absolute(inner(event))

    def call_round(self, compiled):
        (kind, inner), *digits = compiled
        if kind == "int":
            return kind, inner
        last = 10 ** (9 - digits[0][1]({})) if digits else NANOS
        rounded = strict(lambda a: ranged(kind, divide_half_even(a, last) * last))
        return kind, lambda event: rounded(inner(event))

    def call_min(self, compiled):
        return self.extreme(compiled, min)

    def call_max(self, compiled):
        return self.extreme(compiled, max)

    def extreme(self, compiled, choose):
        kind, values = common_type(compiled)
        chosen = strict(choose)
        return kind, lambda event: chosen(*(value(event) for value in values))

    def call_length(self, compiled):
        return "int", mapped(len, compiled)

    def call_lower(self, compiled):
        return "string", mapped(lower, compiled)

    def call_upper(self, compiled):
        return "string", mapped(upper, compiled)

    def call_trim(self, compiled):
        return "string", mapped(lambda text: text.strip(BLANKS), compiled)

    def call_equals_ignoring_case(self, compiled):
        return "bool", mapped(lambda a, b: lower(upper(a)) == lower(upper(b)), compiled)

    def clock(self, compiled, read):
        """`read` of the local date and time, by the zone named last or the KPI's."""
        zone = zoneinfo.ZoneInfo(compiled[1][1]({}) if len(compiled) == 2 else self.time_zone)
        at = lambda time: datetime.datetime.fromtimestamp(time // 1000, zone)
        return mapped(lambda time: read(at(time)), compiled[:1])

    def call_hour_of(self, compiled):
        return "int", self.clock(compiled, lambda moment: moment.hour)

    def call_weekday_of(self, compiled):
        return "int", self.clock(compiled, lambda moment: moment.isoweekday())

    def call_date_of(self, compiled):
        return "string", self.clock(compiled, lambda moment: moment.date().isoformat())

    def call_seconds_between(self, compiled):
        return "decimal", between("1s", compiled)

    def call_minutes_between(self, compiled):
        return "decimal", between("1m", compiled)

    def call_hours_between(self, compiled):
        return "decimal", between("1h", compiled)

    def call_days_between(self, compiled):
        return "decimal", between("1d", compiled)


NODE_NAMES = {"+": "arithmetic", "-": "arithmetic", "*": "arithmetic", "/": "arithmetic"}


# Unicode's property White_Space.
BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def lower(text):
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def upper(text):
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def mapped(function, compiled):
    """The function of the values of all arguments; null where one of them is."""
    apply = strict(function)
    return lambda event: apply(*(value(event) for _, value in compiled))


def between(unit, compiled):
    nanos = DURATION_NANOS[unit[1:]]
    return mapped(lambda a, b: divide_half_even((b - a) * 10**6 * NANOS, nanos), compiled)


def common_type(compiled):
    """The one type that all branches become, and the branches in it."""
    kinds = {kind for kind, _ in compiled if kind != "null"}
    if kinds == {"int", "decimal"}:
        return "decimal", [as_decimal(kind, function) for kind, function in compiled]
    (kind,) = kinds
    return kind, [function for _, function in compiled]


def as_decimal(kind, function):
    if kind != "int":
        return function
    convert = strict(lambda a: ranged("decimal", a * NANOS))
    return lambda event: convert(function(event))
