"""The formula language of kpid, evaluated the slow and obvious way.

Written from the contract with users alone, and on purpose by other means than the program: no
columns, no plan, no shared terms. Integers and fractions have any size here; where the contract
says that a type has a range, the range is checked by hand.
"""

import datetime
import re
import zoneinfo
from fractions import Fraction

NANOS = 10**9
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
DECIMAL_LIMIT = 10**18 * NANOS
DURATION_NANOS = {"ms": 10**6, "s": NANOS, "m": 60 * NANOS, "h": 3600 * NANOS, "d": 86400 * NANOS}
AGGREGATES = ("count", "sum", "avg", "min", "max")
WORD_OPERATORS = ("starts_with", "ends_with", "contains", "matches")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")

TOKEN = re.compile(
    r"""\s*(?:
      (?P<duration>\d+(?:\.\d+)?(?:ms|s|m|h|d)\b)
    | (?P<percent>\d+(?:\.\d+)?%)
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<symbol>==|!=|<=|>=|[-+*/()<>\[\],])
    )""",
    re.VERBOSE,
)


def divide_half_even(dividend, divisor):
    """dividend / divisor as an integer, half to even."""
    return round(Fraction(dividend, divisor))


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


class Parser:
    """Text to nested tuples, by the precedence of the contract."""

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
        arguments, condition = [self.disjunction()], None
        while self.take(","):
            arguments.append(self.disjunction())
        if self.take("where"):
            condition = self.disjunction()
        self.need(")")
        return ("call", function, arguments, condition)


# --- one row ---------------------------------------------------------------------------------


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
        _, function, arguments, _ = tree
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


# --- between aggregates ----------------------------------------------------------------------

UNITS = {"int": 1, "decimal": NANOS, "duration": NANOS, "time": 1000}


class Aggregate:
    """One aggregate of a formula: what it takes from an event, and its value for a bag of them."""

    def __init__(self, tree, sources, time_zone):
        _, self.function, arguments, condition = tree
        (argument,) = arguments
        self.source = self.find_source(argument, condition, sources)
        compiler = RowCompiler(self.source, sources[self.source], time_zone)
        self.kind, self.argument = "int", None
        if argument != ("name", self.source):
            self.kind, self.argument = compiler.compile(argument)
        self.condition = compiler.compile(condition)[1] if condition else None

    @staticmethod
    def find_source(argument, condition, sources):
        if argument[0] == "name" and argument[1] in sources:
            return argument[1]
        for name in names_in((argument, condition)):
            if "." in name:
                return name.split(".")[0]
        raise ValueError("no source")

    def take(self, event):
        """The argument's value: the bag's next element, or None where there is none."""
        if self.condition is not None and self.condition(event) is not True:
            return None
        value = 1 if self.argument is None else self.argument(event)
        return 1 if self.function == "count" and value is not None else value

    def value(self, bag):
        """`bag` is [count, sum, least, greatest] of the values taken, in units."""
        count, total, least, greatest = bag
        if self.function == "count":
            return Fraction(count)
        if self.function == "sum":
            return Fraction(total, UNITS[self.kind])
        if not count:
            return None
        if self.function == "avg":
            return Fraction(total, UNITS[self.kind] * count)
        return Fraction(least if self.function == "min" else greatest, UNITS[self.kind])


def names_in(tree):
    if isinstance(tree, tuple) and tree and tree[0] == "literal":
        return
    if isinstance(tree, tuple) and tree and tree[0] == "name":
        yield tree[1]
        return
    if isinstance(tree, (tuple, list)):
        for part in tree:
            yield from names_in(part)


def is_aggregate(tree):
    return tree[0] == "call" and tree[1] in AGGREGATES and len(tree[2]) == 1


class Formula:
    """A whole formula: its aggregates in order, its value, and which aggregate counts samples."""

    def __init__(self, text, sources, time_zone="UTC"):
        self.tree = Parser(text).parse()
        self.trees = []
        self.collect(self.tree)
        self.aggregates = [Aggregate(tree, sources, time_zone) for tree in self.trees]
        self.sources = list(dict.fromkeys(one.source for one in self.aggregates))
        self.samples_index = self.find_samples()

    def collect(self, tree):
        if isinstance(tree, tuple) and tree and isinstance(tree[0], str):
            if is_aggregate(tree):
                self.trees.append(tree)
                return
        if isinstance(tree, (tuple, list)):
            for part in tree:
                if isinstance(part, (tuple, list)):
                    self.collect(part)

    def find_samples(self):
        if self.tree[0] == "/":
            on_the_right = len(self.trees)
            self.trees, kept = [], self.trees
            self.collect(self.tree[2])
            self.trees, right = kept, self.trees
            if right:
                return on_the_right - len(right)
        return 0

    def value(self, bags):
        self.pending = iter(range(len(self.aggregates)))
        return self.evaluate(self.tree, bags)

    def evaluate(self, tree, bags):
        """A Fraction, a bool, or None where absent. Both branches are always walked, in order."""
        if is_aggregate(tree):
            index = next(self.pending)
            return self.aggregates[index].value(bags[index])
        if tree[0] == "literal":
            return tree[2] if tree[1] == "bool" else Fraction(tree[2], UNITS[tree[1]])
        if tree[0] == "call":
            return self.call(tree[1], [self.evaluate(argument, bags) for argument in tree[2]])
        operands = [self.evaluate(part, bags) for part in tree[1:] if isinstance(part, tuple)]
        if any(operand is None for operand in operands):
            return None
        return self.operate(tree, *operands)

    @staticmethod
    def operate(tree, a, b=None):
        if tree[0] == "/":
            return None if b == 0 else a / b
        if tree[0] == "compare":
            return {
                "==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b,
            }[tree[1]]
        return {
            "+": lambda: a + b,
            "-": lambda: a - b,
            "*": lambda: a * b,
            "negate": lambda: -a,
            "not": lambda: not a,
            "and": lambda: a and b,
            "or": lambda: a or b,
        }[tree[0]]()

    @staticmethod
    def call(function, values):
        if function == "coalesce":
            return next((value for value in values if value is not None), None)
        if function == "if":
            if values[0] is None:
                return None
            return values[1] if values[0] else values[2]
        if any(value is None for value in values):
            return None
        if function == "abs":
            return abs(values[0])
        if function == "round":
            scale = 10 ** int(values[1]) if len(values) == 2 else 1
            return Fraction(round(values[0] * scale), scale)
        return min(values) if function == "min" else max(values)
