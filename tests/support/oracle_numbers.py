"""Numbers between aggregates: fractions, and what is only known to lie in a range.

An estimate of the program rests on a sketch; the evaluator has the exact value, and computes with
the range in which the estimate has to be. Where the range leaves a choice open, such as whether a
condition holds, the result may be ANYTHING.
"""

from fractions import Fraction
from math import isqrt


class Estimate:
    """A number from `low` to `high`."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __repr__(self):
        return f"{float(self.low)} to {float(self.high)}"


class Anything:
    """A number, a truth value, or neither: the estimates decide."""

    def __repr__(self):
        return "anything"


ANYTHING = Anything()
UNDECIDED = (Estimate, Anything)


def ends(value):
    return (value.low, value.high) if isinstance(value, Estimate) else (value, value)


def operate(operator, a, b):
    """`a operator b` of two numbers; absent where one is, and for a division by zero."""
    if a is None or b is None:
        return None
    if not isinstance(a, UNDECIDED) and not isinstance(b, UNDECIDED):
        return exact(operator, a, b)
    if a is ANYTHING or b is ANYTHING:
        return ANYTHING
    if operator == "/" and ends(b)[0] <= 0 <= ends(b)[1]:
        return None if b == 0 else ANYTHING
    results = [exact(operator, one, two) for one in ends(a) for two in ends(b)]
    return Estimate(min(results), max(results))


def exact(operator, a, b):
    if operator == "/":
        return None if b == 0 else Fraction(a) / b
    return a + b if operator == "+" else a - b if operator == "-" else a * b


def compare(operator, a, b):
    """True, False, None where one side is absent, or ANYTHING."""
    if a is None or b is None:
        return None
    if a is ANYTHING or b is ANYTHING:
        return ANYTHING
    answers = {
        answer(operator, one, two)
        for one, two in ((ends(a)[0], ends(b)[1]), (ends(a)[1], ends(b)[0]))
    }
    if operator in ("==", "!=") and (isinstance(a, Estimate) or isinstance(b, Estimate)):
        overlap = ends(a)[0] <= ends(b)[1] and ends(b)[0] <= ends(a)[1]
        return ANYTHING if overlap else operator == "!="
    return answers.pop() if len(answers) == 1 else ANYTHING


def answer(operator, a, b):
    return {
        "==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b,
    }[operator]


def changed(function, value):
    """A function that never falls, of a number."""
    if value is None or value is ANYTHING:
        return value
    if isinstance(value, Estimate):
        return Estimate(function(value.low), function(value.high))
    return function(value)


def negated(value):
    return operate("-", Fraction(0), value)


def absolute(value):
    if isinstance(value, Estimate):
        low, high = sorted((abs(value.low), abs(value.high)))
        return Estimate(0 if value.low <= 0 <= value.high else low, high)
    return value if value is ANYTHING or value is None else abs(value)


def extreme(choose, a, b):
    """The lesser or the greater, as `choose` is min or max."""
    if a is None or b is None:
        return None
    if a is ANYTHING or b is ANYTHING:
        return ANYTHING
    if isinstance(a, Estimate) or isinstance(b, Estimate):
        return Estimate(choose(ends(a)[0], ends(b)[0]), choose(ends(a)[1], ends(b)[1]))
    return choose(a, b)


def nearest_root(square):
    """The double nearest to the square root of a fraction that is not negative."""
    numerator, denominator = square.numerator, square.denominator
    shift = 128 + max(0, denominator.bit_length() - numerator.bit_length())
    scaled = numerator << (2 * shift)
    root = isqrt(scaled // denominator)
    # More than a hundred bits: no double, and no middle of two, lies between root and root + 1.
    beyond = root * root * denominator != scaled
    return (2 * root + beyond) / (2 << shift)
