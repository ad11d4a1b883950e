"""What `kpid replay --output=json` prints of values, and how printed lines are compared with it."""

import datetime
import json
import re
from fractions import Fraction

from oracle_numbers import ANYTHING, Estimate
from oracle_parser import NANOS

EPOCH = datetime.datetime(1970, 1, 1)
# An estimate's range is exact, what is printed of the estimate is rounded once.
ROUNDING = Fraction(1, 10**15)


def rfc3339(milliseconds):
    moment = EPOCH + datetime.timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds") + "Z"


def plain_decimal(value):
    """A fraction that has at most nine decimals: plain digits, no trailing zeros."""
    nanos = int(abs(value) * NANOS)
    text = f"{nanos // NANOS}.{nanos % NANOS:09}".rstrip("0").rstrip(".")
    return "-" + text if value < 0 else text


class Nearest:
    """A number that only a double holds: equal to every shortest text of the same double."""

    def __init__(self, value):
        self.value = value

    def matches(self, text):
        shortest = sum(character.isdigit() for character in significant(repr(self.value)))
        digits = sum(character.isdigit() for character in significant(text))
        return float(text) == self.value and digits <= shortest

    def __repr__(self):
        return repr(self.value).removesuffix(".0")


def significant(text):
    """The digits of a number that carry its value."""
    mantissa = re.sub(r"[eE].*", "", text).lstrip("-")
    digits = mantissa.replace(".", "").lstrip("0")
    return digits.rstrip("0")


def published(value):
    """A formula's value as it is printed: text of a number, or what such a text has to match."""
    if value is None or value is ANYTHING or isinstance(value, Estimate):
        return value
    try:
        nearest = value.numerator / value.denominator
    except OverflowError:
        return None
    return plain_decimal(value) if (value * NANOS).denominator == 1 else Nearest(nearest)


def group_text(kind, value):
    if value is None:
        return ""
    if kind == "string":
        return value + "_" if re.fullmatch(r"(other|__other__)_*", value) else value
    if kind == "decimal":
        return plain_decimal(Fraction(value, NANOS))
    if kind == "bool":
        return "true" if value else "false"
    return rfc3339(value) if kind == "time" else str(value)


def line_text(line):
    """A line as the program prints it, with numbers as they are printed."""
    bare = {"value": "null" if line["value"] is None else str(line["value"])}
    bare["samples"] = line["samples"]
    parts = []
    for key, value in line.items():
        text = bare.get(key) or json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        parts.append(f'"{key}":{text}')
    return "{" + ",".join(parts) + "}"


def parsed(text):
    """A printed line as comparable pairs, numbers as their text, keys in their order."""
    return json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=list)


def difference(expected, printed):
    """The first line in which what was printed is not what is expected, or None."""
    for number, line in enumerate(expected):
        if number >= len(printed):
            return f"line {number + 1} is missing: {show(line)}"
        if not same(line, printed[number]):
            return f"line {number + 1}: expected {show(line)}\n   printed {printed[number]}"
    if len(printed) > len(expected):
        return f"line {len(expected) + 1} is too much: {printed[len(expected)]}"
    return None


def show(line):
    return {**line, "value": str(line["value"])}


def same(line, text):
    """Whether the printed text says the same, key by key in the same order."""
    try:
        found = [
            (key, [tuple(pair) for pair in value] if key == "group" else value)
            for key, value in parsed(text)
        ]
    except ValueError:
        return False
    wanted = [(key, list(value.items()) if key == "group" else value) for key, value in line.items()]
    if line["value"] is ANYTHING and ("value", None) in found:
        # Only what is there is an estimate.
        wanted = [("value", None) if key == "value" else (key, value) for key, value in wanted]
        wanted.remove(("estimated", True))
    return len(wanted) == len(found) and all(map(same_pair, wanted, found))


def same_pair(wanted, found):
    (key, expected), (found_key, value) = wanted, found
    if key != found_key or key != "value":
        return wanted == found
    return same_value(expected, value)


def same_value(expected, value):
    """`value` is the text of a number, or None."""
    if expected is None or value is None:
        return expected is value
    if expected is ANYTHING:
        return True
    if isinstance(expected, Estimate):
        number = Fraction(value)
        slack = ROUNDING * max(abs(expected.low), abs(expected.high))
        return expected.low - slack <= number <= expected.high + slack
    if isinstance(expected, Nearest):
        return expected.matches(value)
    return expected == value
