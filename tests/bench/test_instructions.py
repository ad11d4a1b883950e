"""How the guard judges a count."""

import pytest

import instructions

REFERENCES = {"here": {"instructions.parse": 1000.0}}


@pytest.mark.parametrize(
    ("value", "good"),
    [(1.0, True), (1000.0, True), (1050.0, True), (1050.1, False), (2000.0, False)],
)
def test_more_than_five_percent_above_the_reference_of_the_same_machine_fails(value, good):
    assert instructions.compare({"instructions.parse": value}, REFERENCES, "here")[0] is good


def test_a_failure_says_what_to_do():
    _, lines = instructions.compare({"instructions.parse": 1100.0}, REFERENCES, "here")
    assert "+10.0%" in lines[0] and "./dev bench --record-instructions" in lines[0]


def test_another_machine_only_reports():
    good, lines = instructions.compare({"instructions.parse": 9000.0}, REFERENCES, "elsewhere")
    assert good and "9000.0" in lines[0] and "elsewhere" in lines[0]


def test_a_figure_without_reference_only_reports():
    good, lines = instructions.compare({"instructions.new": 5.0}, REFERENCES, "here")
    assert good and "no reference" in lines[0]
